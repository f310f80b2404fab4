"""What a sampler takes beside the model: processor time of a run against that of the same number of raw log densities.

Run it on an idle machine:

    python benchmarks/samplers.py

The problem is the twin experiment of examples/twin.yaml: DALEC2 over three daily years, 23 parameters. A sampler that asks for
C runs at a time is compared with a compiled scan that asks for log densities of C rows as often, so that both have the same
batches; compilation is left out of both. Ratios are of medians of alternating repeats.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import landpda  # first of all, so that its options hold  # isort: skip

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr

from landpda.config.load import load_study
from landpda.config.resolve import resolve
from landpda.experiments.twin import twin
from landpda.methods.method import Method
from landpda.methods.sample.adaptive_metropolis import AdaptiveMetropolis
from landpda.methods.sample.demcz import DEMCz
from landpda.methods.sample.dream_zs import DreamZS
from landpda.methods.sample.glue import GLUE
from landpda.methods.sample.importance import Importance
from landpda.methods.sample.smc import SMC
from landpda.problem.problem import AbstractProblem

HERE = Path(__file__).parent
TWIN = HERE.parent / "examples" / "twin.yaml"
REPEATS = 7
TARGET = "<= 1.1"


class Row(NamedTuple):
    """One figure of the table; a target of "" is for information."""

    quantity: str
    value: float
    unit: str
    target: str

    @property
    def met(self) -> str:
        """Whether the target is met, in a word."""
        if not self.target:
            return ""
        return "yes" if self.value <= float(self.target.split()[1]) else "NO"


class Measured(NamedTuple):
    """A piece of a sampler's work: what does it, how many batches of how many runs it asks for."""

    work: Callable[[], Any]
    batches: int
    rows: int


def made_up() -> AbstractProblem:
    """The twin experiment's problem."""
    study = resolve(load_study(TWIN))
    assert study.twin is not None
    return twin(jr.key(0), study.pose(), study.twin)[0].problem


@eqx.filter_jit
def raw(problem: AbstractProblem, Z: jax.Array, batches: int) -> jax.Array:
    """Log densities of the rows, `batches` times, each time a little elsewhere."""

    def again(shift: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        return shift + 1e-6, jnp.sum(problem.log_density_ensemble(Z + shift))

    return jax.lax.scan(again, jnp.asarray(0.0), None, length=batches)[1]


def scanned(method: Method, problem: AbstractProblem, batches: int, rows: int) -> Measured:
    """One chunk of a compiled sampler."""
    state = jax.tree.map(jnp.asarray, method.init(jr.key(1), problem))

    @eqx.filter_jit
    def chunk(method: Method, problem: AbstractProblem, state: Any) -> Any:
        def step(state: Any, _: None) -> tuple[Any, Any]:
            return method.step(jr.fold_in(jr.key(2), state.step), state, problem)

        return jax.lax.scan(step, state, None, length=method.chunk)

    return Measured(lambda: chunk(method, problem, state), batches, rows)


def stepped(method: Method, problem: AbstractProblem, batches: int, rows: int) -> Measured:
    """One step of a sampler that is not compiled as a whole."""
    state = method.init(jr.key(1), problem)
    return Measured(lambda: method.step(jr.key(2), state, problem), batches, rows)


def samplers(problem: AbstractProblem) -> dict[str, Measured]:
    """Each with settings by which it asks for many rows at once, as a user would choose them."""
    chains, generations = 64, 100
    settings: dict[str, Any] = {"num_chains": chains, "num_generations": 2_000, "thin": 10, "checkpoint_every": 10}
    moves = 10
    return {
        "dream_zs": scanned(DreamZS(**settings), problem, generations, chains),
        "demcz": scanned(DEMCz(**settings), problem, generations, chains),
        "adaptive_metropolis": scanned(AdaptiveMetropolis(**settings), problem, 2 * generations, chains),
        "smc": stepped(SMC(num_particles=2_048, correlation=0.0, max_moves=moves), problem, moves, 2_048),
        "importance": stepped(Importance(batch=4_096, num_rounds=3), problem, 1, 4_096),
        "glue": stepped(GLUE(batch=4_096), problem, 1, 4_096),
    }


def times_of(runs: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median processor time of each [s], alternating so that whatever else the machine does meets all alike."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(REPEATS + 1):
        for name, run in runs.items():
            begun = time.process_time()
            jax.block_until_ready(run())
            if repeat:  # the first compiles
                times[name].append(time.process_time() - begun)
    return {name: statistics.median(taken) for name, taken in times.items()}


def rows() -> list[Row]:
    """The table."""
    problem, table = made_up(), []
    for name, measured in samplers(problem).items():
        Z = problem.initial_ensemble(jr.key(3), measured.rows)
        taken = times_of({"sampler": measured.work, "raw": lambda Z=Z, of=measured: raw(problem, Z, of.batches)})
        per_run = taken["raw"] / (measured.batches * measured.rows) * 1e6
        table.append(Row(f"log density in batches of {measured.rows}", per_run, "us", ""))
        table.append(Row(f"{name} over its log densities", taken["sampler"] / taken["raw"], "1", TARGET))
    return table


def main() -> int:
    """Print the table, write it to results/samplers.csv; exit status 1 if a target is missed."""
    table = rows()
    for row in table:
        print(f"{row.quantity:<44}{row.value:>10.2f} {row.unit:<4}{row.target:<9}{row.met}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / "samplers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*Row._fields, "met", "version"))
        writer.writerows(
            (row.quantity, f"{row.value:.4g}", row.unit, row.target, row.met, landpda.__version__) for row in table
        )
    return int(any(row.met == "NO" for row in table))


if __name__ == "__main__":
    sys.exit(main())
