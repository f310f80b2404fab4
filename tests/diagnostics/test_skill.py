"""Laws of scores and of correlation across gaps."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.diagnostics.skill import skill, skill_findings
from landpda.diagnostics.time_gaps import correlation_time, lag_correlation

DAYS = np.arange(2000.0)


def course(seed: int = 0, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    truth = np.sin(2.0 * np.pi * DAYS / 365.25)
    return truth + noise * np.random.default_rng(seed).normal(size=len(DAYS)), truth


def autoregressive(rho: float, num: int = 20000) -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=num)
    series = np.empty(num)
    series[0] = noise[0]
    for k in range(1, num):
        series[k] = rho * series[k - 1] + np.sqrt(1.0 - rho**2) * noise[k]
    return series


def test_a_perfect_prediction_scores_perfectly():
    observed, _ = course()
    scores = skill(observed, observed, DAYS)
    assert (scores.nse, scores.rmse, scores.bias, scores.mae) == (1.0, 0.0, 0.0, 0.0)
    assert scores.r2 == pytest.approx(1.0) and scores.slope == pytest.approx(1.0)


def test_the_mean_as_prediction_has_no_efficiency():
    observed, _ = course()
    scores = skill(observed, np.full_like(observed, observed.mean()), DAYS)
    assert scores.nse == pytest.approx(0.0)
    assert np.isnan(scores.slope)


def test_squared_error_is_bias_squared_plus_variance():
    observed, predicted = course()
    scores = skill(observed, predicted + 0.5, DAYS)
    assert scores.rmse**2 == pytest.approx(scores.bias**2 + np.var(predicted - observed))
    assert scores.bias == pytest.approx(0.5, abs=0.02)


def test_r2_ignores_scale_and_offset_and_nse_does_not():
    observed, predicted = course()
    plain, stretched = skill(observed, predicted, DAYS), skill(observed, 3.0 * predicted - 1.0, DAYS)
    assert stretched.r2 == pytest.approx(plain.r2)
    assert stretched.nse < plain.nse
    assert stretched.slope == pytest.approx(plain.slope / 3.0)


def test_missing_values_are_left_out_in_pairs():
    observed, predicted = course()
    holes = observed.copy()
    holes[::3] = np.nan
    assert skill(holes, predicted, DAYS) == skill(
        observed[np.isfinite(holes)], predicted[np.isfinite(holes)], DAYS[np.isfinite(holes)]
    )
    assert skill(holes[:1], predicted[:1], DAYS[:1]).num == 0


def test_gaps_do_not_join_their_ends():
    series = autoregressive(0.7)
    days = np.arange(float(len(series)))
    kept = np.random.default_rng(2).random(len(series)) > 0.3
    assert lag_correlation(series, days, 1) == pytest.approx(0.7, abs=0.03)
    assert lag_correlation(series[kept], days[kept], 1) == pytest.approx(0.7, abs=0.03)
    assert lag_correlation(series[kept], days[kept], 3) == pytest.approx(0.343, abs=0.04)
    # as if there were no gaps, the neighbours in the file would look less alike
    assert lag_correlation(series[kept], np.arange(float(kept.sum())), 1) < 0.65


def test_correlation_time_of_an_autoregressive_series_is_known():
    series = autoregressive(0.6)
    assert correlation_time(series, np.arange(float(len(series)))) == pytest.approx(1.6 / 0.4, rel=0.15)
    white = np.random.default_rng(3).normal(size=5000)
    assert correlation_time(white, np.arange(5000.0)) < 1.15


def test_no_correlation_is_given_for_a_handful_of_pairs():
    assert np.isnan(lag_correlation(np.arange(5.0), np.arange(5.0), 1))
    assert np.isnan(lag_correlation(np.ones(50), np.arange(50.0), 1))


def test_sentences_grow_with_the_trouble():
    observed, predicted = course()
    good = skill(observed, predicted, DAYS)
    severities = lambda judged: [f.severity for f in skill_findings(good, judged, name="NBE", units="gC m-2 d-1")]  # noqa: E731
    assert severities(good) == ["good"]
    assert severities(skill(observed, predicted + 0.6, DAYS)) == ["note", "warning", "warning"]
    assert severities(skill(observed, -predicted, DAYS)) == ["serious"]
    assert severities(skill(observed[:0], observed[:0], DAYS[:0])) == ["note"]
