"""Random error of eddy fluxes from days that resemble their neighbours, and of means of correlated values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIMILAR = {"shortwave": 40.0, "tair": 3.0, "vpd": 5.0, "wind": 1.0}
"""[W m-2, degC, hPa, m s-1] how alike two half hours a day apart must be; [hollinger2005] has 75 umol m-2 s-1 of photons
(about 40 W m-2), 3 degC and 1 m s-1; for VPD it has none, and 5 hPa is that of gap filling [reichstein2005]."""
BINS, FEWEST = 10, 200
"""Bins of flux size for the fit, and pairs without which there is no estimate."""


class RandomError(NamedTuple):
    """Standard deviation of a half hour's random error, intercept + slope |flux|, and its correlation with the next.

    Args:
        intercept: [as the flux] at zero flux.
        slope: [1] growth with the size of the flux.
        correlation: [1] between successive half hours.
        pairs: number of pairs that it rests on.
    """

    intercept: float
    slope: float
    correlation: float
    pairs: int

    def of(self, flux: np.ndarray) -> np.ndarray:
        """Standard deviation at each flux [as the flux]."""
        return self.intercept + self.slope * np.abs(flux)


def paired_days(flux: np.ndarray, weather: dict[str, np.ndarray]) -> RandomError | None:
    """The random error from pairs of measurements 24 h apart in like weather; None with fewer than 200 pairs.

        σ = sd(x₁ − x₂) / √2

    The difference of two such days holds no signal but two errors [hollinger2005]. Flux changes that the weather named here
    does not explain stay in it, so the estimate errs on the large side.

    Args:
        flux: (days, steps) [any] measured values only, the rest NaN.
        weather: name (of `SIMILAR`) → (days, steps); what is absent is not compared.

    Source: [hollinger2005].
    """
    alike = np.isfinite(flux[1:]) & np.isfinite(flux[:-1])
    for name, width in SIMILAR.items():
        if name in weather:
            alike &= np.abs(np.diff(weather[name], axis=0)) <= width
    difference = np.where(alike, np.diff(flux, axis=0), np.nan)
    size = np.abs(0.5 * (flux[1:] + flux[:-1]))[alike]
    found = difference[alike]
    if found.size < FEWEST:
        return None
    intercept, slope = _line(size, found)
    return RandomError(intercept, slope, _correlation(difference), int(found.size))


def _line(size: np.ndarray, difference: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of the standard deviation over the size of the flux, from bins with as many pairs each."""
    order = np.array_split(np.argsort(size), BINS)
    centres = np.array([size[chosen].mean() for chosen in order])
    spread = np.array([np.sqrt((difference[chosen] ** 2).mean() / 2.0) for chosen in order])
    design = np.stack([np.ones(BINS), centres], axis=1)
    intercept, slope = np.linalg.lstsq(design, spread, rcond=None)[0]
    if intercept <= 0.0 or slope < 0.0:
        return float(np.sqrt((difference**2).mean() / 2.0)), 0.0
    return float(intercept), float(slope)


def _correlation(difference: np.ndarray) -> float:
    first, second = difference[:, :-1].ravel(), difference[:, 1:].ravel()
    both = np.isfinite(first) & np.isfinite(second)
    power = np.sqrt((first[both] ** 2).sum() * (second[both] ** 2).sum())
    return float(np.clip((first[both] * second[both]).sum() / power, 0.0, 0.99)) if power > 0 else 0.0


def error_of_mean(sigma: np.ndarray, correlation: float) -> np.ndarray:
    """Standard deviation of each row's mean over its finite values, whose errors are correlated as ρ^lag.

        var = Σᵢⱼ σᵢ σⱼ ρ^|i−j| / n²

    Args:
        sigma: (days, steps) [any] of each value; NaN where there is none.
        correlation: [1] ρ, between successive steps.

    >>> error_of_mean(np.ones((1, 4)), 0.0), error_of_mean(np.ones((1, 4)), 1.0)
    (array([0.5]), array([1.]))
    """
    steps = sigma.shape[1]
    lags = np.abs(np.subtract.outer(np.arange(steps), np.arange(steps)))
    present = np.isfinite(sigma)
    filled = np.where(present, sigma, 0.0)
    variance = ((filled @ (correlation**lags)) * filled).sum(axis=1)
    count = present.sum(axis=1)
    return np.where(count > 0, np.sqrt(np.maximum(variance, 0.0)) / np.maximum(count, 1), np.nan)
