"""What the residuals suggest of the error model and of the process model: drift, memory, season, uneven spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from landpda.core.types import Finding
from landpda.diagnostics.time_gaps import correlation_time, lag_correlation
from landpda.diagnostics.wording import percent

DAYS_PER_YEAR = 365.25
REMEMBERED = 0.2
"""[1] lag-1 correlation from which treating errors as independent narrows the posterior by a fifth, √((1 + ρ)/(1 − ρ))."""
SEASONAL = 0.1
"""[1] share of the residual variance that the mean seasonal course must explain to be worth a sentence."""
UNEVEN = 1.5
"""[1] ratio of standard deviations from which one error for all data is wrong."""
FEWEST = 30
"""Data below which nothing is said."""
SEASONS = ("December–February", "March–May", "June–August", "September–November")


class Residuals(NamedTuple):
    """Structure left in observation minus prediction.

    Args:
        bias: part → mean residual, in the data's units.
        bias_error: part → its standard error, memory counted.
        lag1: [1] correlation of residuals one step apart.
        correlation_time: [steps] number of data that are worth one.
        seasonal_share: [1] of the variance that two annual harmonics explain.
        season_sd: season → standard deviation about the season's mean.
        size_ratio: [1] standard deviation where predictions are large over where they are small.
        findings: sentences.
    """

    bias: dict[str, float]
    bias_error: dict[str, float]
    lag1: float
    correlation_time: float
    seasonal_share: float
    season_sd: dict[str, float]
    size_ratio: float
    findings: tuple[Finding, ...]


def residuals(
    observed: Float[np.ndarray, "m"],
    predicted: Float[np.ndarray, "m"],
    times: Float[np.ndarray, "m"],
    parts: Mapping[str, Bool[np.ndarray, "m"]],
    *,
    name: str,
    units: str,
) -> Residuals:
    """Bias between parts, memory, seasonal course and spread of the residuals, and what to do about each.

    Args:
        observed: data; missing ones are NaN.
        predicted: best prediction, in the same units.
        times: [days since 1970-01-01] of each datum, increasing.
        parts: part → which data belong to it, e.g. fitted and held-out years.
        name: what was observed.
        units: of it.
    """
    use = np.isfinite(observed) & np.isfinite(predicted)
    r, p, t = (np.asarray(observed) - predicted)[use], np.asarray(predicted)[use], np.asarray(times, dtype=float)[use]
    if len(r) < FEWEST:
        sentence = f"There are {len(r)} data of {name}: too few to look for structure in the residuals."
        return Residuals({}, {}, np.nan, np.nan, np.nan, {}, np.nan, (Finding("note", "residuals", sentence),))
    memory = correlation_time(r, t)
    masks = {part: np.asarray(mask, dtype=bool)[use] for part, mask in parts.items()}
    bias = {part: float(r[mask].mean()) for part, mask in masks.items() if mask.any()}
    error = {part: float(r[masks[part]].std() * np.sqrt(memory / masks[part].sum())) for part in bias}
    found = Residuals(
        bias=bias,
        bias_error=error,
        lag1=lag_correlation(r, t, 1),
        correlation_time=memory,
        seasonal_share=_seasonal_share(r, t),
        season_sd=_season_sd(r, t),
        size_ratio=_size_ratio(r, p),
        findings=(),
    )
    return found._replace(findings=_findings(found, name, units))


def _seasonal_share(r: np.ndarray, t: np.ndarray) -> float:
    """R² of a regression on two annual harmonics, less what as many columns of noise would explain."""
    angle = 2.0 * np.pi * t / DAYS_PER_YEAR
    columns = [f(k * angle) for k in (1, 2) for f in (np.sin, np.cos)]
    design = np.stack([np.ones_like(angle), *columns], axis=1)
    left = r - design @ np.linalg.lstsq(design, r, rcond=None)[0]
    total = float(np.sum((r - r.mean()) ** 2))
    if total == 0.0:
        return 0.0
    freedom = (len(r) - 1) / max(len(r) - design.shape[1], 1)
    return max(0.0, 1.0 - freedom * float(np.sum(left**2)) / total)


def _season_sd(r: np.ndarray, t: np.ndarray) -> dict[str, float]:
    months = (np.datetime64("1970-01-01") + np.floor(t).astype("timedelta64[D]")).astype("datetime64[M]").astype(int) % 12
    season = ((months + 1) % 12) // 3
    return {SEASONS[k]: float(r[season == k].std()) for k in range(4) if np.sum(season == k) >= FEWEST // 3}


def _size_ratio(r: np.ndarray, p: np.ndarray) -> float:
    low, high = np.quantile(np.abs(p), [1.0 / 3.0, 2.0 / 3.0])
    small, large = r[np.abs(p) <= low].std(), r[np.abs(p) >= high].std()
    return float(large / small) if small > 0.0 else np.nan


def _findings(found: Residuals, name: str, units: str) -> tuple[Finding, ...]:
    findings = [*_bias_findings(found, name, units), *_memory_findings(found, name), *_season_findings(found, name, units)]
    if not findings:
        findings = [
            Finding("good", "residuals", f"The residuals of {name} look like noise of one size, without memory or season.")
        ]
    return tuple(findings)


def _bias_findings(found: Residuals, name: str, units: str) -> list[Finding]:
    findings = []
    for part, bias in found.bias.items():
        if abs(bias) > 3.0 * found.bias_error[part]:
            sentence = (
                f"In the {part} the observed {name} is on average {abs(bias):.2g} {units} "
                f"{'above' if bias > 0 else 'below'} the prediction (standard error {found.bias_error[part]:.1g})."
            )
            findings.append(Finding("warning", "residuals", sentence))
    if len(found.bias) > 1:
        low, high = min(found.bias, key=found.bias.__getitem__), max(found.bias, key=found.bias.__getitem__)
        change = found.bias[high] - found.bias[low]
        if change > 3.0 * np.hypot(found.bias_error[low], found.bias_error[high]):
            sentence = (
                f"The bias of {name} changes by {change:.2g} {units} from the {low} to the {high}: something that the model "
                "does not know changed, such as disturbance, management or an instrument."
            )
            findings.append(Finding("warning", "residuals", sentence))
    return findings


def _memory_findings(found: Residuals, name: str) -> list[Finding]:
    if not found.lag1 > REMEMBERED:
        return []
    sentence = (
        f"Residuals of {name} one step apart have a correlation of {found.lag1:.2f}; {found.correlation_time:.1f} data are "
        f"worth one. With errors taken as independent the posterior is up to {np.sqrt(found.correlation_time):.1f} times too "
        "narrow: compare means over several steps, or use a correlated error."
    )
    return [Finding("warning", "residuals", sentence)]


def _season_findings(found: Residuals, name: str, units: str) -> list[Finding]:
    findings = []
    if found.seasonal_share > SEASONAL:
        sentence = (
            f"A mean seasonal course explains {percent(found.seasonal_share)} of the variance of the residuals of {name}: "
            "the model's seasonality (phenology, temperature or moisture response) is off, and parameters bend for it."
        )
        findings.append(Finding("warning", "residuals", sentence))
    spread = found.season_sd
    if len(spread) > 1:
        quiet, active = min(spread, key=spread.__getitem__), max(spread, key=spread.__getitem__)
        if spread[active] > UNEVEN * spread[quiet]:
            sentence = (
                f"Residuals of {name} spread {spread[active]:.2g} {units} in {active} and {spread[quiet]:.2g} {units} in "
                f"{quiet}: give the quiet and the active season errors of their own."
            )
            findings.append(Finding("warning", "residuals", sentence))
            return findings
    if found.size_ratio > UNEVEN:
        sentence = (
            f"Residuals of {name} spread {found.size_ratio:.1f} times more where predictions are large: "
            "let the error grow with the prediction."
        )
        findings.append(Finding("warning", "residuals", sentence))
    return findings
