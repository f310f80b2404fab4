"""Posteriors whose answers are known: linear-Gaussian, Haario's banana, two modes; and ranks of simulated truths."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from arviz_stats.base.array import array_stats

import linear_gaussian
from landpda.methods.driver import run
from landpda.methods.sample.dream_zs import DreamZS
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem
from landpda.problem.untraced import Untraced

ERRORS = 4.5
"""Monte Carlo standard errors that a moment may be off: one in 1e5 by chance."""


def density_of(log_density, n: int, sd: float) -> DensityProblem:
    return DensityProblem(log_density, ParameterSpace([Parameter(f"x{i}", "1", Normal(0.0, sd)) for i in range(n)]))


def banana(n: int = 10, b: float = 0.1) -> DensityProblem:
    def log_density(x):
        return -0.5 * (x[0] ** 2 / 100.0 + (x[1] + b * x[0] ** 2 - 100.0 * b) ** 2 + jnp.sum(x[2:] ** 2))

    return density_of(log_density, n, 5.0)


def two_modes() -> DensityProblem:
    def log_density(x):
        return jnp.logaddexp(jnp.log(1 / 6) - 0.5 * (x[0] + 8.0) ** 2, jnp.log(5 / 6) - 0.5 * (x[0] - 10.0) ** 2)

    return density_of(log_density, 1, 10.0)


def sampled(problem, method: DreamZS, key: int = 0) -> np.ndarray:
    """(C, D, n) physical values."""
    draws = run(method, problem, jr.key(key)).estimate.draws
    return np.asarray(jax.vmap(jax.vmap(problem.space.values))(draws))


def assert_mean(draws: np.ndarray, expected: float) -> None:
    """The mean of (C, D) draws, within its Monte Carlo error."""
    assert abs(draws.mean() - expected) < ERRORS * float(array_stats.mcse(draws, method="mean"))


def assert_linear_gaussian(x: np.ndarray) -> None:
    centred = x - linear_gaussian.MEAN
    for i in range(2):
        assert_mean(x[..., i], linear_gaussian.MEAN[i])
        for j in range(i + 1):
            assert_mean(centred[..., i] * centred[..., j], linear_gaussian.COVARIANCE[i, j])


def test_dream_zs_is_exact_when_linear_gaussian():
    assert_linear_gaussian(sampled(linear_gaussian.problem(), DreamZS(num_chains=32, num_generations=4000)))


def test_dream_zs_is_not_biased_by_runs_that_fail_at_random():
    problem = Untraced(linear_gaussian.problem(), linear_gaussian.failing(0.3))
    assert_linear_gaussian(sampled(problem, DreamZS(num_chains=16, num_generations=600, checkpoint_every=10)))


def test_dream_zs_finds_the_weights_of_two_modes():
    x = sampled(two_modes(), DreamZS(num_chains=32, num_generations=6000))
    assert abs(np.mean(x < 1.0) - 1.0 / 6.0) < 0.02
    assert_mean(x[..., 0], 7.0)
    assert abs(x.var() - 46.0) < 3.0


@pytest.mark.slow
def test_dream_zs_follows_the_banana_into_its_tails():
    x = sampled(banana(), DreamZS(num_chains=64, num_generations=100_000, thin=50))
    for i in range(10):
        assert_mean(x[..., i], 0.0)
    assert_mean(x[..., 0] ** 2, 100.0)
    assert_mean(x[..., 1] ** 2, 201.0)
    assert_mean(x[..., 0] * x[..., 1], 0.0)
    assert_mean(x[..., 5] ** 2, 1.0)
    assert abs(np.mean(x[..., 0] ** 2) / 100.0 - 1.0) < 0.1
