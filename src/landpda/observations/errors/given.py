"""A standard deviation that is known."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from landpda.observations.errors.parts import Given
from landpda.observations.errors.plan import ErrorPlan, check_size
from landpda.observations.errors.unknown import Unknown
from landpda.observations.seen import Seen


class GivenError(ErrorPlan):
    """A standard deviation that is known, the same for all data.

    Args:
        sd: [stream units].
    """

    name: ClassVar[str] = "given"
    sd: float

    def __check_init__(self) -> None:
        check_size("The standard deviation sd", self.sd)

    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """None."""
        del stream
        return ()

    def part(self, seen: Seen) -> Given:
        """It."""
        del seen
        return Given(np.asarray(self.sd))
