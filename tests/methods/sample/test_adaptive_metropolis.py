"""Laws of adaptive Metropolis with delayed rejection."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from dream_targets import correlated_gaussian, values

from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.sample.adaptive_metropolis import (
    AdaptiveMetropolis,
    Moments,
    Stages,
    acceptance,
    followed,
    second_acceptance,
)

TINY = AdaptiveMetropolis(num_chains=8, num_generations=60, thin=3, checkpoint_every=5)


def test_a_second_stage_keeps_detailed_balance():
    """For two states and any rejected y1 between them: π(x) q1(x→y1) [1 − α1(x, y1)] α2(x, y2) is symmetric in x and y2."""
    rng = np.random.default_rng(0)
    x, y1, y2 = (jnp.asarray(rng.normal(size=(200, 2))) for _ in range(3))
    inverse = jnp.asarray([[1.3, 0.0], [-0.4, 0.8]])

    def log_p(z):
        return -0.5 * jnp.sum(z**2, axis=1) - 0.3 * z[:, 0] ** 4

    def flow(start, end):
        stages = Stages(start, y1, end, log_p(start), log_p(y1), log_p(end))
        log_q1 = -0.5 * jnp.sum(((y1 - start) @ inverse.T) ** 2, axis=1)
        rejected = 1.0 - acceptance(log_p(y1) - log_p(start))
        return jnp.exp(log_p(start) + log_q1) * rejected * second_acceptance(stages, inverse)

    np.testing.assert_allclose(flow(x, y2), flow(y2, x), rtol=1e-9, atol=1e-15)


def test_a_run_that_failed_is_never_accepted():
    one = jnp.zeros((1, 1))
    for at_y1 in (-jnp.inf, 0.0):
        stages = Stages(one, one + 1.0, one + 0.1, jnp.zeros(1), jnp.full(1, at_y1), jnp.full(1, -jnp.inf))
        assert second_acceptance(stages, jnp.eye(1))[0] == 0.0
    assert acceptance(jnp.asarray([jnp.nan, -jnp.inf]))[0] == 0.0


def test_moments_follow_a_stationary_chain_to_its_moments():
    rng = np.random.default_rng(1)
    moments = Moments(jnp.full(2, 9.0), 100.0 * jnp.eye(2))
    for step in range(2000):
        moments = followed(moments, jnp.asarray(rng.normal(size=(16, 2)) * np.array([1.0, 3.0])), jnp.asarray(step))
    np.testing.assert_allclose(moments.mean, 0.0, atol=0.1)
    np.testing.assert_allclose(moments.covariance, np.diag([1.0, 9.0]), atol=0.3)


def test_adaptation_ends_with_burn_in():
    problem, _, _ = correlated_gaussian()
    trace = run(TINY, problem, jr.key(2)).trace
    assert not np.array_equal(trace["scale"][2], trace["scale"][5])
    assert np.all(trace["scale"][TINY.burn_in_steps :] == trace["scale"][TINY.burn_in_steps])


@pytest.mark.slow
def test_forty_correlated_elements_are_no_hindrance():
    problem, mean, covariance = correlated_gaussian(n=40)
    method = AdaptiveMetropolis(num_chains=64, num_generations=10_000)
    draws = values(problem.space, np.asarray(run(method, problem, jr.key(3)).estimate.draws))
    for i in (0, 20, 39):
        assert abs(draws[..., i].mean() - mean[i]) < 4.5 * float(array_stats.mcse(draws[..., i], method="mean"))
        assert abs(draws[..., i].var() / covariance[i, i] - 1.0) < 0.15


@pytest.mark.parametrize("setting", [{"num_chains": 0}, {"burn_in": 1.0}, {"second_scale": 0.0}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        AdaptiveMetropolis(**setting)
