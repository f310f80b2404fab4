"""Correlation in time of a series with gaps: a pair counts only if it is really that far apart."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

FEWEST_PAIRS = 10
"""Pairs below which a correlation is not given."""


def step_of(times: Float[np.ndarray, "m"]) -> float:
    """[d] the series' own step: the median distance of neighbours, which gaps do not change while they are rare."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0


def on_grid(series: Float[np.ndarray, "m"], times: Float[np.ndarray, "m"]) -> Float[np.ndarray, "T"]:
    """The series on a regular grid of its own step, NaN where nothing was observed."""
    index = np.round((np.asarray(times) - times[0]) / step_of(times)).astype(int)
    grid = np.full(index[-1] + 1, np.nan)
    grid[index] = series
    return grid


def lag_correlation(series: Float[np.ndarray, "m"], times: Float[np.ndarray, "m"], lag: int) -> float:
    """Correlation of the series with itself `lag` steps later; NaN where fewer than ten pairs exist.

    Args:
        series: values, none missing.
        times: [d] of each, increasing.
        lag: [steps] distance; a step is the series' own.

    >>> import numpy as np
    >>> days = np.delete(np.arange(60.0), [7, 8, 9, 31])  # an alternating series stays one across its gaps
    >>> round(lag_correlation((-1.0) ** days, days, 1), 2)
    -1.0
    """
    if len(series) < 2:
        return float("nan")
    grid = on_grid(np.asarray(series, dtype=float), np.asarray(times, dtype=float))
    if lag >= len(grid):
        return float("nan")
    early, late = grid[:-lag] - np.nanmean(grid), grid[lag:] - np.nanmean(grid)
    both = np.isfinite(early) & np.isfinite(late)
    spread = np.sqrt(np.sum(early[both] ** 2) * np.sum(late[both] ** 2))
    return float(np.sum(early[both] * late[both]) / spread) if both.sum() >= FEWEST_PAIRS and spread > 0.0 else float("nan")


def correlation_time(series: Float[np.ndarray, "m"], times: Float[np.ndarray, "m"], *, longest: int = 60) -> float:
    """[steps] 1 + 2 Σ_k ρ_k up to the first lag without positive correlation: m data are worth m divided by this.

    Args:
        series: values, none missing.
        times: [d] of each, increasing.
        longest: [steps] largest lag.
    """
    total = 1.0
    for lag in range(1, longest + 1):
        rho = lag_correlation(series, times, lag)
        if not rho > 0.0:
            break
        total += 2.0 * rho
    return total
