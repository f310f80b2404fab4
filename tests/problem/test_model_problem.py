"""The problem of a native model: the exact numbers of the linear-Gaussian one, and laws that any model obeys."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import NeedsError, StudyError
from landpda.core.types import Needs
from landpda.problem.model_problem import Problem
from landpda.problem.problem import require
from landpda.problem.untraced import Untraced

BENT = linear_gaussian.Line(curvature=0.4)


def test_cost_and_gradient_are_those_of_the_textbook() -> None:
    problem = linear_gaussian.problem()
    mean, covariance = linear_gaussian.posterior_in_control_space()
    cost, gradient = problem.value_and_grad(jnp.zeros(2))
    assert cost - linear_gaussian.LOG_SCALE == pytest.approx(linear_gaussian.COST_AT_PRIOR_MEAN, abs=1e-12)
    np.testing.assert_allclose(gradient, linear_gaussian.GRADIENT_AT_PRIOR_MEAN, atol=1e-8)
    lowest = problem.cost(jnp.asarray(mean)) - linear_gaussian.LOG_SCALE
    assert lowest == pytest.approx(linear_gaussian.LOWEST_COST, abs=1e-9)
    np.testing.assert_allclose(problem.hessian(jnp.zeros(2)), np.linalg.inv(covariance), rtol=1e-6)


def test_degrees_of_freedom_for_signal_are_those_of_the_textbook() -> None:
    curvature = linear_gaussian.problem().linearise_ensemble(jnp.zeros((1, 2))).curvature[0]
    assert 2.0 - np.trace(np.linalg.inv(curvature)) == pytest.approx(1.5514663600, abs=1e-9)


@pytest.mark.parametrize("problem", [linear_gaussian.problem(model=BENT), linear_gaussian.problem_with_unknown_error(BENT)])
def test_linearisation_is_the_adjoint_gradient_and_the_cost(problem: Problem) -> None:
    Z = problem.initial_ensemble(jr.key(0), 5)
    linear = problem.linearise_ensemble(Z)
    cost, gradient = problem.value_and_grad_ensemble(Z)
    np.testing.assert_allclose(linear.cost, cost, rtol=1e-13)
    np.testing.assert_allclose(linear.cost, -problem.log_density_ensemble(Z), rtol=1e-13)
    np.testing.assert_allclose(linear.gradient, gradient, rtol=1e-11, atol=1e-11)
    assert np.all(linear.ok)
    assert np.all(linear.known)
    assert np.all(np.linalg.eigvalsh(linear.curvature) >= 1.0 - 1e-12)


def test_gradient_test_falls_linearly() -> None:
    problem = linear_gaussian.problem(model=BENT)
    z, direction = jnp.array([0.3, -0.7]), jnp.array([0.6, 0.8])
    cost, gradient = problem.value_and_grad(z)
    errors = []
    for alpha in (1e-2, 1e-3, 1e-4, 1e-5):
        rise = problem.cost(z + alpha * direction) - cost
        errors.append(abs(float(rise / (alpha * direction @ gradient)) - 1.0))
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    np.testing.assert_allclose(ratios, 10.0, rtol=0.05)


def test_tangent_and_adjoint_are_one_operator() -> None:
    problem = linear_gaussian.problem(model=BENT)
    z, dz, dy = jnp.array([0.3, -0.7]), jnp.array([0.6, 0.8]), jnp.array([1.0, -2.0, 0.5])
    _, jacobian = problem.linearise(z)
    _, pull = jax.vjp(lambda z: problem.misfit_ensemble(problem._forward_block(z[None]), jnp.zeros((1, 2))).whitened[0], z)
    assert dy @ (jacobian @ dz) == pytest.approx(float(pull(dy)[0] @ dz), rel=1e-12)


def test_expected_curvature_of_an_unknown_sd_is_twice_the_number_of_data() -> None:
    # Fisher information on log σ is 2 for each datum; z has d log σ/dz = 0.3 here.
    curvature = linear_gaussian.problem_with_unknown_error().linearise_ensemble(jnp.zeros((1, 3))).curvature[0]
    assert curvature[2, 2] == pytest.approx(1.0 + 2 * 3 * 0.3**2, rel=1e-12)


def test_failed_members_change_nobody_else() -> None:
    Z = linear_gaussian.problem().initial_ensemble(jr.key(1), 40)
    sound = linear_gaussian.problem()
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=0.5))
    ok = np.asarray(frail.forward_ensemble(Z).ok)
    assert 0 < ok.sum() < 40
    np.testing.assert_array_equal(frail.log_density_ensemble(Z)[ok], sound.log_density_ensemble(Z)[ok])
    assert np.all(np.asarray(frail.log_density_ensemble(Z))[~ok] == -np.inf)
    cost, gradient = frail.value_and_grad_ensemble(Z)
    np.testing.assert_array_equal(gradient[ok], sound.value_and_grad_ensemble(Z)[1][ok])
    assert np.all(np.asarray(cost)[~ok] == np.inf)
    assert np.all(np.asarray(gradient)[~ok] == 0.0)
    linear = frail.linearise_ensemble(Z)
    np.testing.assert_array_equal(linear.ok, ok)
    np.testing.assert_array_equal(linear.curvature[ok], sound.linearise_ensemble(Z).curvature[ok])
    assert np.all(np.isfinite(linear.curvature))


def test_a_finite_prediction_without_meaning_is_a_failure() -> None:
    problem = linear_gaussian.problem(model=linear_gaussian.Line(curvature=1e30))
    Z = problem.initial_ensemble(jr.key(2), 4)
    assert not np.any(problem.forward_ensemble(Z).ok)
    assert np.all(np.asarray(problem.log_density_ensemble(Z)) == -np.inf)


def test_an_unknown_error_parameter_is_named() -> None:
    streams = linear_gaussian.problem_with_unknown_error().streams
    with pytest.raises(StudyError, match="'sd' is not in the parameter space"):
        Problem(model=linear_gaussian.Line(), scenario=linear_gaussian.SCENARIO, streams=streams, space=linear_gaussian.space())


def test_untraced_offers_runs_alone() -> None:
    problem = linear_gaussian.problem()
    outside = Untraced(problem=problem, spoil=lambda Z: Z[:, 0] > 0.0)
    Z = problem.initial_ensemble(jr.key(3), 10)
    lost = np.asarray(Z[:, 0]) > 0.0
    assert 0 < lost.sum() < 10
    np.testing.assert_array_equal(np.asarray(outside.log_density_ensemble(Z)) == -np.inf, lost)
    np.testing.assert_array_equal(outside.forward_ensemble(Z).ok, ~lost)
    with pytest.raises(NeedsError, match="needs gradient"):
        require(outside, Needs.GRADIENT, "The method newton")
    for ask in (outside.value_and_grad_ensemble, outside.linearise_ensemble):
        with pytest.raises(NeedsError):
            ask(Z)
    with pytest.raises(TypeError):
        jax.jit(outside.log_density_ensemble)(Z)
