"""The standard deviation that the data file gives for each datum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.observations.errors.parts import Given
from landpda.observations.errors.plan import ErrorPlan, check_size
from landpda.observations.errors.unknown import Unknown
from landpda.observations.seen import Seen


class FileError(ErrorPlan):
    """What the data file gives for each datum.

    Args:
        fallback: [stream units] where the file has none; 0 for the median of those that it has.
        floor: [stream units] the smallest that is believed.
    """

    name: ClassVar[str] = "file"
    fallback: float = 0.0
    floor: float = 0.0

    def __check_init__(self) -> None:
        check_size("The fallback", self.fallback, may_be_zero=True)
        check_size("The floor", self.floor, may_be_zero=True)

    def unknowns(self, stream: str) -> tuple[Unknown, ...]:
        """None."""
        del stream
        return ()

    def part(self, seen: Seen) -> Given:
        """One for each datum; 0 where neither the file nor `fallback` gives any.

        Raises:
            DataError: one is negative.
        """
        good = np.isfinite(seen.sd) & (seen.sd > 0.0)
        if (seen.sd[np.isfinite(seen.sd)] < 0.0).any():
            raise DataError(
                f"The errors of stream {seen.name!r} were read from the file.",
                f"{int((seen.sd < 0.0).sum())} of them are negative.",
                "An error is a positive standard deviation: mend the file, or give one (observation: 0.5).",
            )
        fallback = self.fallback or (float(np.median(seen.sd[good])) if good.any() else 0.0)
        return Given(np.maximum(np.where(good, seen.sd, fallback), self.floor))
