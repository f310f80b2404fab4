"""The spread of an ensemble, made and kept."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np

from landpda.methods.filter import spread
from landpda.methods.filter.particle_filter import smoothed, systematic


def members(num: int, columns: int, seed: int = 0) -> jnp.ndarray:
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=(num, columns)) @ rng.normal(size=(columns, columns)) + 3.0)


def test_exact_noise_has_the_moments_of_a_standard_normal_and_no_correlation_with_what_is_beside() -> None:
    beside = members(20, 5)
    noise = spread.exact_noise(jr.key(0), 3, beside)
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=1e-13)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(3), atol=1e-12)
    np.testing.assert_allclose(noise.T @ (beside - beside.mean(axis=0)), 0.0, atol=1e-10)


def test_exact_noise_bears_columns_that_depend_on_one_another() -> None:
    beside = members(20, 3)
    noise = spread.exact_noise(jr.key(0), 2, jnp.concatenate([beside, beside], axis=1))
    np.testing.assert_allclose(np.cov(noise.T), np.eye(2), atol=1e-12)


def test_too_few_members_get_noise_of_mean_zero() -> None:
    noise = spread.exact_noise(jr.key(0), 3, members(6, 5))
    assert noise.shape == (6, 3)
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=1e-13)


def test_reflections_keep_mean_and_covariance() -> None:
    X = members(12, 4)
    A = X - X.mean(axis=0)
    mixed = spread.reflected(jr.key(1), A, 12)
    np.testing.assert_allclose(mixed.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(mixed.T @ mixed, A.T @ A, atol=1e-10)
    assert np.abs(np.asarray(mixed - A)).max() > 0.1


def test_relaxation_gives_back_its_share_of_the_spread() -> None:
    X = members(50, 3)
    before = 2.0 * spread.sd(X)
    np.testing.assert_allclose(spread.sd(spread.relaxed(X, before, 0.25)), 1.25 * spread.sd(X))
    np.testing.assert_allclose(spread.relaxed(X, before, 0.0), X)


def test_a_floor_lifts_only_what_lies_below_it() -> None:
    X = jnp.asarray(np.random.default_rng(0).normal(size=(50, 2)) * [0.001, 1.0])
    lifted = spread.at_least(X, 0.01)
    np.testing.assert_allclose(spread.sd(lifted), [0.01, spread.sd(X)[1]])
    np.testing.assert_allclose(lifted.mean(axis=0), X.mean(axis=0), atol=1e-15)


def test_a_kernel_keeps_the_moments() -> None:
    X = members(400, 3)
    wide = np.concatenate([spread.smoothed(jr.key(i), X, 0.5) for i in range(20)])
    np.testing.assert_allclose(wide.mean(axis=0), X.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(np.cov(wide.T), np.cov(X.T), rtol=0.05, atol=0.05 * np.abs(np.cov(X.T)).max())


def test_failed_members_are_mixes_of_those_that_ran() -> None:
    X = members(4000, 2).at[::3].set(jnp.nan)
    ok = jnp.arange(4000) % 3 != 0
    filled = spread.refilled(jr.key(0), jnp.where(ok[:, None], X, 0.0), ok)
    np.testing.assert_array_equal(filled[ok], X[ok])
    np.testing.assert_allclose(filled.mean(axis=0), X[ok].mean(axis=0), atol=0.1)
    np.testing.assert_allclose(np.cov(filled.T), np.cov(X[ok].T), rtol=0.1)


def test_systematic_draws_copy_each_member_as_often_as_its_weight_says() -> None:
    weights = jnp.asarray([0.5, 0.25, 0.0, 0.25])
    assert np.bincount(systematic(weights, 0.3), minlength=4).tolist() == [2, 1, 0, 1]


def test_smoothed_copies_keep_the_weighted_moments() -> None:
    X = members(4000, 3)
    weights = jnp.exp(-0.5 * X[:, 0] ** 2)
    weights = weights / weights.sum()
    drawn = smoothed(jr.key(1), X, weights, systematic(weights, 0.5), 0.3)
    mean = weights @ X
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.05 * float(jnp.max(X.std(axis=0))))
    np.testing.assert_allclose(np.cov(drawn.T), (X - mean).T @ (weights[:, None] * (X - mean)), rtol=0.15, atol=0.1)
