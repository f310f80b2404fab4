"""A standard deviation in proportion to the observed value."""

from __future__ import annotations

from typing import ClassVar

from landpda.observations.errors.parts import FactorOf
from landpda.observations.errors.plan import ErrorPlan, check_size
from landpda.observations.errors.unknown import Unknown
from landpda.observations.seen import Seen


class FactorError(ErrorPlan):
    """A share of the size of each observed value.

    Args:
        factor: [1].
        floor: [stream units] the smallest; above 0, because a share of nothing is nothing.
    """

    name: ClassVar[str] = "factor"
    factor: float
    floor: float

    def __check_init__(self) -> None:
        check_size("The factor", self.factor)
        check_size("The floor", self.floor)

    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """None."""
        del stream
        return ()

    def part(self, seen: Seen) -> FactorOf:
        """The share of each datum."""
        return FactorOf(self.factor, seen.values, self.floor)
