"""Two standard deviations, for the quiet and for the active season, both estimated."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from jaxtyping import Float

from landpda.observations.errors.parts import EstimatedSeasonal
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.errors.unknown import PriorByName, Unknown
from landpda.observations.seen import Seen

YEAR = 365.25
"""[d]"""
BINS = 73
"""[1] parts of a year, of five days each."""
SMOOTHED = 7
"""[1] bins in the running mean: about a month."""


def activity(seen: Seen) -> Float[np.ndarray, "m"]:
    """How active the season is at each datum [1], 0 to 1: the smoothed mean seasonal cycle of |value|, scaled by its range."""
    part = ((seen.record.times % YEAR) / YEAR * BINS).astype(int) % BINS
    observed = np.isfinite(seen.record.values)
    total = np.bincount(part[observed], np.abs(seen.record.values[observed]), minlength=BINS)
    count = np.bincount(part[observed], minlength=BINS)
    cycle = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    known = np.isfinite(cycle)
    cycle = np.interp(np.arange(BINS), np.flatnonzero(known), cycle[known], period=BINS)
    smooth = np.convolve(np.tile(cycle, 3), np.full(SMOOTHED, 1.0 / SMOOTHED), mode="same")[BINS : 2 * BINS]
    span = smooth.max() - smooth.min()
    return np.zeros(len(seen.steps)) if span == 0.0 else ((smooth - smooth.min()) / span)[part[seen.steps]]


class EstimatedSeasonalError(ErrorPlan):
    """Two standard deviations, of the quiet and of the active season, both estimated with the parameters.

    Args:
        prior: [stream units] over each.
    """

    name: ClassVar[str] = "estimated_seasonal"
    prior: PriorByName = PriorByName()

    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """Both."""
        return tuple(
            Unknown(_name(stream, season), self.prior, f"structural error of {stream}, {season} season")
            for season in ("quiet", "active")
        )

    def part(self, seen: Seen) -> EstimatedSeasonal:
        """Between the two, by how active the season is in the data."""
        return EstimatedSeasonal(_name(seen.name, "quiet"), _name(seen.name, "active"), activity(seen))


def _name(stream: str, season: str) -> str:
    return f"{stream}_structural_sd_{season}"
