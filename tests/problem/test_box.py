"""The classical bounded optimum."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.methods.driver import run
from landpda.methods.optimise.lbfgsb import LBFGSB
from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.box import box
from landpda.problem.model_problem import Problem


def bounded(high: float = 3.0) -> Problem:
    """The line with a uniform intercept in [−1, high] and a log-normal slope."""
    space = ParameterSpace([Parameter("intercept", "m", Uniform(-1.0, high)), Parameter("slope", "m", LogNormal(1.0, 0.5))])
    streams = (linear_gaussian.stream("ends", [0, 2]), linear_gaussian.stream("middle", [1]))
    model = linear_gaussian.Line(curvature=0.2)
    return Problem(model=model, scenario=linear_gaussian.SCENARIO, streams=streams, space=space)


def test_cost_is_the_misfit_and_the_natural_prior() -> None:
    boxed = box(bounded())
    u = jnp.array([0.4, 0.3])
    theta = boxed.space.to_physical(u)
    assert theta["intercept"] == pytest.approx(-1.0 + 4.0 * 0.4)
    assert theta["slope"] == pytest.approx(np.exp(0.5 * 0.3))
    line = np.array([theta["intercept"] + theta["slope"] * t + 0.2 * theta["slope"] ** 2 * t for t in range(3)])
    misfit = 0.5 * np.sum(((line - linear_gaussian.DATA) / 0.5) ** 2) + linear_gaussian.LOG_SCALE
    # log-normal: v = log slope ~ N(0, 0.5); uniform: 1/4.
    prior = -np.log(4.0) - 0.5 * 0.3**2 - np.log(0.5) - 0.5 * np.log(2.0 * np.pi)
    assert boxed.cost(u) == pytest.approx(misfit - prior, rel=1e-12)


def test_derivatives_are_those_of_the_cost() -> None:
    boxed = box(bounded())
    U = boxed.initial_ensemble(jr.key(0), 4)
    cost, gradient = boxed.value_and_grad_ensemble(U)
    expected = jax.jit(jax.grad(lambda U: -jnp.sum(boxed.log_density_ensemble(U))))(U)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-9)
    linear = boxed.linearise_ensemble(U)
    np.testing.assert_allclose(linear.cost, cost, rtol=1e-12)
    np.testing.assert_allclose(linear.gradient, gradient, rtol=1e-9, atol=1e-9)
    steps = 1e-5 * jnp.eye(2)
    _, beside = boxed.value_and_grad_ensemble(U[0] + jnp.concatenate([steps, -steps]))
    np.testing.assert_allclose(boxed.hessian(U[0]), (beside[:2] - beside[2:]) / 2e-5, rtol=1e-4, atol=1e-4)


def test_misfit_is_that_of_the_box() -> None:
    boxed = box(bounded())
    U = boxed.initial_ensemble(jr.key(1), 3)
    misfit = boxed.misfit_ensemble(boxed.forward_ensemble(U).values, U)
    np.testing.assert_allclose(misfit.cost, -boxed.log_density_ensemble(U), rtol=1e-12)


@pytest.mark.parametrize("method", [LBFGSB(num_starts=2, num_screened=0), LevenbergMarquardt(num_starts=2, num_screened=0)])
def test_an_optimum_beyond_the_bound_is_found_on_it(method: LBFGSB | LevenbergMarquardt) -> None:
    problem = bounded(high=0.2)
    boxed = box(problem)
    result = run(method, boxed, jr.key(2))
    theta = boxed.space.to_physical(result.estimate.best)
    assert theta["intercept"] == pytest.approx(0.2, abs=1e-6)
    # The free element is at its own optimum, and the bounded one presses outward.
    gradient = boxed.value_and_grad(result.estimate.best)[1]
    assert gradient[0] < -1.0
    assert abs(gradient[1]) < 1e-3
    z = boxed.space.to_control(result.estimate.best)
    assert problem.space.to_physical(z)["intercept"] == pytest.approx(0.2, abs=1e-6)


def test_coordinates_return() -> None:
    space = box(bounded()).space
    z = jnp.array([0.3, -1.2])
    np.testing.assert_allclose(space.to_control(space.from_control(z)), z, rtol=1e-12)
    assert np.all(np.isfinite(space.from_control(jnp.array([60.0, 0.0]))))


def test_a_box_is_not_boxed_again() -> None:
    with pytest.raises(TypeError):
        box(box(bounded()))
