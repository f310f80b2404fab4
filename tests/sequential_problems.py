"""Problems in the order of time whose answers are known: a scalar that a Kalman filter solves, and Lorenz's forty variables.

The scalar: x_t = 0.9 x_{t−1} + N(0, 0.25), y_t = x_t + N(0, 0.09), x_0 ~ N(0, 1), y_t = sin(0.7 t), t = 1..50. A filter here
adds noise before a step, so that of x_t is 0.9 times as large as what it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from landpda.core.parameter_table import ParameterTable
from landpda.core.scenario import Scenario
from landpda.core.stepped import State, StateVariable, SteppedModel, Unbounded, simulate_by_steps
from landpda.core.types import Needs, Outputs, Theta, Variable, variables
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Given
from landpda.observations.operators.select import Select
from landpda.observations.stream import Stream
from landpda.parameters.parameter import FixedParameter, Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.model_problem import Problem

KALMAN = {"log_likelihood": -41.62979478, "mean": -0.25682290, "variance": 0.06956333}
DAMPING = 0.9
NOISE = 0.5 / DAMPING

SIZE = 40
NAMES = tuple(f"x{i:02d}" for i in range(SIZE))
FORCE = 8.0
DT = 0.05


class Damped(SteppedModel):
    """A number that goes to zero; a run is lost after `lasts` steps."""

    lasts: int = 1000

    name: ClassVar[str] = "damped"
    source: ClassVar[str] = ""
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.STEPPING
    parameters: ClassVar[ParameterTable] = ParameterTable([])
    outputs: ClassVar[Mapping[str, Variable]] = variables(Variable("x", "1"))
    forcing: ClassVar[Mapping[str, Variable]] = {}
    constraints: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[tuple[StateVariable, ...]] = (StateVariable("x", "1", Unbounded()),)

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        return simulate_by_steps(self, theta, scenario, wanted)

    def drivers(self, scenario: Scenario) -> jax.Array:
        return jnp.arange(scenario.num_steps)

    def terms(self, theta: Theta, scenario: Scenario) -> None:
        return None

    def initial(self, theta: Theta, scenario: Scenario) -> State:
        return {"x": jnp.asarray(theta["x"])}

    def advance(self, terms: None, state: State, now: jax.Array, wanted: tuple[str, ...]) -> tuple[State, Outputs]:
        x = jnp.where(now > self.lasts, jnp.nan, DAMPING * state["x"])
        return {"x": x}, {name: x for name in wanted}


def damped(lasts: int = 1000) -> Problem:
    """The scalar problem, whose runs are lost after some steps."""
    steps = np.arange(50)
    error = Diagonal(Given(0.3), Given(0.0), len(steps))
    stream = Stream("x", "1", np.sin(0.7 * (steps + 1.0)), steps.astype(float), Select("x", steps), error)
    scenario = Scenario({}, {}, steps.astype(float), 1.0)
    return Problem(Damped(lasts), scenario, (stream,), ParameterSpace([Parameter("x", "1", Normal(0.0, 1.0))]))


class Lorenz96(SteppedModel):
    """Forty variables on a ring: dx_i/dt = (x_{i+1} − x_{i−2}) x_{i−1} − x_i + F, by the fourth order of Runge and Kutta."""

    name: ClassVar[str] = "lorenz96"
    source: ClassVar[str] = ""
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.STEPPING
    parameters: ClassVar[ParameterTable] = ParameterTable([])
    outputs: ClassVar[Mapping[str, Variable]] = variables(*(Variable(name, "1") for name in NAMES))
    forcing: ClassVar[Mapping[str, Variable]] = {}
    constraints: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[tuple[StateVariable, ...]] = tuple(StateVariable(name, "1", Unbounded()) for name in NAMES)

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        return simulate_by_steps(self, theta, scenario, wanted)

    def drivers(self, scenario: Scenario) -> None:
        return None

    def terms(self, theta: Theta, scenario: Scenario) -> jax.Array:
        return jnp.asarray(theta["force"])

    def initial(self, theta: Theta, scenario: Scenario) -> State:
        return {name: jnp.asarray(theta[name]) for name in NAMES}

    def advance(self, terms: jax.Array, state: State, now: None, wanted: tuple[str, ...]) -> tuple[State, Outputs]:
        x = one_step(jnp.stack([state[name] for name in NAMES]), terms)
        state = dict(zip(NAMES, x, strict=True))
        return state, {name: state[name] for name in wanted}


def one_step(x: jax.Array, force: jax.Array | float) -> jax.Array:
    """x a step later."""

    def slope(x: jax.Array) -> jax.Array:
        return (jnp.roll(x, -1, axis=0) - jnp.roll(x, 2, axis=0)) * jnp.roll(x, 1, axis=0) - x + force

    k1 = slope(x)
    k2 = slope(x + 0.5 * DT * k1)
    k3 = slope(x + 0.5 * DT * k2)
    k4 = slope(x + DT * k3)
    return x + DT / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def lorenz96(cycles: int, *, seed: int = 0, force: Parameter | FixedParameter | None = None) -> tuple[Problem, np.ndarray]:
    """All variables observed at every step with an error of one, and the truth (cycles, 40) behind the data."""
    rng = np.random.default_rng(seed)
    start = jax.lax.fori_loop(0, 1000, lambda _, x: one_step(x, FORCE), jnp.asarray(FORCE + rng.normal(size=SIZE)))
    spread = np.sqrt(1e-3)
    x = np.asarray(start) + spread * rng.normal(size=SIZE)
    _, truth = jax.lax.scan(lambda x, _: (one_step(x, FORCE),) * 2, jnp.asarray(x), None, length=cycles)
    data = np.asarray(truth) + rng.normal(size=(cycles, SIZE))
    steps = np.arange(cycles)
    error = Diagonal(Given(1.0), Given(0.0), cycles)
    streams = tuple(
        Stream(name, "1", data[:, i], steps.astype(float), Select(name, steps), error) for i, name in enumerate(NAMES)
    )
    places = [Parameter(name, "1", Normal(float(start[i]), spread)) for i, name in enumerate(NAMES)]
    space = ParameterSpace([*places, force or FixedParameter("force", "1", FORCE)])
    return Problem(Lorenz96(), Scenario({}, {}, steps.astype(float), 1.0), streams, space), np.asarray(truth)
