"""The loop over time that every DALEC shares: only what is wanted leaves it, constraints accumulate on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.engine.scan import checkpointed_scan
from landpda.core.errors import StudyError, nearest
from landpda.core.parameter_table import ParameterTable
from landpda.core.types import Outputs, Theta, Variable
from landpda.models.dalec.constraints import Verdict
from landpda.models.dalec.pools import CarbonPools
from landpda.models.dalec.step import CarbonStep
from landpda.models.dalec.totals import Anniversaries, Totals, no_totals, with_step

Tree = TypeVar("Tree")

EDGES = "_edges"
VERDICTS = ("constraint_margin", "constraints_met")


class Readings(NamedTuple):
    """How the outputs of a DALEC are read off its steps.

    Args:
        diagnoses: output → how it is read off a record.
        states: output → how it is read off a state.
    """

    diagnoses: Mapping[str, Callable[[Any], Float[Array, "*B"]]]
    states: Mapping[str, Callable[[Any], Float[Array, "*B"]]]

    def of_step(self, before: Any, record: Any, wanted: tuple[str, ...]) -> Outputs:
        """The wanted outputs of one step, each of the shape of the member axis.

        Args:
            before: state at its start.
            record: what happened in it.
            wanted: names of outputs.
        """
        shape = jax.tree.leaves(before)[0].shape
        read = {n: self.states[n](before) if n in self.states else self.diagnoses[n](record) for n in wanted}
        return {name: jnp.broadcast_to(value, shape) for name, value in read.items()}

    def of_state(self, state: Any) -> dict[str, Float[Array, "*B"]]:
        """Every state variable by its name."""
        return {name: read(state) for name, read in self.states.items()}


class Loop(NamedTuple):
    """A DALEC, ready to run.

    Args:
        step: (state, drivers of one step) → (state, record of the step).
        initial: state at the start; a pytree of arrays, each of the shape of the member axis.
        drivers: pytree of arrays over time.
        readings: how outputs are read off the steps.
        pools: the carbon pools of a state.
        carbon: the carbon of a record.
        judge: (totals, pools at the end) → verdict on the constraints.
        years: which steps start a year after the first.
    """

    step: Callable[[Any, Any], tuple[Any, Any]]
    initial: Any
    drivers: Any
    readings: Readings
    pools: Callable[[Any], CarbonPools]
    carbon: Callable[[Any], CarbonStep]
    judge: Callable[[Totals, CarbonPools], Verdict]
    years: Anniversaries


def check_wanted(wanted: tuple[str, ...], outputs: Mapping[str, Variable]) -> None:
    """Nothing, if the model has all wanted outputs.

    Raises:
        StudyError: it lacks one; names the nearest.
    """
    for name in wanted:
        if name not in outputs:
            raise StudyError(f"The output {name!r} was asked for.", "The model has no such output.", nearest(name, outputs))


def typed(theta: Theta, parameters: ParameterTable) -> Theta:
    """The parameters as floating-point arrays of one type, which is that of the run.

    Args:
        theta: name → value or row.
        parameters: that the model has.

    Raises:
        StudyError: one is missing.
    """
    missing = [name for name in parameters if name not in theta]
    if missing:
        raise StudyError(f"A run needs the parameter {', '.join(missing)}.", "It was not given.", nearest(missing[0], theta))
    dtype = jnp.result_type(*theta.values(), float)
    return {name: jnp.asarray(value, dtype) for name, value in theta.items()}


def like(p: Theta, tree: Tree) -> Tree:
    """The arrays of a tree in the floating-point type of the parameters: drivers are made in full precision, then cut."""
    dtype = next(iter(p.values())).dtype
    return jax.tree.map(lambda x: jnp.asarray(x, dtype), tree)


def run_loop(loop: Loop, wanted: tuple[str, ...]) -> Outputs:
    """The wanted outputs of a run. Totals for the constraints are carried only where a verdict is wanted.

    Args:
        loop: to run.
        wanted: names of outputs of `loop.readings`, `VERDICTS`, or of a state with `EDGES` behind it.
    """
    kept = tuple(dict.fromkeys(name.removesuffix(EDGES) for name in wanted if name not in VERDICTS))
    judged = any(name in VERDICTS for name in wanted)

    def advance(carry: tuple[Any, Totals | None], x: tuple[Any, Float[Array, ""]]) -> tuple[Any, Outputs]:
        (before, totals), (driver, is_anniversary) = carry, x
        after, record = loop.step(before, driver)
        if totals is not None:
            totals = with_step(totals, loop.carbon(record), is_anniversary)
        return (after, totals), loop.readings.of_step(before, record, kept)

    start = (loop.initial, no_totals(loop.pools(loop.initial)) if judged else None)
    (final, totals), series = checkpointed_scan(advance, start, (loop.drivers, loop.years.flags))
    if totals is not None:
        series |= loop.judge(totals, loop.pools(final))._asdict()
    return {name: _with_last(series, name, loop, final) for name in wanted}


def _with_last(series: Outputs, name: str, loop: Loop, final: Any) -> Float[Array, "..."]:
    """An output as it is, or a state with its last value behind it."""
    if name in series:
        return series[name]
    state = name.removesuffix(EDGES)
    return jnp.concatenate([series[state], loop.readings.states[state](final)[None]])
