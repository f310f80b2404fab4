"""Shapes drawn from draws and series: densities, their peaks, rank correlations, autocorrelation, seasonal means."""

from __future__ import annotations

import numpy as np

GRID = 121
"""Points of a density's curve; a chart is some 300 pixels wide."""

PEAK = 0.2
"""A peak counts from this share of the highest peak, if the valley before it goes down to less than half of it."""


def density(draws: np.ndarray, low: float, high: float, *, circular: bool = False, size: int = GRID) -> np.ndarray:
    """A kernel density of draws on `size` even points from low to high, its area 1.

    Draws are reflected at the ends, or carried round them where the axis is a circle. The bandwidth is 0.7 of Silverman's
    [silverman1986], so that two peaks stay two.

    Args:
        draws: (N,) finite draws, N ≥ 1.
        low: the axis's lower end.
        high: its upper end.
        circular: whether the ends are the same place.
        size: number of points.
    """
    span = high - low
    counts, edges = np.histogram(np.clip(draws, low, high), bins=4 * size, range=(low, high))
    centres = (edges[1:] + edges[:-1]) / 2
    bandwidth = max(0.7 * _silverman(draws), 0.004 * span)
    grid = np.linspace(low, high, size)
    curve = _kernel(grid, centres, counts, bandwidth)
    for shift in (-span, span):
        mirrored = centres + shift if circular else (2 * low if shift < 0 else 2 * high) - centres
        curve += _kernel(grid, mirrored, counts, bandwidth)
    area = np.sum((curve[1:] + curve[:-1]) / 2) * (grid[1] - grid[0])
    return curve / area if area > 0 else curve


def _kernel(grid: np.ndarray, centres: np.ndarray, weights: np.ndarray, bandwidth: float) -> np.ndarray:
    return np.exp(-0.5 * ((grid[:, None] - centres) / bandwidth) ** 2) @ weights


def _silverman(draws: np.ndarray) -> float:
    quartiles = np.quantile(draws, [0.25, 0.75])
    spreads = [value for value in (np.std(draws), (quartiles[1] - quartiles[0]) / 1.34) if value > 0]
    return 0.9 * min(spreads, default=0.0) * len(draws) ** -0.2


def peaks(curve: np.ndarray) -> int:
    """Number of peaks of a curve that a reader would call peaks.

    >>> x = np.linspace(-3, 3, 61)
    >>> peaks(np.exp(-x**2)), peaks(np.exp(-8*(x - 1.5)**2) + np.exp(-8*(x + 1.5)**2))
    (1, 2)
    """
    top, found, height, valley = float(np.max(curve)), 0, 0.0, 0.0
    rising = True
    for value in map(float, curve):
        if rising:
            height = max(height, value)
            if value < 0.5 * height and height >= PEAK * top:
                found, rising, valley = found + 1, False, value
        else:
            valley = min(valley, value)
            if value > 2 * valley and value >= PEAK * top:
                rising, height = True, value
    return found + int(rising and height >= PEAK * top)


def rank_correlation(columns: np.ndarray) -> np.ndarray:
    """(n, n) Spearman's correlation of the columns of (N, n); NaN for a column that does not vary."""
    ranks = np.argsort(np.argsort(columns, axis=0, kind="stable"), axis=0, kind="stable").astype(float)
    ranks[:, np.ptp(columns, axis=0) == 0] = np.nan
    centred = ranks - ranks.mean(axis=0)
    norms = np.sqrt(np.sum(centred**2, axis=0))
    return (centred.T @ centred) / np.outer(norms, norms)


def autocorrelation(days: np.ndarray, values: np.ndarray, step: float, most: int) -> np.ndarray:
    """(most,) correlation of values with those 1, 2, … steps later; NaN where fewer than 10 pairs exist.

    Args:
        days: [d] (T,) ascending times; gaps are allowed, a pair counts only if it is a whole number of steps apart.
        values: (T,) the series.
        step: [d] the series' step.
        most: number of lags.
    """
    known = np.isfinite(values)
    places = np.round((days[known] - days[known][0]) / step).astype(int) if known.any() else np.array([], int)
    if not len(places) or places[-1] > 10**6:
        return np.full(most, np.nan)
    line = np.full(places[-1] + 1, np.nan)
    line[places] = values[known] - np.mean(values[known])
    variance = np.nanmean(line**2)
    lags = []
    for lag in range(1, most + 1):
        products = line[lag:] * line[:-lag]
        pairs = np.isfinite(products)
        lags.append(np.mean(products[pairs]) / variance if pairs.sum() >= 10 and variance > 0 else np.nan)
    return np.array(lags)


def monthly(dates: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(12,) mean over the years of each month's mean, and (12,) sd between the years; NaN where there is nothing to average.

    A month counts in a year from five data on, or from one where the series is that sparse.
    """
    months = dates.astype("datetime64[M]").astype(int)
    known = np.isfinite(values)
    by_year: list[list[float]] = [[] for _ in range(12)]
    counts = {month: int(np.sum(known & (months == month))) for month in np.unique(months)}
    enough = min(5, int(np.median(list(counts.values())))) if counts else 1
    for month, found in counts.items():
        if found >= max(enough, 1):
            by_year[int(month) % 12].append(float(np.mean(values[known & (months == month)])))
    mean = np.array([np.mean(years) if years else np.nan for years in by_year])
    spread = np.array([np.std(years, ddof=1) if len(years) > 1 else np.nan for years in by_year])
    return mean, spread
