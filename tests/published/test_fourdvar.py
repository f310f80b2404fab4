"""Incremental 4DVar, its gradient, its adjoint and its spread, against numbers that are known."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.experiments.demo import demo_site, demo_study
from landpda.methods.driver import run
from landpda.methods.optimise.fourdvar import FourDVar, signal_dof
from landpda.methods.optimise.gauss_newton import GaussNewton
from landpda.methods.optimise.low_rank import eigenpairs
from landpda.problem.model_problem import Problem
from landpda.problem.problem import AbstractProblem

SIGNAL_DOF = 1.5514663600


@pytest.fixture(scope="module")
def dalec() -> Problem:
    import dataclasses

    return dataclasses.replace(demo_study(), site=demo_site(num_years=4)).pose().problem


@pytest.mark.parametrize("whole_up_to", [64, 0])
def test_fourdvar_is_the_posterior(whole_up_to: int) -> None:
    problem = linear_gaussian.problem()
    result = run(FourDVar(num_screened=0, whole_up_to=whole_up_to, rank=2), problem, jr.key(0))
    root = np.asarray(jax.jacfwd(problem.space.values)(jnp.zeros(2)))
    mean, covariance = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(result.estimate.mean, mean, atol=1e-8)
    np.testing.assert_allclose(result.estimate.covariance, covariance, atol=1e-8)
    np.testing.assert_allclose(problem.space.values(result.estimate.mean), linear_gaussian.MEAN, atol=1e-8)
    np.testing.assert_allclose(root @ result.estimate.covariance @ root.T, linear_gaussian.COVARIANCE, atol=1e-8)
    assert result.trace["signal_dof"][-1] == pytest.approx(SIGNAL_DOF, abs=1e-9)
    assert result.trace["cost"][0, 0] - linear_gaussian.LOG_SCALE == pytest.approx(linear_gaussian.COST_AT_PRIOR_MEAN)
    assert result.trace["cost"][-1, 0] - linear_gaussian.LOG_SCALE == pytest.approx(linear_gaussian.LOWEST_COST, abs=1e-9)
    # two outer loops: one goes there, the other sees that nothing is left; each inner loop ends after n steps
    assert len(result.trace["inner"]) == 2
    assert result.trace["inner"][0] <= 2


def test_degrees_of_freedom_for_signal_are_those_of_the_textbook() -> None:
    curvature = np.asarray(linear_gaussian.problem().linearise_ensemble(jnp.zeros((1, 2))).curvature[0])
    assert signal_dof(np.linalg.eigvalsh(curvature) - 1.0) == pytest.approx(SIGNAL_DOF, abs=1e-9)


def test_gauss_newton_needs_one_step_where_the_model_is_linear() -> None:
    result = run(GaussNewton(num_starts=2, num_screened=0, max_halvings=0), linear_gaussian.problem(), jr.key(0))
    mean, _ = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(result.trace["z"][0], np.tile(mean, (2, 1)), atol=1e-8)


def gradient_test(problem: AbstractProblem, z: np.ndarray, direction: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """|(J(z + αh) − J(z)) / (α hᵀ∇J) − 1| for each α."""
    cost, gradient = problem.value_and_grad(jnp.asarray(z))
    moved = -np.asarray(problem.log_density_ensemble(jnp.asarray(z + steps[:, None] * direction)))
    return np.abs((moved - float(cost)) / (steps * (direction @ np.asarray(gradient))) - 1.0)


def test_the_gradient_test_falls_linearly() -> None:
    steps = 10.0 ** -np.arange(1.0, 8.0)
    z = np.zeros(2)
    for problem in (linear_gaussian.problem(), linear_gaussian.problem(model=linear_gaussian.Line(curvature=0.4))):
        direction = np.asarray(problem.value_and_grad(jnp.zeros(2))[1])
        direction = direction / np.linalg.norm(direction)
        errors = gradient_test(problem, z, direction, steps)
        np.testing.assert_allclose(errors[1:5] / errors[:4], 0.1, rtol=0.2)
        assert errors.min() < 1e-6


@pytest.mark.slow
def test_the_gradient_test_falls_linearly_for_dalec(dalec: Problem) -> None:
    z = 0.3 * np.asarray(jr.normal(jr.key(1), (dalec.n,)))
    gradient = np.asarray(dalec.value_and_grad(jnp.asarray(z))[1])
    errors = gradient_test(dalec, z, gradient / np.linalg.norm(gradient), 10.0 ** -np.arange(2.0, 9.0))
    np.testing.assert_allclose(errors[1:4] / errors[:3], 0.1, rtol=0.5)
    assert errors.min() < 1e-6


def dot_product_gap(problem: AbstractProblem, z: jax.Array) -> float:
    """⟨M v, w⟩ against ⟨v, Mᵀ w⟩ for the tangent and the adjoint of predictions, relative to the sizes of both factors."""
    v_key, w_key = jr.split(jr.key(5))
    v, w = jr.normal(v_key, (problem.n,)), jr.normal(w_key, problem.y.shape)
    _, forward = jax.jvp(problem.forward, (z,), (v,))
    _, pull = jax.vjp(problem.forward, z)
    gap = jnp.abs(forward @ w - v @ pull(w)[0])
    return float(gap / (jnp.linalg.norm(forward) * jnp.linalg.norm(w)))


def test_tangent_and_adjoint_agree() -> None:
    assert dot_product_gap(linear_gaussian.problem(model=linear_gaussian.Line(curvature=0.4)), jnp.array([0.3, -0.2])) < 1e-12


@pytest.mark.slow
def test_tangent_and_adjoint_agree_for_dalec(dalec: Problem) -> None:
    z = 0.5 * jr.normal(jr.key(2), (dalec.n,))
    assert dot_product_gap(dalec, z) < 1e-12
    V = jr.normal(jr.key(3), (3, dalec.n))
    curvature = dalec.linearise_ensemble(z[None]).curvature[0]
    np.testing.assert_allclose(dalec.curvature_product(z, V), V @ curvature, rtol=1e-9)


def test_gradient_at_the_background_is_the_textbooks() -> None:
    problem = linear_gaussian.problem()
    _, gradient = problem.value_and_grad(jnp.zeros(2))
    # the textbook's v has B = LLᵀ with the Cholesky factor, as the space has
    np.testing.assert_allclose(gradient, linear_gaussian.GRADIENT_AT_PRIOR_MEAN, atol=1e-7)


def test_inverse_hessian_is_the_posterior_covariance() -> None:
    hessian = np.asarray(linear_gaussian.problem().linearise_ensemble(jnp.zeros((1, 2))).curvature[0])
    np.testing.assert_allclose(np.linalg.inv(hessian), linear_gaussian.posterior_in_control_space()[1], atol=1e-9)


@pytest.mark.parametrize("n", [40, 120])
def test_randomised_eigenpairs_equal_the_dense_ones_when_the_rank_suffices(n: int) -> None:
    rng = np.random.default_rng(1)
    root = rng.standard_normal((12, n))
    matrix = root.T @ root
    values, vectors, products = eigenpairs(lambda rows: rows @ matrix, jr.key(0), n, 15)
    dense = np.linalg.eigvalsh(matrix)[::-1][:12]
    np.testing.assert_allclose(values[:12], dense, rtol=1e-10)
    narrowed = np.eye(n) - (vectors * (values / (1.0 + values))) @ vectors.T
    np.testing.assert_allclose(narrowed, np.linalg.inv(np.eye(n) + matrix), atol=1e-8)
    assert products == 3 * 25
