"""Each kind of structure put into residuals is found and named, and no other."""

from __future__ import annotations

import numpy as np

from landpda.diagnostics.residuals import residuals

DAYS = 11000.0 + np.arange(6 * 365.0)
PREDICTED = 3.0 * np.sin(2.0 * np.pi * DAYS / 365.25)
PARTS = {"fitted years": DAYS < DAYS[4 * 365], "held-out years": DAYS >= DAYS[4 * 365]}
NOISE = np.random.default_rng(0).normal(size=len(DAYS))


def sentences(left: np.ndarray) -> list[str]:
    found = residuals(PREDICTED + left, PREDICTED, DAYS, PARTS, name="NBE", units="gC m-2 d-1")
    return [finding.sentence for finding in found.findings]


def test_white_noise_has_no_structure():
    (only,) = sentences(NOISE)
    assert "look like noise" in only


def test_a_shift_between_periods_is_found():
    found = sentences(NOISE + np.where(PARTS["held-out years"], 0.5, 0.0))
    assert any("held-out years" in sentence and "above the prediction" in sentence for sentence in found)
    assert any("bias of NBE changes by 0.4" in sentence or "bias of NBE changes by 0.5" in sentence for sentence in found)


def test_memory_is_found_with_its_size():
    series = NOISE.copy()
    for k in range(1, len(series)):
        series[k] = 0.6 * series[k - 1] + 0.8 * NOISE[k]
    found = residuals(PREDICTED + series, PREDICTED, DAYS, PARTS, name="NBE", units="gC m-2 d-1")
    assert abs(found.lag1 - 0.6) < 0.05
    assert 3.0 < found.correlation_time < 5.5
    assert any("too narrow" in finding.sentence for finding in found.findings)


def test_memory_widens_the_error_of_a_bias():
    series = NOISE.copy()
    for k in range(1, len(series)):
        series[k] = 0.9 * series[k - 1] + np.sqrt(1 - 0.81) * NOISE[k]
    white = residuals(PREDICTED + NOISE, PREDICTED, DAYS, PARTS, name="NBE", units="").bias_error
    red = residuals(PREDICTED + series, PREDICTED, DAYS, PARTS, name="NBE", units="").bias_error
    assert red["fitted years"] > 3.0 * white["fitted years"]


def test_a_seasonal_course_is_found_with_its_share():
    found = residuals(
        PREDICTED + NOISE + np.sin(4.0 * np.pi * DAYS / 365.25), PREDICTED, DAYS, PARTS, name="NBE", units="gC m-2 d-1"
    )
    assert abs(found.seasonal_share - 1.0 / 3.0) < 0.04
    assert any("seasonal course explains" in finding.sentence for finding in found.findings)


def test_an_uneven_spread_by_season_is_found_with_its_seasons():
    active = 1.0 + 2.0 * (np.cos(2.0 * np.pi * (DAYS - 196.0) / 365.25) > 0.5)
    (only,) = sentences(NOISE * active)
    assert "in June–August" in only
    assert "errors of their own" in only


def test_a_spread_that_grows_with_the_prediction_is_found():
    predicted = 3.0 * np.random.default_rng(4).random(len(DAYS))
    found = residuals(predicted + NOISE * predicted, predicted, DAYS, PARTS, name="GPP", units="gC m-2 d-1")
    assert any("let the error grow" in finding.sentence for finding in found.findings)


def test_missing_data_change_nothing_but_the_count():
    left = NOISE.copy()
    left[::7] = np.nan
    (only,) = sentences(left)
    assert "look like noise" in only
    assert "too few" in sentences(np.where(DAYS < DAYS[20], NOISE, np.nan))[0]
