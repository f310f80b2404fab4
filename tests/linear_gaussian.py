"""The linear-Gaussian problem that every method must solve, with its exact answer.

H = [[1,0],[1,1],[1,2]]; R = 0.25 I; B = [[1,.3],[.3,.5]]; x_b = (0,1); y = (1.2, 1.9, 3.2). In two streams of different units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from landpda.core.parameter_table import ParameterTable
from landpda.core.scenario import Scenario
from landpda.core.stepped import State, StateVariable, SteppedModel, Unbounded
from landpda.core.types import Needs, Outputs, Theta, Variable, variables
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import ErrorPart, Estimated, Given
from landpda.observations.operators.select import Select
from landpda.observations.stream import Stream
from landpda.parameters.correlation import Correlation
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.model_problem import Problem

MEAN = np.array([0.86912018, 1.15181139])
COVARIANCE = np.array([[0.13225992, -0.06641748], [-0.06641748, 0.07791834]])
COST_AT_PRIOR_MEAN = 7.38
LOWEST_COST = 0.6418516389
LOG_SCALE = 3 * np.log(0.5)
"""log|R^½|, which the package's cost holds and the textbook's does not."""
GRADIENT_AT_PRIOR_MEAN = np.array([-17.16, -8.45212399])

DATA = np.array([1.2, 1.9, 3.2])


class Line(SteppedModel):
    """A straight line at t = 0, 1, 2, bent by `curvature`.

    A run is lost where the intercept is above `fails_above`; and a share of all runs is lost, by the digits of the
    parameters, so that the same parameters fail again.
    """

    name: ClassVar[str] = "line"
    source: ClassVar[str] = ""
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.GRADIENT | Needs.LEAST_SQUARES | Needs.STEPPING
    curvature: float = 0.0
    fails_above: float = np.inf
    share_lost: float = 0.0

    @property
    def parameters(self) -> ParameterTable:
        return ParameterTable([])

    @property
    def outputs(self) -> Mapping[str, Variable]:
        return variables(Variable("line", "m"))

    @property
    def forcing(self) -> Mapping[str, Variable]:
        return {}

    @property
    def constraints(self) -> tuple[str, ...]:
        return ()

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        intercept, slope = jnp.asarray(theta["intercept"]), jnp.asarray(theta["slope"])
        rows = [intercept + slope * t + self.curvature * jnp.square(slope) * t for t in range(scenario.num_steps)]
        return {"line": jnp.where(self._lost(theta), jnp.nan, jnp.stack(rows))}

    @property
    def states(self) -> tuple[StateVariable, ...]:
        return (StateVariable("line", "m", Unbounded()),)

    def drivers(self, scenario: Scenario) -> None:
        return None

    def terms(self, theta: Theta, scenario: Scenario) -> Theta:
        return theta

    def initial(self, theta: Theta, scenario: Scenario) -> State:
        return {"line": jnp.asarray(theta["intercept"])}

    def advance(self, terms: Theta, state: State, now: None, wanted: tuple[str, ...]) -> tuple[State, Outputs]:
        slope = jnp.asarray(terms["slope"])
        height = jnp.where(self._lost(terms), jnp.nan, state["line"])
        return {"line": height + slope + self.curvature * jnp.square(slope)}, {name: height for name in wanted}

    def _lost(self, theta: Theta) -> jax.Array:
        intercept, slope = jnp.asarray(theta["intercept"]), jnp.asarray(theta["slope"])
        digits = jnp.abs(intercept * 7919.77 + slope * 104729.31) * 1e3
        return (intercept > self.fails_above) | (jax.lax.stop_gradient(digits % 1.0) < self.share_lost)


SCENARIO = Scenario(forcing={}, constants={}, times=np.arange(3.0), dt=1.0)


def space(sd_prior: bool = False) -> ParameterSpace:
    """x_b and B, and a log-normal prior of an error's standard deviation if asked for."""
    line = [Parameter("intercept", "m", Normal(0.0, 1.0)), Parameter("slope", "m", Normal(1.0, np.sqrt(0.5)))]
    if sd_prior:
        line.append(Parameter("sd", "m", LogNormal(0.5, 0.3)))
    correlation = np.eye(len(line))
    correlation[0, 1] = correlation[1, 0] = 0.3 / np.sqrt(0.5)
    names = tuple(parameter.name for parameter in line)
    return ParameterSpace(line, correlation=Correlation(names, correlation))


def stream(name: str, steps: list[int], scale: float = 1.0, structural: ErrorPart | None = None) -> Stream:
    """Data at some steps, in units of which one metre has `scale`."""
    values = DATA[steps] * scale
    error = Diagonal(Given(0.5 * scale), Given(0.0), len(steps))
    if structural is not None:
        error = Diagonal(Given(0.0), structural, len(steps))
    return Stream(
        name, "m" if scale == 1.0 else "scaled", values, np.asarray(steps, float), Select("line", np.array(steps), scale), error
    )


def problem(*, reverse: bool = False, scale: float = 1.0, model: Line | None = None) -> Problem:
    """The problem, with its streams in either order and the second one in other units."""
    streams = (stream("ends", [0, 2]), stream("middle", [1], scale))
    streams = streams[::-1] if reverse else streams
    return Problem(model=model or Line(), scenario=SCENARIO, streams=streams, space=space())


def problem_with_unknown_error(model: Line | None = None) -> Problem:
    """The same, with one standard deviation for all data that is a parameter."""
    streams = (stream("all", [0, 1, 2], structural=Estimated("sd")),)
    return Problem(model=model or Line(), scenario=SCENARIO, streams=streams, space=space(sd_prior=True))


def posterior_in_control_space() -> tuple[np.ndarray, np.ndarray]:
    """Exact mean and covariance of z."""
    prior = space()
    root = np.asarray(jax.jacfwd(prior.values)(jnp.zeros(2)))
    mean = np.linalg.solve(root, MEAN - np.asarray(prior.values(jnp.zeros(2))))
    inverse = np.linalg.inv(root)
    return mean, inverse @ COVARIANCE @ inverse.T


def failing(share: float) -> Callable[[np.ndarray], np.ndarray]:
    """A rule for `Untraced` by which about this share of runs fail, by the bits of the control vector."""

    def spoil(Z: np.ndarray) -> np.ndarray:
        bits = np.ascontiguousarray(np.asarray(Z, dtype=np.float64)).view(np.uint64)
        mixed = (bits * np.uint64(0x9E3779B97F4A7C15)).sum(axis=1, dtype=np.uint64)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53 < share

    return spoil


def front_in_control_space(num: int = 401) -> np.ndarray:
    """(num, 2) what can be had of the two streams at once: from the estimate by `ends` alone to that by `middle` alone."""
    prior = space()
    root = np.asarray(jax.jacfwd(prior.values)(jnp.zeros(2)))
    centre = np.asarray(prior.values(jnp.zeros(2)))
    design = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]) @ root / 0.5
    misfit = (DATA - np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]) @ centre) / 0.5
    rows = []
    for share in np.linspace(0.0, 1.0, num):
        weights = np.array([1.0 - share, share, 1.0 - share])
        rows.append(np.linalg.solve(np.eye(2) + (design.T * weights) @ design, (design.T * weights) @ misfit))
    return np.array(rows)
