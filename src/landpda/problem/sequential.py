"""A problem told in the order of time: members go from one observation time to the next, and may be changed there."""

from __future__ import annotations

from functools import singledispatch
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from landpda.core.errors import NeedsError
from landpda.core.scenario import Scenario
from landpda.core.stepped import State, SteppedModel
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.operators.select import Select
from landpda.observations.operators.temporal import TemporalMean, TemporalSum
from landpda.observations.stream import Stream
from landpda.parameters.space import ParameterSpace
from landpda.problem.problem import sensible


class InTime(NamedTuple):
    """An operator that adds up one output over some steps: weight · Σ output[first..last].

    Args:
        variable: name of the model output.
        first: (m,) first step of each datum.
        last: (m,) last step of each datum.
        weight: (m,) [units of the stream over units of the output].
    """

    variable: str
    first: Int[Array, "m"]
    last: Int[Array, "m"]
    weight: Float[Array, "m"]


@singledispatch
def in_time(operator: Any) -> InTime:
    """The operator as a sum over steps. An operator in a file of its own registers its form here.

    Raises:
        NeedsError: it looks at the run as a whole.
    """
    raise NeedsError(
        f"The operator {operator.name} was to be followed step by step.",
        "It looks at the run as a whole.",
        "Leave its stream out (constraints: none), or choose a method that runs the model whole.",
    )


@in_time.register
def _(operator: Select) -> InTime:
    steps = jnp.asarray(operator.steps)
    return InTime(operator.variable, steps, steps, jnp.full(steps.shape, operator.factor))


@in_time.register
def _(operator: TemporalMean) -> InTime:
    first, last = jnp.asarray(operator.first), jnp.asarray(operator.last)
    return InTime(operator.variable, first, last, operator.factor / (last - first + 1))


@in_time.register
def _(operator: TemporalSum) -> InTime:
    first, last = jnp.asarray(operator.first), jnp.asarray(operator.last)
    return InTime(operator.variable, first, last, jnp.full(first.shape, operator.dt * operator.factor))


class Windows(NamedTuple):
    """From one observation time to the next.

    Args:
        first: (W,) first step of each window.
        last: (W,) its last step, after which data become available.
        datum: (W, S) which datum of each stream does; −1 for none.
    """

    first: Int[np.ndarray, "W"]
    last: Int[np.ndarray, "W"]
    datum: Int[np.ndarray, "W S"]


class Course(NamedTuple):
    """All that members meet on their way and that does not depend on them; made once for many windows.

    Args:
        windows: the windows.
        drivers: of the model; a pytree whose leading axis is time.
        restart: (T, S) whether a datum of the stream begins at the step.
        y: (W, S) the data; 0 where there is none.
        weight: (W, S) of the sum of outputs.
    """

    windows: Windows
    drivers: Any
    restart: Bool[Array, "T S"]
    y: Float[Array, "W S"]
    weight: Float[Array, "W S"]


class Members(NamedTuple):
    """An ensemble on its way. Any row may be replaced by a mix of rows.

    Args:
        Z: (N, n) control vectors.
        state: (N, k) the model's state in its free coordinates.
        memory: (N, S) sums of outputs for data that are not complete yet.
    """

    Z: Float[Array, "N n"]
    state: Float[Array, "N k"]
    memory: Float[Array, "N S"]


class Forecast(NamedTuple):
    """An ensemble at the end of a window.

    Args:
        members: there; a row that is not ok holds what it held before.
        values: (N, S) predictions of the data that become available; 0 for those that do not, and in a row that is not ok.
        ok: (N,) whether the member's numbers are finite and of a sensible size.
    """

    members: Members
    values: Float[Array, "N S"]
    ok: Bool[Array, "N"]


class Sequential(eqx.Module):
    """What a filter may ask of a problem: windows of time, members to walk through them, predictions and their errors there.

    Streams are in the order of their names. `windows` wants concrete numbers; compiled code may ask for the rest.

    Args:
        model: that goes step by step.
        scenario: what drives it.
        streams: what was seen.
        space: what may change.
    """

    model: SteppedModel
    scenario: Scenario
    streams: tuple[Stream, ...]
    space: ParameterSpace

    @property
    def unknowns(self) -> np.ndarray:
        """(n,) whether an element belongs to an error and not to the model."""
        of_errors = {name for stream in self.streams for name in stream.error.parameters}
        return np.array([element.name in of_errors for element in self.space.elements for _ in range(element.size)])

    @property
    def k(self) -> int:
        """Number of state variables."""
        return len(self.model.states)

    def windows(self) -> Windows:
        """The windows, after a look at what cannot be followed step by step.

        Raises:
            NeedsError: a stream cannot; says which, and why.
        """
        last_step = self.scenario.num_steps - 1
        spans = [self._span(stream, last_step) for stream in self.streams]
        ends = np.unique(np.concatenate([last for _, last in spans]))
        datum = np.full((len(ends), len(spans)), -1)
        for column, (_, last) in enumerate(spans):
            datum[np.searchsorted(ends, last), column] = np.arange(len(last))
        return Windows(np.concatenate([[0], ends[:-1] + 1]), ends, datum)

    @eqx.filter_jit
    def course(self, windows: Windows) -> Course:
        """What members meet on their way."""
        forms = [in_time(stream.operator) for stream in self.streams]
        restart = jnp.zeros((self.scenario.num_steps, len(forms)), bool)
        for column, form in enumerate(forms):
            restart = restart.at[form.first, column].set(True)
        return Course(
            windows=jax.tree.map(jnp.asarray, windows),
            drivers=self.model.drivers(self.scenario),
            restart=restart,
            y=self._table([jnp.asarray(stream.values) for stream in self.streams], windows),
            weight=self._table([form.weight for form in forms], windows),
        )

    @eqx.filter_jit
    def begin(self, Z: Float[Array, "N n"]) -> Members:
        """Members at the start of the first window."""
        theta = self.space.to_physical_block(Z)
        state = self._to_free(self.model.initial(theta, self.scenario))
        return Members(Z, jnp.broadcast_to(state, (len(Z), self.k)), jnp.zeros((len(Z), len(self.streams))))

    @eqx.filter_jit
    def advance(self, members: Members, course: Course, index: Int[Array, ""]) -> Forecast:
        """Members at the end of a window, each with its own parameters."""
        terms = self.model.terms(self.space.to_physical_block(members.Z), self.scenario)
        forms = [in_time(stream.operator) for stream in self.streams]
        wanted = tuple(dict.fromkeys(form.variable for form in forms))

        def step(t: Array, carry: tuple[State, Array]) -> tuple[State, Array]:
            state, memory = carry
            now = jax.tree.map(lambda driver: driver[t], course.drivers)
            state, outputs = self.model.advance(terms, state, now, wanted)
            seen = jnp.stack([outputs[form.variable] for form in forms])
            return state, jnp.where(course.restart[t][:, None], 0.0, memory) + seen

        carry = (self.from_free(members.state), members.memory.T)
        first, last = course.windows.first[index], course.windows.last[index]
        state, memory = jax.lax.fori_loop(first, last + 1, step, carry)
        free = self._to_free(state)
        values = jnp.where(course.windows.datum[index] >= 0, memory.T * course.weight[index], 0.0)
        allowed = jnp.isfinite(jax.vmap(self.space.log_prior)(members.Z))
        ok = sensible(jnp.concatenate([values, free], axis=1)) & allowed
        after = Members(members.Z, free, jnp.where(jnp.isfinite(memory.T), memory.T, 0.0))
        after = jax.tree.map(lambda new, old: jnp.where(ok[:, None], new, old), after, members)
        return Forecast(after, jnp.where(ok[:, None], values, 0.0), ok)

    @eqx.filter_jit
    def log_sd(self, Z: Float[Array, "N n"], course: Course, index: Int[Array, ""]) -> Float[Array, "N S"]:
        """Log of the standard deviation of each datum of a window under each member's own error; 0 where there is none."""
        datum = course.windows.datum[index]

        def of_one(z: Float[Array, "n"]) -> Float[Array, "S"]:
            theta = self.space.to_physical(z)
            return jnp.stack([stream.error.log_sd(theta)[at] for stream, at in zip(self.streams, datum, strict=True)])

        return jnp.where(datum >= 0, jax.vmap(of_one)(Z), 0.0)

    def from_free(self, free: Float[Array, "N k"]) -> State:
        """State variables by name, in their own units, member axis last."""
        return {v.name: v.coordinate.from_free(column) for v, column in zip(self.model.states, free.T, strict=True)}

    def _to_free(self, state: State) -> Float[Array, "N k"]:
        return jnp.stack([v.coordinate.to_free(state[v.name]) for v in self.model.states], axis=-1)

    def _table(self, columns: list[Float[Array, "m"]], windows: Windows) -> Float[Array, "W S"]:
        datum = jnp.asarray(windows.datum)
        table = jnp.stack([column[datum[:, s]] for s, column in enumerate(columns)], axis=1)
        return jnp.where(datum >= 0, table, 0.0)

    def _span(self, stream: Stream, last_step: int) -> tuple[np.ndarray, np.ndarray]:
        """First and last step of each datum.

        Raises:
            NeedsError: the stream cannot be followed step by step.
        """
        asked = f"The stream {stream.name!r} was to be followed step by step."
        if not isinstance(stream.error, Diagonal):
            found = f"Its errors ({stream.error.name}) may hang together over time."
            raise NeedsError(asked, found, "Give it independent errors, or choose a method that runs the model whole.")
        try:
            form = in_time(stream.operator)
        except NeedsError as error:
            raise NeedsError(asked, error.found, error.do) from None
        if self.model.outputs[form.variable].dims != ("time",):
            raise NeedsError(asked, f"The output {form.variable!r} has no value a step.", "Leave the stream out.")
        first, last = np.asarray(form.first), np.minimum(np.asarray(form.last), last_step)
        order = np.argsort(last)
        if np.any(first[order][1:] <= last[order][:-1]):
            found = "Two of its data look at the same step."
            raise NeedsError(asked, found, "Make two streams of it, or choose a method that runs the model whole.")
        return first, last
