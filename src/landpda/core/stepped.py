"""What a model is that can be stopped after any step, looked into, changed, and sent on its way again."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.model import Model
from landpda.core.scenario import Scenario
from landpda.core.types import Outputs, Theta

State = dict[str, Any]
"""State of a model: name → scalar of one member, or row `(B,)` of a block."""


class Coordinate(eqx.Module):
    """A coordinate of a state variable in which every number is allowed, so that an update cannot leave its range."""

    @abc.abstractmethod
    def to_free(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Coordinate of a value."""

    @abc.abstractmethod
    def from_free(self, u: Float[Array, "..."]) -> Float[Array, "..."]:
        """Value at a coordinate."""


class Unbounded(Coordinate):
    """A variable of any sign, as it is."""

    def to_free(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """The value itself."""
        return x

    def from_free(self, u: Float[Array, "..."]) -> Float[Array, "..."]:
        """The coordinate itself."""
        return u


class NonNegative(Coordinate):
    """A store that cannot be less than empty: u = ln(1 + x/s).

    Far above s a step of u is a relative change of x; below s it is a share of s, for the logarithm of a store that is all but
    empty would make much of nothing. What would be less than empty is empty.

    Args:
        scale: [units of the variable] s, below which it counts as empty.
    """

    scale: float

    def to_free(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """The shifted logarithm."""
        return jnp.log1p(jnp.maximum(x, 0.0) / self.scale)

    def from_free(self, u: Float[Array, "..."]) -> Float[Array, "..."]:
        """The value, 0 or more."""
        return self.scale * jnp.expm1(jnp.maximum(u, 0.0))


class StateVariable(NamedTuple):
    """A variable that a model hands from step to step.

    Args:
        name: its name.
        units: as pint reads them.
        coordinate: in which it may be updated.
        meaning: a phrase for a reader.
    """

    name: str
    units: str
    coordinate: Coordinate
    meaning: str = ""


class SteppedModel(Model):
    """A model that also goes step by step, for filters; it offers `Needs.STEPPING`. A subclass is final.

    `advance` with what `drivers` and `terms` hold gives, step after step, the numbers of `simulate`. What depends on the
    forcing alone is made once by `drivers`; what depends on the parameters alone is made by `terms`, as often as they change.
    """

    @property
    @abc.abstractmethod
    def states(self) -> tuple[StateVariable, ...]:
        """All that a step needs of the step before."""

    @abc.abstractmethod
    def drivers(self, scenario: Scenario) -> Any:
        """What the forcing alone says: a pytree of arrays whose leading axis is time."""

    @abc.abstractmethod
    def terms(self, theta: Theta, scenario: Scenario) -> Any:
        """What the parameters alone say."""

    @abc.abstractmethod
    def initial(self, theta: Theta, scenario: Scenario) -> State:
        """State at the start; every variable has the shape of the member axis."""

    @abc.abstractmethod
    def advance(self, terms: Any, state: State, now: Any, wanted: tuple[str, ...]) -> tuple[State, Outputs]:
        """State at the end of a step, and its outputs: of those with the axis ("time",) the ones named in `wanted`.

        Args:
            terms: from `terms`.
            state: at the start of the step.
            now: one step of `drivers`.
            wanted: names of outputs.
        """


def simulate_by_steps(model: SteppedModel, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
    """What `simulate` of a model may be, where there is nothing to gain by writing it another way: a scan over its steps."""
    terms = model.terms(theta, scenario)

    def step(state: State, now: Any) -> tuple[State, Outputs]:
        return model.advance(terms, state, now, wanted)

    _, outputs = jax.lax.scan(step, model.initial(theta, scenario), model.drivers(scenario), length=scenario.num_steps)
    return outputs
