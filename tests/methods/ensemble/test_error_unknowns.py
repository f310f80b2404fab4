"""Unknowns of the errors beside a Kalman update."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.methods.ensemble import error_unknowns
from landpda.methods.ensemble.members import Members, cost_of, run_all
from landpda.parameters.correlation import Correlation
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.model_problem import Problem

PROBLEM = linear_gaussian.problem_with_unknown_error()


def members(num: int = 12) -> Members:
    return run_all(PROBLEM, np.asarray(jr.normal(jr.key(0), (num, 3))))


def with_last(of: Members, value: float) -> Members:
    Z = np.array(of.Z)
    Z[:, 2] = value
    return of._replace(Z=Z)


def test_only_what_moves_the_misfit_without_the_model_is_found():
    np.testing.assert_array_equal(error_unknowns.find(PROBLEM, members()), [False, False, True])
    known = linear_gaussian.problem()
    np.testing.assert_array_equal(error_unknowns.find(known, run_all(known, np.zeros((4, 2)))), [False, False])


def test_shared_value_has_the_lowest_mean_cost():
    of, which = members(), error_unknowns.find(PROBLEM, members())
    found = error_unknowns.shared(PROBLEM, which, of).Z
    assert np.ptp(found[:, 2]) == 0.0
    np.testing.assert_array_equal(found[:, :2], of.Z[:, :2])
    best = minimize_scalar(
        lambda s: cost_of(PROBLEM, with_last(of, s)).mean(), bounds=(-5, 9), method="bounded", options={"xatol": 1e-9}
    )
    assert found[0, 2] == pytest.approx(best.x, abs=1e-6)


@pytest.mark.parametrize("start", [-8.0, 0.0, 12.0])
def test_shared_value_does_not_depend_on_where_it_began(start):
    of, which = with_last(members(), start), np.array([False, False, True])
    expected = error_unknowns.shared(PROBLEM, which, members()).Z[0, 2]
    assert error_unknowns.shared(PROBLEM, which, of).Z[0, 2] == pytest.approx(expected, abs=1e-8)


def test_a_member_that_failed_does_not_count():
    of, which = members(), np.array([False, False, True])
    spoilt = Members(of.Z, np.where(np.arange(12)[:, None] == 3, 1e9, of.values), np.arange(12) != 3)
    kept = Members(*(np.delete(field, 3, axis=0) for field in of))
    assert error_unknowns.shared(PROBLEM, which, spoilt).Z[0, 2] == pytest.approx(
        error_unknowns.shared(PROBLEM, which, kept).Z[0, 2], abs=1e-10
    )


def test_draws_have_the_density_given_the_predictions():
    one = Members(*(np.repeat(field[:1], 4000, axis=0) for field in members()))
    which = np.array([False, False, True])
    drawn = error_unknowns.drawn(jr.key(1), PROBLEM, which, one).Z[:, 2]
    grid = np.linspace(-6, 10, 4001)
    weight = np.exp(
        -cost_of(
            PROBLEM,
            Members(
                np.column_stack([np.repeat(one.Z[:1, :2], 4001, axis=0), grid]),
                np.repeat(one.values[:1], 4001, axis=0),
                np.ones(4001, dtype=bool),
            ),
        )
        + 1e-9
    )
    weight = weight / weight.sum()
    mean = float(weight @ grid)
    sd = float(np.sqrt(weight @ (grid - mean) ** 2))
    assert abs(drawn.mean() - mean) < 0.2 * sd
    assert abs(drawn.std() / sd - 1.0) < 0.15


def test_an_error_that_is_correlated_with_the_model_is_refused():
    line = [
        Parameter("intercept", "m", Normal(0.0, 1.0)),
        Parameter("slope", "m", Normal(1.0, 0.7)),
        Parameter("sd", "m", LogNormal(0.5, 0.3)),
    ]
    matrix = np.eye(3)
    matrix[0, 2] = matrix[2, 0] = 0.5
    space = ParameterSpace(line, correlation=Correlation(("intercept", "slope", "sd"), matrix))
    problem = Problem(model=PROBLEM.model, scenario=PROBLEM.scenario, streams=PROBLEM.streams, space=space)
    with pytest.raises(StudyError, match="correlated"):
        error_unknowns.find(problem, run_all(problem, np.asarray(jnp.zeros((4, 3)))))
