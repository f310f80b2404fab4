"""Functions whose minima are in every textbook."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jaxtyping import Array, Float

from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.methods.optimise.cma_es import CMAES
from landpda.methods.optimise.differential_evolution import DifferentialEvolution
from landpda.methods.optimise.genetic import Genetic
from landpda.methods.optimise.laplace import Laplace
from landpda.methods.optimise.lbfgsb import LBFGSB
from landpda.methods.optimise.nelder_mead import NelderMead
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.box import Box, box
from landpda.problem.density import DensityProblem
from landpda.problem.finite_differenced import finite_differenced

BRANIN_MINIMUM = 0.397887357729738
BRANIN_AT = np.array([[np.pi, 2.275], [-np.pi, 12.275], [9.42478, 2.475]])


def rosenbrock(x: Float[Array, "n"]) -> Float[Array, ""]:
    """Minimum 0 at (1, …, 1), at the end of a bent valley."""
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def branin(x: Float[Array, "2"]) -> Float[Array, ""]:
    """Three equal minima in [−5, 10] × [0, 15]."""
    a, b = x
    valley = b - 5.1 / (4.0 * jnp.pi**2) * a**2 + 5.0 / jnp.pi * a - 6.0
    return valley**2 + 10.0 * (1.0 - 1.0 / (8.0 * jnp.pi)) * jnp.cos(a) + 10.0


def rosenbrock_problem(n: int) -> DensityProblem:
    space = ParameterSpace([Parameter(f"x{i}", "1", Uniform(-2.0, 3.0)) for i in range(n)])
    return DensityProblem(function=lambda x: -rosenbrock(x), prior=space)


def optimum(method: Method, problem: DensityProblem | Box, *, differences: bool = False) -> np.ndarray:
    """Physical values at the best point, searched in the box of the uniform priors, where the cost is the function itself."""
    boxed = problem if isinstance(problem, Box) else box(problem)
    asked = finite_differenced(boxed) if differences else boxed
    return np.asarray(boxed.space.values(run(method, asked, jr.key(3)).estimate.best))


@pytest.mark.parametrize("n", [2, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", [LBFGSB(num_starts=2, num_screened=0), Laplace(num_starts=2, num_screened=0)])
def test_rosenbrock_with_exact_gradients(method: Method, n: int) -> None:
    np.testing.assert_allclose(optimum(method, rosenbrock_problem(n)), 1.0, atol=1e-5)


@pytest.mark.parametrize("n", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_rosenbrock_with_finite_differences(n: int) -> None:
    method = LBFGSB(num_starts=2, num_screened=0)
    np.testing.assert_allclose(optimum(method, rosenbrock_problem(n), differences=True), 1.0, atol=1e-3)


@pytest.mark.parametrize(
    "method, n",
    [
        (NelderMead(num_starts=2, num_screened=0), 2),
        (CMAES(num_restarts=0, num_screened=0), 2),
        (DifferentialEvolution(num_members=40), 2),
        pytest.param(NelderMead(num_starts=4, num_screened=0), 10, marks=pytest.mark.slow),
        pytest.param(CMAES(num_restarts=2, num_screened=0), 10, marks=pytest.mark.slow),
        pytest.param(DifferentialEvolution(num_members=100, num_generations=2000), 10, marks=pytest.mark.slow),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_rosenbrock_by_runs_alone(method: Method, n: int) -> None:
    np.testing.assert_allclose(optimum(method, rosenbrock_problem(n)), 1.0, atol=1e-3 if method.name == "nelder_mead" else 1e-5)


def branin_problem() -> Box:
    space = ParameterSpace([Parameter("a", "1", Uniform(-5.0, 10.0)), Parameter("b", "1", Uniform(0.0, 15.0))])
    return box(DensityProblem(function=lambda x: -branin(x), prior=space))


@pytest.mark.parametrize(
    "method",
    [
        Genetic(num_members=64, num_generations=200),
        DifferentialEvolution(num_members=24, num_generations=200),
        CMAES(num_restarts=2, num_screened=16),
    ],
    ids=lambda method: method.name,
)
def test_the_minimum_of_branin_by_runs_alone(method: Method) -> None:
    found = optimum(method, branin_problem())
    assert float(branin(jnp.asarray(found))) == pytest.approx(BRANIN_MINIMUM, abs=1e-6)


@pytest.mark.parametrize(
    "method", [NelderMead(num_starts=12, num_screened=0), LBFGSB(num_starts=12, num_screened=0)], ids=lambda method: method.name
)
def test_many_starts_find_all_three_minima_of_branin(method: Method) -> None:
    boxed = branin_problem()
    trace = run(method, boxed, jr.key(4)).trace
    ends = trace["z"] if trace["cost"].ndim == 1 else trace["z"][-1]
    found = np.array([boxed.space.values(u) for u in ends])
    values = np.array([branin(jnp.asarray(end)) for end in found])
    distance = np.linalg.norm(found[values < BRANIN_MINIMUM + 1e-6][:, None] - BRANIN_AT, axis=2)
    assert np.all(distance.min(axis=1) < 2e-3)
    assert set(distance.argmin(axis=1)) == {0, 1, 2}


def test_branin_in_its_box() -> None:
    boxed = branin_problem()
    result = run(LBFGSB(num_starts=8, num_screened=0), boxed, jr.key(4))
    ends = np.array([boxed.space.values(u) for u in result.trace["z"]])
    values = np.array([branin(jnp.asarray(end)) for end in ends])
    assert values.min() == pytest.approx(BRANIN_MINIMUM, abs=1e-9)
    found = ends[values < BRANIN_MINIMUM + 1e-6]
    distance = np.linalg.norm(found[:, None] - BRANIN_AT, axis=2)
    assert np.all(distance.min(axis=1) < 1e-4)
    assert len(set(distance.argmin(axis=1))) >= 2


def test_gaussian_density_is_its_own_laplace_approximation() -> None:
    space = ParameterSpace([Parameter(f"x{i}", "1", Uniform(-50.0, 50.0)) for i in range(3)])
    scale = jnp.array([0.5, 1.0, 2.0])
    problem = DensityProblem(function=lambda x: -0.5 * jnp.sum(((x - 1.0) / scale) ** 2), prior=space)
    boxed = box(problem)
    estimate = run(Laplace(num_starts=1, num_screened=0), boxed, jr.key(5)).estimate
    np.testing.assert_allclose(boxed.space.values(estimate.best), 1.0, atol=1e-6)
    sd = np.sqrt(np.diag(estimate.covariance)) * 100.0
    np.testing.assert_allclose(sd, scale, rtol=1e-6)
