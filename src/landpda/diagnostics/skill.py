"""How well predictions match observations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landpda.core.types import Finding
from landpda.diagnostics.time_gaps import lag_correlation


class Skill(NamedTuple):
    """Scores of one series of predictions.

    Args:
        num: data compared.
        r2: [1] squared correlation.
        nse: [1] Nash–Sutcliffe efficiency, 1 − Σ(o − p)² / Σ(o − ō)²; below 0 the mean of the data predicts better.
        rmse: root mean square error, in the data's units.
        bias: mean of prediction minus observation, in the data's units.
        mae: mean absolute error, in the data's units.
        slope: [1] of observations regressed on predictions: 1 where predicted contrasts are right, below 1 where too large.
        lag1: [1] correlation of residuals one step apart, gaps respected; NaN where there is no such pair.
    """

    num: int
    r2: float
    nse: float
    rmse: float
    bias: float
    mae: float
    slope: float
    lag1: float


def skill(observed: Float[np.ndarray, "m"], predicted: Float[np.ndarray, "m"], times: Float[np.ndarray, "m"]) -> Skill:
    """Scores; pairs with a missing value are left out.

    Args:
        observed: data.
        predicted: predictions, in the same units.
        times: [d] of each datum, increasing; tells neighbours from gaps.

    Source: [nash1970] for NSE; [pineiro2008] for why observations are regressed on predictions.

    >>> import numpy as np
    >>> scores = skill(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0]), np.arange(3.0))
    >>> round(scores.nse, 4), round(scores.bias, 4), round(scores.rmse, 4)
    (0.7857, 0.3333, 0.5774)
    """
    use = np.isfinite(observed) & np.isfinite(predicted)
    o, p, t = np.asarray(observed)[use], np.asarray(predicted)[use], np.asarray(times)[use]
    if len(o) == 0:
        return Skill(0, *(float("nan"),) * 7)
    error = p - o
    o_deviation, p_deviation = _about_mean(o), _about_mean(p)
    o_spread, p_spread = float(np.sum(o_deviation**2)), float(np.sum(p_deviation**2))
    joint = float(np.sum(o_deviation * p_deviation))
    return Skill(
        num=len(o),
        r2=_ratio(joint**2, o_spread * p_spread),
        nse=1.0 - _ratio(float(np.sum(error**2)), o_spread),
        rmse=float(np.sqrt(np.mean(error**2))),
        bias=float(error.mean()),
        mae=float(np.abs(error).mean()),
        slope=_ratio(joint, p_spread),
        lag1=lag_correlation(error, t, 1),
    )


def _about_mean(series: np.ndarray) -> np.ndarray:
    # from the first value, so that a constant series has exactly no spread
    shifted = series - series[0]
    return shifted - shifted.mean()


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else float("nan")


def skill_findings(fitted: Skill, judged: Skill, *, name: str, units: str) -> tuple[Finding, ...]:
    """What the scores of fitted and held-out data say together.

    Args:
        fitted: scores on the data that were fitted.
        judged: scores on data that were held out.
        name: what was observed.
        units: of it.
    """
    if judged.num == 0:
        sentence = f"No {name} was held out: the fit (NSE {fitted.nse:.2f}) does not tell how well the model predicts."
        return (Finding("note", "skill", sentence),)
    start = f"On held-out {name} the model explains {100.0 * max(judged.nse, 0.0):.0f} % of the variance"
    scores = f"(NSE {judged.nse:.2f}, r² {judged.r2:.2f}, RMSE {judged.rmse:.3g} {units}, bias {judged.bias:+.2g} {units})"
    if judged.nse < 0.0:
        sentence = f"On held-out {name} the mean of the data predicts better than the model {scores}."
        return (Finding("serious", "skill", sentence),)
    findings = [Finding("good" if judged.nse >= 0.5 else "note", "skill", f"{start} {scores}.")]
    if fitted.num and judged.rmse > 1.3 * fitted.rmse:
        worse = judged.rmse / fitted.rmse
        sentence = f"Errors of held-out {name} are {worse:.1f} times those of fitted data: the fit does not carry over whole."
        findings.append(Finding("warning", "skill", sentence))
    if abs(judged.bias) > 0.5 * judged.rmse:
        sentence = f"More than a quarter of the squared error of held-out {name} is bias ({judged.bias:+.2g} {units})."
        findings.append(Finding("warning", "skill", sentence))
    return tuple(findings)
