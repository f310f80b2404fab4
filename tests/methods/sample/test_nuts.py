"""Laws of the No-U-Turn sampler."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from dream_targets import correlated_gaussian, starting_in

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.sample.nuts import NUTS, log_density_of
from landpda.problem.density import DensityProblem
from landpda.problem.finite_differenced import finite_differenced
from landpda.problem.untraced import Untraced


def test_the_derivative_is_that_of_the_problem_alone_and_in_a_batch():
    problem, _, _ = correlated_gaussian()
    frame = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3)))
    log_density = log_density_of(problem, frame)
    V = jnp.asarray(np.random.default_rng(1).normal(size=(5, 3)))
    cost, gradient = problem.value_and_grad_ensemble(V @ frame.T)
    values, slopes = jax.vmap(jax.value_and_grad(log_density))(V)
    np.testing.assert_allclose(values, -cost)
    np.testing.assert_allclose(slopes, -gradient @ frame)
    value, slope = jax.jit(jax.value_and_grad(log_density))(V[0])
    np.testing.assert_allclose(value, -cost[0])
    np.testing.assert_allclose(slope, slopes[0])


def test_a_model_that_only_runs_can_be_sampled_by_differences():
    problem = finite_differenced(Untraced(linear_gaussian.problem()))
    result = run(NUTS(num_chains=2, num_draws=6, max_depth=2, checkpoint_every=3), problem, jr.key(2))
    assert result.runs_used > 0
    assert np.all(np.isfinite(result.trace["log_density"]))


def test_axes_of_the_posterior_save_gradients():
    problem, _, covariance = correlated_gaussian()
    axes = np.linalg.cholesky(covariance) / 3.0  # the space's values are 3 z
    settings = {"num_chains": 4, "num_draws": 100, "checkpoint_every": 100}
    blind, told = (run(NUTS(axes=a, **settings), problem, jr.key(3)) for a in (np.zeros((0, 0)), axes))
    assert told.gradients_used < 0.5 * blind.gradients_used


def test_a_step_too_long_for_a_narrow_place_diverges_and_is_told():
    """A wall beyond which the cost rises a million times faster."""
    problem = DensityProblem(lambda x: -0.5 * x[0] ** 2 - 1e6 * jnp.maximum(x[0] - 1.0, 0.0) ** 2, starting_in(1, 0.5))
    result = run(NUTS(num_chains=4, num_draws=200, target=0.4, checkpoint_every=50), problem, jr.key(4))
    assert any("diverged" in finding.sentence for finding in result.findings)


def test_axes_of_another_shape_are_refused():
    problem, _, _ = correlated_gaussian()
    with pytest.raises(StudyError, match="axes"):
        NUTS(axes=np.eye(2)).init(jr.key(5), problem)


@pytest.mark.parametrize("setting", [{"num_chains": 0}, {"max_depth": 0}, {"target": 1.0}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        NUTS(**setting)
