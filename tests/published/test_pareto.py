"""Fronts whose hypervolume is known, posed as a model with one stream an objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jaxtyping import Array

from landpda.core.estimate import Front
from landpda.core.model import Model
from landpda.core.parameter_table import ParameterTable
from landpda.core.scenario import Scenario
from landpda.core.types import Needs, Variable, variables
from landpda.diagnostics.hypervolume import hypervolume
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.methods.pareto.nsga2 import NSGA2
from landpda.methods.pareto.nsga3 import NSGA3, directions
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Given
from landpda.observations.operators.select import Select
from landpda.observations.stream import Stream
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.box import Box, box
from landpda.problem.model_problem import Problem

REFERENCE = 1.1
ZDT1, DTLZ2 = 0.8766667, 0.8074012


def zdt1(x: Array) -> Array:
    """[zitzler2000]: √f1 + f2 = 1 where all but the first element are 0."""
    g = 1.0 + 9.0 * jnp.mean(x[1:], axis=0)
    return jnp.stack([x[0], g * (1.0 - jnp.sqrt(x[0] / g))])


def dtlz2(x: Array) -> Array:
    """[deb2005]: an eighth of a sphere where all elements but the first two are a half."""
    g = jnp.sum(jnp.square(x[2:] - 0.5), axis=0)
    a, b = 0.5 * jnp.pi * x[0], 0.5 * jnp.pi * x[1]
    return (1.0 + g) * jnp.stack([jnp.cos(a) * jnp.cos(b), jnp.cos(a) * jnp.sin(b), jnp.sin(a)])


class Objectives(Model):
    """A model that predicts √(2 f): with the datum 0 and the error 1, the cost of a stream is f."""

    name: ClassVar[str] = "objectives"
    source: ClassVar[str] = ""
    offers: ClassVar[Needs] = Needs.FORWARD
    function: Callable[[Array], Array]

    @property
    def parameters(self) -> ParameterTable:
        return ParameterTable([])

    @property
    def outputs(self) -> Mapping[str, Variable]:
        return variables(Variable("f", "1"))

    @property
    def forcing(self) -> Mapping[str, Variable]:
        return {}

    @property
    def constraints(self) -> tuple[str, ...]:
        return ()

    def simulate(self, theta: Any, scenario: Scenario, wanted: tuple[str, ...]) -> Any:
        x = jnp.stack([jnp.asarray(theta[f"x{i}"]) for i in range(len(theta))])
        return {"f": jnp.sqrt(2.0 * jnp.maximum(self.function(x), 0.0))}


def problem(function: Callable[[Array], Array], n: int, k: int) -> Box:
    space = ParameterSpace([Parameter(f"x{i}", "1", Uniform(0.0, 1.0)) for i in range(n)])
    error = Diagonal(Given(1.0), Given(0.0), 1)
    streams = tuple(Stream(f"f{i}", "1", np.zeros(1), np.zeros(1), Select("f", np.array([i])), error) for i in range(k))
    scenario = Scenario(forcing={}, constants={}, times=np.arange(float(k)), dt=1.0)
    return box(Problem(model=Objectives(function=function), scenario=scenario, streams=streams, space=space))


def front(method: Method, asked: Box, seed: int) -> Front:
    found = run(method, asked, jr.key(seed)).estimate
    assert isinstance(found, Front)
    return found


def share(found: Front, whole: float) -> float:
    k = found.objectives.shape[1]
    return hypervolume(np.asarray(found.objectives), np.full(k, REFERENCE)) / whole


def test_nsga2_covers_the_front_of_zdt1() -> None:
    found = front(NSGA2(num_members=100, num_generations=200), problem(zdt1, 30, 2), 0)
    assert share(found, ZDT1) >= 0.99
    assert len(found.members) > 90


def test_nsga3_covers_the_front_of_dtlz2_as_well_as_its_directions_can() -> None:
    found = front(NSGA3(num_members=92, num_generations=250), problem(dtlz2, 12, 3), 0)
    # 91 points on the sphere, each where its direction meets it, hold 92.25 % of the whole volume
    ways = directions(3, 92)
    perfect = hypervolume(ways / np.linalg.norm(ways, axis=1, keepdims=True), np.full(3, REFERENCE)) / DTLZ2
    assert perfect == pytest.approx(0.92253, abs=1e-4)
    assert share(found, DTLZ2) > 0.998 * perfect
    np.testing.assert_allclose(np.linalg.norm(found.objectives, axis=1), 1.0, atol=0.01)
