"""No error of this kind."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from landpda.observations.errors.parts import Given
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.errors.unknown import Unknown
from landpda.observations.seen import Seen


class NoError(ErrorPlan):
    """None: the other part is all there is."""

    name: ClassVar[str] = "none"

    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """None."""
        del stream
        return ()

    def part(self, seen: Seen) -> Given:
        """Nothing."""
        del seen
        return Given(np.asarray(0.0))
