"""The only driver: it steps a method through a problem, in compiled chunks where both allow, with a checkpoint after each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from landpda.core.result import Result
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem, require

Progress = Callable[[str, int, int, Mapping[str, Any]], None]
"""Called after each chunk with: what, steps done, steps at most, and the last step's info."""


SPENT = ("cpu_seconds", "wall_seconds")
"""What each step took, beside its Info in a checkpoint; no part of the trace, which is the same bits in every run."""


class _Clock:
    """CPU and wall-clock time since it was last asked."""

    def __init__(self) -> None:
        self._last = time.process_time(), time.perf_counter()

    def since_last(self, num_steps: int) -> dict[str, np.ndarray]:
        """Seconds a step, for so many steps."""
        now = time.process_time(), time.perf_counter()
        spent = {name: np.full(num_steps, (b - a) / num_steps) for name, a, b in zip(SPENT, self._last, now, strict=True)}
        self._last = now
        return spent


class Store(Protocol):
    """Where checkpoints go; see `landpda.execution.checkpoint`."""

    def load(self, like: Any) -> tuple[Any, dict[str, np.ndarray]] | None:
        """The last state and the trace up to it, or None where there is none."""

    def save(self, state: Any, trace: Mapping[str, np.ndarray]) -> None:
        """Keep a state, and the part of the trace that led to it from the last one."""


def run(
    method: Method,
    problem: AbstractProblem,
    key: PRNGKeyArray,
    *,
    store: Store | None = None,
    progress: Progress | None = None,
) -> Result:
    """Answer `problem` with `method`.

    Args:
        method: the method with its settings.
        problem: the question.
        key: the same key gives the same bits.
        store: keeps a checkpoint after every chunk; a run that finds one goes on from there and ends with the same bits.
        progress: told after every chunk.

    Raises:
        NeedsError: the method needs what the problem does not offer.
        RunFailed: no run of the model gave an answer.
    """
    require(problem, method.needs, f"The method {method.name}")
    start_key, step_key = jr.split(key)
    clock = _Clock()
    chunk = _compiled_chunk if method.compiled and problem.traceable else _looped_chunk
    # as plain arrays, which is what a checkpoint gives back: a weakly typed number would compile to another program, whose
    # rounding differs, and a resumed run would end with other bits
    first = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)), method.init(start_key, problem))
    saved = store.load(first) if store is not None else None
    state, trace = saved if saved is not None else (first, {})
    while not method.done(state):
        state, infos = chunk(method, problem, step_key, state)
        piece = {name: np.asarray(values) for name, values in infos._asdict().items()}
        # kept with the checkpoint, so that a resumed run can say what the whole took
        piece |= clock.since_last(len(piece["runs"]))
        trace = {name: np.concatenate([trace[name], values]) if name in trace else values for name, values in piece.items()}
        if store is not None:
            store.save(state, piece)
        if progress is not None:
            last = {name: values[-1] for name, values in piece.items() if name not in SPENT}
            progress(method.name, int(state.step), method.num_steps, last)
    spent = {name: float(np.sum(trace.get(name, 0.0))) for name in SPENT}
    trace = {name: values for name, values in trace.items() if name not in SPENT}
    estimate, findings = method.finish(state, trace, problem)
    cpu, wall = (spent[name] + float(values[0]) for name, values in clock.since_last(1).items())
    return Result(
        method=method.name,
        names=problem.names,
        estimate=estimate,
        trace=trace,
        runs_used=int(np.sum(trace.get("runs", 0))),
        gradients_used=int(np.sum(trace.get("gradients", 0))),
        cpu_seconds=cpu,
        wall_seconds=wall,
        findings=findings,
        source=method.source,
    )


@eqx.filter_jit
def _compiled_chunk(method: Method, problem: AbstractProblem, key: PRNGKeyArray, state: Any) -> tuple[Any, Any]:
    def step(state: Any, _: None) -> tuple[Any, Any]:
        return method.step(jr.fold_in(key, state.step), state, problem)

    return jax.lax.scan(step, state, None, length=method.chunk)


def _looped_chunk(method: Method, problem: AbstractProblem, key: PRNGKeyArray, state: Any) -> tuple[Any, Any]:
    infos = []
    for _ in range(method.chunk):
        if method.done(state):
            break
        state, info = method.step(jr.fold_in(key, int(state.step)), state, problem)
        infos.append(info)
    return state, jax.tree.map(lambda *values: jnp.stack([jnp.asarray(value) for value in values]), *infos)
