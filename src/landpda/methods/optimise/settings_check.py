"""Settings that cannot be run, refused in the words of the user's study."""

from __future__ import annotations

import math

from landpda.core.errors import StudyError
from landpda.methods.method import Method


def need_at_least(method: Method, least: int, *names: str) -> None:
    """Refuse a number of things that is too small.

    Raises:
        StudyError: one of the settings is below `least`.
    """
    for name in names:
        value = getattr(method, name)
        if value < least:
            raise StudyError(
                f"{method.name} was given {name}: {value}.", f"It must be at least {least}.", f"Give {least} or more."
            )


def need_positive(method: Method, *names: str) -> None:
    """Refuse what is no positive number.

    Raises:
        StudyError: one of the settings is zero, negative or not finite.
    """
    for name in names:
        value = getattr(method, name)
        if not (value > 0.0 and math.isfinite(value)):
            raise StudyError(f"{method.name} was given {name}: {value}.", "It has to be positive.", "Give a number above 0.")


def need_share(method: Method, *names: str) -> None:
    """Refuse what is no share.

    Raises:
        StudyError: one of the settings is outside 0 to 1.
    """
    for name in names:
        value = getattr(method, name)
        if not 0.0 <= value <= 1.0:
            raise StudyError(f"{method.name} was given {name}: {value}.", "It is a share.", "Give 0 to 1.")
