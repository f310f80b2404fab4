"""What a study says of an error: settings, from which it is made once the data are known."""

from __future__ import annotations

import abc
import math
from typing import ClassVar

import equinox as eqx

from landpda.core.errors import StudyError
from landpda.observations.errors.parts import ErrorPart
from landpda.observations.errors.unknown import Unknown
from landpda.observations.seen import Seen


class ErrorPlan(eqx.Module):
    """An error that a study can name. A subclass is final; its fields are its settings, and its docstring is its card.

    A field `prior` of the type `PriorByName` takes a family, and the family's numbers beside the other settings.
    """

    name: ClassVar[str]

    @abc.abstractmethod
    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """What of it is estimated, for a stream of that name; () where all is known."""

    @abc.abstractmethod
    def part(self, seen: Seen) -> ErrorPart:
        """The variance of these data."""


def check_size(what: str, value: float, *, may_be_zero: bool = False) -> None:
    """Refuse a standard deviation, or a share of one, that cannot be.

    Raises:
        StudyError: it is negative, zero where it may not be, infinite or not a number.
    """
    if not math.isfinite(value):
        raise StudyError(f"{what} was given as {value:g}.", "It is not a finite number.", "Write a finite number.")
    if value < 0.0 or (value == 0.0 and not may_be_zero):
        bound = "at least 0" if may_be_zero else "above 0"
        raise StudyError(f"{what} was given as {value:g}.", f"It must be {bound}.", f"Give a number {bound}.")
