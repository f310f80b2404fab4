"""Checks on the numbers of a prior, with errors that say which number is wrong."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from jax.core import Tracer

from landpda.core.errors import StudyError


def check_numbers(
    prior: Any,
    *,
    finite: tuple[str, ...] = (),
    positive: tuple[str, ...] = (),
    ordered: tuple[str, ...] = (),
) -> None:
    """Refuse fields that no prior of the family can have. Numbers inside a traced function are not known and pass.

    Args:
        prior: the prior, already built.
        finite: fields that must be finite numbers.
        positive: fields that must be > 0 (and finite).
        ordered: fields that must increase from the first to the last.

    Raises:
        StudyError: names the field, its value and what it must be.
    """
    names = dict.fromkeys((*finite, *positive, *ordered))
    values = {name: getattr(prior, name) for name in names}
    for name, value in values.items():
        if np.ndim(value) != 0:
            shapes = {name: f"shape {np.shape(value)}"}
            raise refuse(prior.name, shapes, f"{name} is not one number.", "Give one prior for each entry of an array.")
    if traced(*values.values()):
        return
    numbers = {name: np.asarray(value) for name, value in values.items()}
    for name in names:
        if np.isnan(numbers[name]).any() or (name in (*finite, *positive) and not np.isfinite(numbers[name]).all()):
            raise refuse(prior.name, numbers, f"{name} is not a finite number.", "Give a number.")
    for name in positive:
        if (numbers[name] <= 0).any():
            raise refuse(prior.name, numbers, f"{name} is not above 0.", f"Give a {name} above 0.")
    for below, above in itertools.pairwise(ordered):
        if (numbers[below] >= numbers[above]).any():
            raise refuse(prior.name, numbers, f"{below} is not below {above}.", f"Give {below} < {above}.")


def traced(*values: Any) -> bool:
    """Whether a value belongs to a function that is being traced, so that its number is not known."""
    return any(isinstance(value, Tracer) for value in values)


def refuse(family: str, numbers: dict[str, Any], found: str, do: str) -> StudyError:
    """The error of a prior that cannot be."""
    said = ", ".join(f"{name}={np.array2string(np.asarray(value), precision=6)}" for name, value in numbers.items())
    return StudyError(f"The prior {family}({said}) was asked for.", found, do)


def refuse_range(family: str) -> StudyError:
    """The error of a table row that gives only a range for a family that needs more than a range."""
    return StudyError(
        f"The prior {family} over a range was asked for.",
        f"A range does not say which {family} prior is meant.",
        "Give the fields of the prior in the study, or name another family in the table, e.g. uniform or logit_normal.",
    )
