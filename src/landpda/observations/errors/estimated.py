"""A standard deviation that is estimated."""

from __future__ import annotations

from typing import ClassVar

from landpda.observations.errors.parts import Estimated
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.errors.unknown import PriorByName, Unknown
from landpda.observations.seen import Seen


class EstimatedError(ErrorPlan):
    """A standard deviation that is estimated with the parameters, the same for all data.

    Args:
        prior: [stream units] over it.
    """

    name: ClassVar[str] = "estimated"
    prior: PriorByName = PriorByName()

    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """The one."""
        return (Unknown(_name(stream), self.prior, f"structural error of {stream}"),)

    def part(self, seen: Seen) -> Estimated:
        """It."""
        return Estimated(_name(seen.name))


def _name(stream: str) -> str:
    return f"{stream}_structural_sd"
