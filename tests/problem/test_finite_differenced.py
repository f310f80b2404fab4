"""Differences of runs: how near they come to the derivative, and what they do where runs fail."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import RunFailed
from landpda.core.model import Model
from landpda.core.types import Needs
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.methods.optimise.laplace import Laplace
from landpda.methods.optimise.lbfgsb import LBFGSB
from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Given
from landpda.observations.operators.select import Select
from landpda.observations.stream import Stream
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.box import box
from landpda.problem.finite_differenced import FiniteDifferenced, finite_differenced
from landpda.problem.model_problem import Problem
from landpda.problem.stencil import CentralStencil, ForwardStencil, Stencil
from landpda.problem.untraced import Untraced

BENT = linear_gaussian.Line(curvature=0.4)
METHODS = [
    LBFGSB(num_starts=2, num_screened=8),
    LevenbergMarquardt(num_starts=2, num_screened=8),
    Laplace(num_starts=2, num_screened=8),
]


def seven_digits(x: jax.Array) -> jax.Array:
    scale = 10.0 ** (jnp.floor(jnp.log10(jnp.abs(x))) - 6.0)
    return jnp.round(x / scale) * scale


def four_digits(x: jax.Array) -> jax.Array:
    scale = 10.0 ** (jnp.floor(jnp.log10(jnp.abs(x))) - 3.0)
    return jnp.round(x / scale) * scale


def exact(x: jax.Array) -> jax.Array:
    return x


class WritesText(Model):
    """exp(x), written with some digits."""

    name = "text"
    source = ""
    offers = Needs.FORWARD
    write: Callable[[jax.Array], jax.Array]

    parameters = linear_gaussian.Line.parameters
    outputs = linear_gaussian.Line.outputs
    forcing = linear_gaussian.Line.forcing
    constraints = linear_gaussian.Line.constraints

    def simulate(self, theta, scenario, wanted):
        return {"line": self.write(jnp.exp(jnp.asarray(theta["x"])))[None]}


def exponential(write: Callable[[jax.Array], jax.Array]) -> Problem:
    """One datum that is exp(x), with x ~ N(1, 1): z = 0 is x = 1."""
    error = Diagonal(Given(1.0), Given(0.0), 1)
    stream = Stream("exp", "1", np.zeros(1), np.zeros(1), Select("line", np.array([0])), error)
    space = ParameterSpace([Parameter("x", "1", Normal(1.0, 1.0))])
    return Problem(model=WritesText(write=write), scenario=linear_gaussian.SCENARIO, streams=(stream,), space=space)


def relative_error(problem: Problem, stencil: Stencil, steps: np.ndarray) -> np.ndarray:
    """Of the derivative of exp at 1, read from the gradient ½(exp²)′ = exp·exp′, for each step."""
    value = problem.forward(jnp.zeros(1))[0]
    errors = []
    for step in steps:
        sides = [(problem.forward(jnp.array([side * step]))[0] - value) / (side * step) for side in stencil.sides]
        errors.append(abs(float(np.mean(sides)) / np.e - 1.0))
    return np.array(errors)


@pytest.mark.parametrize("stencil", [ForwardStencil(), CentralStencil()], ids=["forward", "central"])
@pytest.mark.parametrize("write", [exact, seven_digits, four_digits])
def test_the_step_is_within_ten_times_of_the_best(write: Callable[[jax.Array], jax.Array], stencil: Stencil) -> None:
    problem = exponential(write)
    chosen = finite_differenced(problem, stencil=stencil)
    # At any one step the error is a matter of luck: what counts is its typical size around the step.
    ladder = np.geomspace(1e-12, 1.0, 49)
    typical = np.array(
        [np.sqrt(np.mean(relative_error(problem, stencil, step * np.linspace(0.8, 1.25, 9)) ** 2)) for step in ladder]
    )
    ours = np.sqrt(np.mean(relative_error(problem, stencil, float(chosen.steps[0]) * np.linspace(0.8, 1.25, 9)) ** 2))
    assert ours < 10.0 * typical.min()


def test_forward_errors_are_those_known() -> None:
    found = relative_error(exponential(exact), ForwardStencil(), np.array([1e-4, 1.5e-8, 1e-12]))
    assert found[0] == pytest.approx(5.0e-5, rel=0.01)
    assert found[1] < 3e-8
    assert found[2] > 100.0 * found[1]


@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize("stencil, tolerance", [(ForwardStencil(), 1e-6), (CentralStencil(), 1e-8)], ids=["forward", "central"])
def test_linearisation_is_that_of_the_tangents(traced: bool, stencil: Stencil, tolerance: float) -> None:
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    differenced = finite_differenced(problem if traced else Untraced(problem=problem), stencil=stencil)
    Z = problem.initial_ensemble(jr.key(0), 3)
    ask = eqx.filter_jit(differenced.linearise_ensemble) if traced else differenced.linearise_ensemble
    exactly, nearly = problem.linearise_ensemble(Z), ask(Z)
    np.testing.assert_allclose(nearly.cost, exactly.cost, rtol=1e-12)
    np.testing.assert_allclose(nearly.gradient, exactly.gradient, rtol=tolerance, atol=10 * tolerance)
    np.testing.assert_allclose(nearly.curvature, exactly.curvature, rtol=tolerance, atol=10 * tolerance)
    np.testing.assert_allclose(differenced.value_and_grad_ensemble(Z)[1], nearly.gradient, rtol=1e-12)
    assert np.all(nearly.ok)
    assert np.all(nearly.known)


def test_runs_are_one_batch_and_counted() -> None:
    batches = []

    def spoil(Z: np.ndarray) -> np.ndarray:
        batches.append(len(Z))
        return np.zeros(len(Z), dtype=bool)

    outside = Untraced(problem=linear_gaussian.problem(), spoil=spoil)
    differenced = finite_differenced(outside)
    assert sum(batches) == differenced.runs_measuring
    assert differenced.runs_measuring <= 60
    batches.clear()
    differenced.linearise_ensemble(jnp.zeros((5, 2)))
    assert batches == [5 * differenced.gradient_runs]
    assert differenced.gradient_runs == 5


def test_a_failed_side_leaves_the_other_and_two_hold_the_parameter() -> None:
    sound = finite_differenced(Untraced(problem=linear_gaussian.problem(model=BENT)))
    z = jnp.array([[0.2, 0.1]])
    expected = sound.linearise_ensemble(z)

    def differenced(spoil: Callable[[np.ndarray], np.ndarray]) -> FiniteDifferenced:
        outside = Untraced(problem=linear_gaussian.problem(model=BENT), spoil=spoil)
        return FiniteDifferenced(
            problem=outside, stencil=CentralStencil(), steps=jnp.full(2, 1e-6), noise=sound.noise, runs_measuring=0
        )

    one_sided = differenced(lambda Z: Z[:, 0] > 0.2).linearise_ensemble(z)
    np.testing.assert_allclose(one_sided.gradient, expected.gradient, rtol=1e-5)
    assert np.all(one_sided.known)
    held = differenced(lambda Z: Z[:, 0] != 0.2).linearise_ensemble(z)
    np.testing.assert_array_equal(held.known, [[False, True]])
    assert held.gradient[0, 0] == 0.0
    assert held.gradient[0, 1] == pytest.approx(float(expected.gradient[0, 1]), rel=1e-5)
    np.testing.assert_array_equal(held.curvature[0, 0], [1.0, 0.0])
    assert np.all(held.ok)
    lost = differenced(lambda Z: Z[:, 0] == 0.2).linearise_ensemble(z)
    assert not np.any(lost.ok)
    assert np.all(np.isinf(lost.cost))


def test_a_model_that_never_runs_is_an_error() -> None:
    outside = Untraced(problem=linear_gaussian.problem(), spoil=lambda Z: np.ones(len(Z), dtype=bool))
    with pytest.raises(RunFailed, match="noise of the model"):
        finite_differenced(outside)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_methods_of_derivatives_solve_a_problem_that_can_only_be_run(method: Method, share: float) -> None:
    outside = Untraced(problem=linear_gaussian.problem(), spoil=linear_gaussian.failing(share))
    result = run(method, finite_differenced(outside), jr.key(1))
    mean, covariance = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(result.estimate.best, mean, atol=1e-5)
    if isinstance(method, Laplace):
        np.testing.assert_allclose(result.estimate.covariance, covariance, atol=1e-5)
    assert result.runs_used > result.gradients_used


def test_a_box_of_differences_stays_in_the_box() -> None:
    outside = Untraced(problem=linear_gaussian.problem(model=BENT))
    boxed = finite_differenced(box(linear_gaussian.problem(model=BENT)))
    U = boxed.initial_ensemble(jr.key(3), 2)
    expected = box(linear_gaussian.problem(model=BENT)).value_and_grad_ensemble(U)[1]
    np.testing.assert_allclose(boxed.value_and_grad_ensemble(U)[1], expected, rtol=1e-6)
    np.testing.assert_allclose(box(finite_differenced(outside)).value_and_grad_ensemble(U)[1], expected, rtol=1e-6)
