"""The words that every room speaks: what a problem offers, what a method gives, what a variable is."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, NamedTuple

Theta = dict[str, Any]
"""Parameters in physical units: name → array. A block of members has its member axis last."""

Outputs = dict[str, Any]
"""What a model run leaves: name → array with the variable's own axes first and the member axis (if any) last."""


class Needs(enum.Flag):
    """What a model or problem can be asked for, and what a method asks of it."""

    FORWARD = enum.auto()
    GRADIENT = enum.auto()
    LEAST_SQUARES = enum.auto()
    STEPPING = enum.auto()


class Gives(enum.Flag):
    """What a method's answer holds."""

    POINT = enum.auto()
    GAUSSIAN = enum.auto()
    SAMPLES = enum.auto()
    REGION = enum.auto()
    FRONT = enum.auto()


class Exact(enum.Enum):
    """Where a method's answer is the posterior itself (its mode, for a point), given enough runs."""

    ALWAYS = "for any model and prior"
    LINEAR = "where the model is linear and all errors are Gaussian"
    NEVER = "nowhere: it is another quantity"


class Variable(NamedTuple):
    """An output or a forcing of a model.

    Args:
        name: its name in our canon.
        units: as pint reads them.
        dims: its own axes, e.g. `("time",)`; the member axis is not listed.
        meaning: a phrase for a reader.
    """

    name: str
    units: str
    dims: tuple[str, ...] = ("time",)
    meaning: str = ""


class Finding(NamedTuple):
    """A sentence that a diagnostic has to say to the reader.

    Args:
        severity: "good", "note", "warning" or "serious".
        topic: the diagnostic that speaks, e.g. "convergence".
        sentence: what it says, whole, in plain words.
    """

    severity: str
    topic: str
    sentence: str


def variables(*rows: Variable) -> Mapping[str, Variable]:
    """Variables by name."""
    return {row.name: row for row in rows}
