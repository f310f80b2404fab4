"""Laws of weighted draws."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from landpda.methods.sample.weighted import (
    effective_size,
    flattening,
    log_mean,
    moments,
    normalised,
    pareto_smoothed,
    root_of,
    systematic,
    weight_findings,
)


def pareto_weights(shape: float, num: int = 4000) -> np.ndarray:
    """Log weights whose tail is Pareto with this k."""
    return -shape * np.log(np.random.default_rng(0).uniform(size=num))


def test_a_constant_added_to_log_weights_changes_nothing():
    log_weights = np.random.default_rng(1).normal(size=50)
    np.testing.assert_allclose(normalised(log_weights + 700.0), normalised(log_weights))
    assert effective_size(log_weights - 700.0) == pytest.approx(effective_size(log_weights))
    assert log_mean(log_weights + 700.0) == pytest.approx(log_mean(log_weights) + 700.0)


def test_a_failed_draw_has_no_weight():
    weights = normalised([0.0, -np.inf, 0.0])
    np.testing.assert_allclose(weights, [0.5, 0.0, 0.5])
    assert 1 not in systematic(jr.key(0), weights, 1000)


def test_systematic_draws_are_as_many_as_their_weights_say_to_within_one():
    weights = normalised(np.random.default_rng(2).normal(size=20))
    counts = np.bincount(systematic(jr.key(3), weights, 500), minlength=20)
    assert np.all(np.abs(counts - 500 * weights) < 1.0 + 1e-9)


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_pareto_shape_of_a_pareto_tail_is_found(shape: float):
    assert pareto_smoothed(pareto_weights(shape))[1] == pytest.approx(shape, abs=0.12)


def test_smoothing_keeps_the_order():
    log_weights = pareto_weights(0.8)
    smoothed, _ = pareto_smoothed(log_weights)
    np.testing.assert_array_equal(np.argsort(smoothed, kind="stable"), np.argsort(log_weights, kind="stable"))


def test_too_few_weights_have_no_shape():
    assert pareto_smoothed(np.r_[np.zeros(10), np.full(100, -np.inf)])[1] == np.inf


def test_flattened_weights_are_worth_what_was_wanted():
    log_weights = pareto_weights(3.0)
    exponent = flattening(log_weights, 200.0)
    assert 0.0 < exponent < 1.0
    assert effective_size(exponent * log_weights) == pytest.approx(200.0, rel=1e-6)
    assert flattening(np.zeros(10), 5.0) == 1.0


def test_moments_of_weighted_draws_and_their_root():
    z = np.random.default_rng(4).normal(size=(100, 3))
    weights = np.full(100, 0.01)
    mean, covariance = moments(z, weights)
    np.testing.assert_allclose(mean, z.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(z.T, bias=True))
    root = root_of(covariance)
    np.testing.assert_allclose(root @ root.T, covariance, rtol=1e-8)


@pytest.mark.parametrize(
    ("shape", "effective", "severity"),
    [(0.9, 900.0, "serious"), (np.inf, 0.0, "serious"), (0.6, 900.0, "warning"), (0.1, 900.0, "good")],
)
def test_untrusted_weights_are_serious(shape: float, effective: float, severity: str):
    assert weight_findings(shape, effective, 1000, "the prior")[0].severity == severity
