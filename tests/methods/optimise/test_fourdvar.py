"""Outer and inner loops, and what they leave to say."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import RunFailed, StudyError
from landpda.methods.driver import run
from landpda.methods.optimise.fourdvar import FourDVar
from landpda.methods.optimise.laplace import Laplace
from landpda.methods.optimise.low_rank import conjugate_gradients
from landpda.problem.box import box
from landpda.problem.finite_differenced import finite_differenced
from landpda.problem.untraced import Untraced

BENT = linear_gaussian.Line(curvature=0.4)


def test_products_and_the_whole_hessian_lead_to_the_same_end() -> None:
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    whole = run(FourDVar(num_screened=0), problem, jr.key(0))
    parts = run(FourDVar(num_screened=0, whole_up_to=0, rank=3), problem, jr.key(0))
    np.testing.assert_allclose(parts.estimate.mean, whole.estimate.mean, atol=1e-7)
    np.testing.assert_allclose(parts.estimate.covariance, whole.estimate.covariance, atol=1e-7)
    assert parts.runs_used > whole.runs_used


def test_the_mode_is_that_of_a_damped_search() -> None:
    problem = linear_gaussian.problem(model=BENT)
    ours, theirs = (
        run(FourDVar(num_screened=0), problem, jr.key(0)),
        run(Laplace(num_starts=1, num_screened=0), problem, jr.key(0)),
    )
    np.testing.assert_allclose(ours.estimate.mean, theirs.estimate.mean, atol=1e-6)
    assert np.all(np.diff(ours.trace["cost"][:, 0]) <= 0.0)


def test_too_low_a_rank_is_said() -> None:
    result = run(FourDVar(num_screened=0, whole_up_to=0, rank=1), linear_gaussian.problem(), jr.key(0))
    assert [finding.topic for finding in result.findings if finding.severity == "warning"] == ["rank"]
    _, covariance = linear_gaussian.posterior_in_control_space()
    assert np.trace(np.asarray(result.estimate.covariance)) > np.trace(covariance)


def test_too_few_outer_loops_are_said() -> None:
    result = run(FourDVar(num_screened=0, max_outer=2), linear_gaussian.problem(model=BENT), jr.key(0))
    said = [finding for finding in result.findings if finding.topic == "convergence"]
    assert said[0].severity == "warning"


def test_a_box_has_no_background() -> None:
    with pytest.raises(StudyError, match="Gaussian background"):
        run(FourDVar(num_screened=0), finite_differenced(box(_bounded())), jr.key(0))


def _bounded() -> object:
    from landpda.parameters.parameter import Parameter
    from landpda.parameters.priors.uniform import Uniform
    from landpda.parameters.space import ParameterSpace
    from landpda.problem.model_problem import Problem

    space = ParameterSpace([Parameter("intercept", "m", Uniform(-1.0, 2.0)), Parameter("slope", "m", Uniform(0.0, 2.0))])
    whole = linear_gaussian.problem()
    return Problem(model=whole.model, scenario=whole.scenario, streams=whole.streams, space=space)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_model_that_only_runs_is_served_by_differences(share: float) -> None:
    outside = Untraced(problem=linear_gaussian.problem(), spoil=linear_gaussian.failing(share))
    result = run(FourDVar(num_screened=16), finite_differenced(outside), jr.key(1))
    mean, covariance = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(result.estimate.mean, mean, atol=1e-4)
    if share == 0.0:
        np.testing.assert_allclose(result.estimate.covariance, covariance, atol=1e-5)


def test_nowhere_to_begin_is_an_error() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-np.inf))
    with pytest.raises(RunFailed, match="no usable answer"):
        run(FourDVar(num_screened=0), frail, jr.key(0))


def test_conjugate_gradients_end_after_as_many_steps_as_there_are_eigenvalues() -> None:
    rng = np.random.default_rng(0)
    vectors = np.linalg.qr(rng.standard_normal((50, 50)))[0]
    matrix = (vectors * np.repeat([1.0, 7.0, 100.0], [30, 15, 5])) @ vectors.T
    right = rng.standard_normal(50)
    x, products = conjugate_gradients(lambda rows: rows @ matrix, right, 1e-10, 50)
    np.testing.assert_allclose(matrix @ x, right, atol=1e-8)
    assert products == 3
