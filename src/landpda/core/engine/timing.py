"""How fast a model runs on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from landpda.core.model import Model
from landpda.core.scenario import Scenario


class Speed(NamedTuple):
    """Wall time of one step of one member [us].

    Args:
        forward: of a block of members.
        gradient: of a block of members, with its gradient.
        alone: of one member that runs alone.
    """

    forward: float
    gradient: float
    alone: float


def microseconds_per_step(
    model: Model, scenario: Scenario, output: str, *, members: int = 128, repeats: int = 5, dtype: str = "float64"
) -> Speed:
    """Time that one member takes for one step [us], as the median of several runs after the compilation.

    Args:
        model: to time, with its default parameters.
        scenario: to drive it.
        output: whose sum of squares leaves the loop.
        members: [1] in a block.
        repeats: [1] runs of which the median is taken.
        dtype: floating-point type.
    """

    def misfit(theta: dict[str, Any]) -> Any:
        return jnp.sum(model.simulate(theta, scenario, (output,))[output] ** 2)

    alone = {name: jnp.asarray(value, dtype) for name, value in model.parameters.defaults.items()}
    block = {name: jnp.full(members, value) for name, value in alone.items()}
    forward, gradient = jax.jit(misfit), jax.jit(jax.grad(misfit))
    steps = scenario.num_steps
    return Speed(
        forward=microseconds(lambda: forward(block), repeats) / (steps * members),
        gradient=microseconds(lambda: gradient(block), repeats) / (steps * members),
        alone=microseconds(lambda: forward(alone), repeats) / steps,
    )


def microseconds(run: Callable[[], Any], repeats: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Median time of a call [us], after a first one that is not counted.

    Args:
        run: what is timed, to the end of its computation.
        repeats: [1] number of calls.
        clock: [s] of the wall, or `time.process_time` for that of the processor.
    """
    jax.block_until_ready(run())
    times = []
    for _ in range(repeats):
        begun = clock()
        jax.block_until_ready(run())
        times.append(clock() - begun)
    return statistics.median(times) * 1e6
