"""Damped Newton steps from many starts."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import RunFailed
from landpda.methods.driver import run
from landpda.methods.optimise.damped_newton import CONVERGED, FAILED, advance, begin
from landpda.methods.optimise.laplace import Laplace, gaussian_at
from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.box import box
from landpda.problem.model_problem import Problem
from looped import Looped

BENT = linear_gaussian.Line(curvature=0.4)


def test_cost_never_rises_and_ended_starts_stay() -> None:
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    trace = run(LevenbergMarquardt(num_starts=6, num_screened=0), problem, jr.key(0)).trace
    assert np.all(np.diff(trace["cost"], axis=0) <= 0.0)
    ended = trace["status"][:-1] == CONVERGED
    assert ended.any()
    np.testing.assert_array_equal(trace["z"][1:][ended], trace["z"][:-1][ended])


def test_optima_have_no_gradient() -> None:
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    result = run(LevenbergMarquardt(num_starts=6, num_screened=0), problem, jr.key(0))
    cost, gradient = problem.value_and_grad_ensemble(jnp.asarray(result.trace["z"][-1]))
    np.testing.assert_allclose(cost, result.trace["cost"][-1], rtol=1e-12)
    assert np.all(np.abs(np.asarray(gradient)) < 1e-3)
    assert result.estimate.cost == result.trace["cost"][-1].min()


def test_each_start_goes_its_own_way() -> None:
    problem = linear_gaussian.problem(model=BENT)
    z = np.asarray(problem.initial_ensemble(jr.key(1), 4))
    together, _ = begin(problem, z, 1e-10)
    alone, _ = begin(problem, z[2:3], 1e-10)
    for _ in range(3):
        together, _ = advance(problem, together, 1e-10)
        alone, _ = advance(problem, alone, 1e-10)
    np.testing.assert_allclose(together.z[2], alone.z[0], rtol=1e-12)


def test_failed_starts_change_nobody_else() -> None:
    sound, frail = linear_gaussian.problem(), linear_gaussian.problem(model=linear_gaussian.Line(fails_above=1.5))
    z = np.array([[0.0, 0.0], [2.0, 0.0], [0.5, 0.5]])
    descent, spent = begin(frail, z, 1e-10)
    np.testing.assert_array_equal(descent.status, [0, FAILED, 0])
    assert (spent.runs, spent.gradients) == (3, 3)
    whole, _ = begin(sound, z, 1e-10)
    for _ in range(2):
        descent, _ = advance(frail, descent, 1e-10)
        whole, _ = advance(sound, whole, 1e-10)
    np.testing.assert_array_equal(descent.z[[0, 2]], whole.z[[0, 2]])
    np.testing.assert_array_equal(descent.z[1], z[1])
    assert np.isinf(descent.cost[1])


def test_a_problem_that_is_not_compiled_is_asked_for_no_more_than_it_must_run() -> None:
    asked = []
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    looped = Looped(problem=problem)
    descent, _ = begin(looped, np.asarray(problem.initial_ensemble(jr.key(2), 5)), 1e-10)
    while np.any(descent.status == 0):
        running = int(np.sum(descent.status == 0))
        descent, spent = advance(looped, descent, 1e-10)
        asked.append((running, spent.gradients))
        assert spent.gradients <= running
        assert spent.runs <= 9 * running
    assert asked[-1][0] < asked[0][0]


def test_all_starts_failing_is_an_error() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-np.inf))
    with pytest.raises(RunFailed, match="no usable answer"):
        run(LevenbergMarquardt(num_starts=3, num_screened=0), frail, jr.key(0))


def test_too_few_iterations_are_said() -> None:
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    result = run(LevenbergMarquardt(num_starts=2, num_screened=0, max_iterations=1), problem, jr.key(3))
    said = [finding for finding in result.findings if finding.topic == "convergence"]
    assert said[0].severity == "warning"


def test_laplace_repairs_a_saddle_and_says_so() -> None:
    estimate, values = gaussian_at(np.zeros(2), np.array([[4.0, 0.0], [0.0, -1.0]]))
    np.testing.assert_allclose(estimate.covariance, np.diag([0.25, 1.0]))
    np.testing.assert_allclose(np.sort(values), [-1.0, 4.0])


def test_laplace_warns_of_a_mode_on_a_bound() -> None:
    space = ParameterSpace([Parameter("intercept", "m", Uniform(-1.0, 0.2)), Parameter("slope", "m", Uniform(0.0, 2.0))])
    streams = linear_gaussian.problem().streams
    model = linear_gaussian.Line()
    problem = Problem(model=model, scenario=linear_gaussian.SCENARIO, streams=streams, space=space)
    result = run(Laplace(num_starts=1, num_screened=0), box(problem), jr.key(4))
    said = [finding.sentence for finding in result.findings if finding.topic == "bounds"]
    assert said == ["The mode lies on a bound of intercept: a Gaussian does not describe the posterior there."]
