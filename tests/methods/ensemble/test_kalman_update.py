"""The update of an ensemble by whitened misfits."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.methods.ensemble.kalman_update import anomalies, gains, linear_part, perturbed, principal, transformed
from landpda.methods.ensemble.members import standardised
from landpda.methods.ensemble.tapering import tapered

SHAPES = [(30, 4, 7), (12, 4, 50), (12, 20, 50), (60, 40, 300)]
"""N, n, m: more members than data, fewer, fewer than parameters, and more of all than a small matrix routine takes."""


def ensemble(num: int, n: int, m: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((num, n))
    e = Z @ rng.standard_normal((n, m)) + 0.3 * np.sin(Z[:, :1]) + rng.standard_normal(m)
    return Z, e, np.ones(num, dtype=bool)


@pytest.mark.parametrize("shape", SHAPES)
def test_gain_is_the_kalman_gain_and_its_symmetric_root(shape):
    Z, e, ok = ensemble(*shape)
    A, Y = anomalies(Z, ok), anomalies(e, ok)
    both = gains(A, Y)
    np.testing.assert_allclose(both.mean, A.T @ Y @ np.linalg.inv(np.eye(shape[2]) + Y.T @ Y), atol=1e-10)
    values, vectors = np.linalg.eigh(np.eye(len(Y)) + Y @ Y.T)
    np.testing.assert_allclose(A - Y @ both.spread.T, (vectors / np.sqrt(values)) @ vectors.T @ A, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_transformed_covariance_is_the_posteriors(shape):
    Z, e, ok = ensemble(*shape)
    A, Y = anomalies(Z, ok), anomalies(e, ok)
    after = anomalies(transformed(Z, e, ok), ok)
    np.testing.assert_allclose(after.T @ after, A.T @ A - gains(A, Y).mean @ Y.T @ A, atol=1e-10)


def test_order_of_data_does_not_matter():
    Z, e, ok = ensemble(12, 4, 50)
    noise = np.random.default_rng(1).standard_normal(e.shape)
    turned = np.random.default_rng(2).permutation(50)
    for localisation in (0.0, 0.3):
        one = perturbed(Z, e, ok, noise, localisation)
        np.testing.assert_allclose(perturbed(Z, e[:, turned], ok, noise[:, turned], localisation), one, atol=1e-11)


def test_members_that_failed_change_nobody():
    Z, e, ok = ensemble(14, 4, 50)
    ok = ok & (np.arange(14) < 12)
    for update in (lambda *a: transformed(*a), lambda Z, e, ok: perturbed(Z, e, ok, np.zeros_like(e))):
        alone = update(Z[:12], e[:12], ok[:12])
        np.testing.assert_allclose(update(Z, np.where(ok[:, None], e, 1e6), ok)[:12], alone, atol=1e-11)


def test_principal_components_give_the_anomalies_back():
    for shape in SHAPES:
        _, e, ok = ensemble(*shape)
        Y = anomalies(e, ok)
        parts = principal(Y)
        np.testing.assert_allclose(parts.members @ parts.data, Y, atol=1e-7)
        np.testing.assert_allclose(np.linalg.norm(parts.data, axis=1), parts.size, rtol=1e-6)


def test_linear_part_of_a_linear_model_is_all_of_it():
    rng = np.random.default_rng(3)
    A = rng.standard_normal((30, 4))
    A -= A.mean(axis=0)
    Y = A @ rng.standard_normal((4, 9))
    np.testing.assert_allclose(linear_part(A, Y), Y, atol=1e-12)
    np.testing.assert_allclose(linear_part(A, Y + 0.0 * A[:, :1] ** 2), Y, atol=1e-12)
    bent = linear_part(A, A[:, :1] ** 2)
    np.testing.assert_allclose(A.T @ bent, A.T @ A[:, :1] ** 2, atol=1e-10)


def test_taper_removes_what_chance_can_make_and_keeps_what_it_cannot():
    weights = np.array([[0.05, 0.1, 0.5, 1.0]])
    factors = tapered(weights, np.array([1.0]), 0.1)
    np.testing.assert_allclose(factors, [[0.0, 0.0, 0.96, 0.99]])


def test_taper_keeps_the_spread_that_chance_would_take():
    """Many parameters that no datum informs: a small ensemble shrinks them all the same, a tapered one hardly."""
    rng = np.random.default_rng(4)
    Z = standardised(rng.standard_normal((60, 30)))
    e = 20.0 * Z[:, :1] + rng.standard_normal((60, 200)) * 3.0
    ok = np.ones(60, dtype=bool)
    plain, kept = (transformed(Z, e, ok, threshold)[:, 1:].std(axis=0).mean() for threshold in (0.0, 0.15))
    assert plain < 0.8
    assert kept > 0.5 * (plain + 1.0)


def test_standardised_draws_have_the_moments_exactly():
    draws = standardised(np.random.default_rng(5).standard_normal((50, 41)))
    np.testing.assert_allclose(draws.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(np.cov(draws.T), np.eye(41), atol=1e-13)
    few = standardised(np.random.default_rng(6).standard_normal((10, 41)))
    np.testing.assert_allclose(few.mean(axis=0), 0.0, atol=1e-14)
