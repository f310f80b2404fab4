"""What ensemble methods cost beside the runs of the model: DALEC2 over ten daily years, a twin experiment of 23 parameters.

Run it on an idle machine:

    python benchmarks/ensemble.py

Each method is timed against the model alone: as many runs in batches of the same size, in the same process, in turn. Wall-clock
time without compilation, the quickest of a few repeats, for a neighbour on a core holds up both.
"""

from __future__ import annotations

import csv
import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import landpda  # first of all, so that its options hold  # isort: skip

import jax
import jax.random as jr

from landpda.experiments.demo import demo_site, demo_study
from landpda.experiments.plan import Periods
from landpda.experiments.twin import twin
from landpda.methods.driver import run
from landpda.methods.ensemble.eki import EKI
from landpda.methods.ensemble.es_mda import ESMDA
from landpda.methods.ensemble.es_mda_sqrt import ESMDASqrt
from landpda.methods.ensemble.etki import ETKI
from landpda.methods.ensemble.fourdenvar import FourDEnVar
from landpda.methods.ensemble.ies import IES
from landpda.methods.ensemble.uki import UKI
from landpda.problem.model_problem import Problem

HERE = Path(__file__).parent
REPEATS = 3
NUM_MEMBERS = 100
METHODS = {
    "es_mda, 100 x 4": ESMDA(num_members=NUM_MEMBERS, num_assimilations=4),
    "es_mda_sqrt, 100 x 4": ESMDASqrt(num_members=NUM_MEMBERS, num_assimilations=4),
    "eki, 100": EKI(num_members=NUM_MEMBERS),
    "etki, 100": ETKI(num_members=NUM_MEMBERS),
    "ies, 100": IES(num_members=NUM_MEMBERS),
    "fourdenvar, 100": FourDEnVar(num_members=NUM_MEMBERS),
    "uki": UKI(),
}
TARGETS = {"es_mda, 100 x 4": "<= 2"}
"""[s] what is promised."""


class Row(NamedTuple):
    """One figure of the table; a target of "" is for information."""

    quantity: str
    value: float
    unit: str
    target: str

    @property
    def met(self) -> str:
        """Whether the target is met, in a word."""
        return "" if not self.target else "yes" if self.value <= float(self.target.split()[1]) else "NO"


def ten_years() -> Problem:
    """The twin experiment of the demo, over ten years."""
    periods = Periods("2001-01-01", "2010-12-31", "", "")
    study = dataclasses.replace(demo_study(), site=demo_site(10), periods=periods)
    assert study.twin is not None
    posed, _ = twin(jr.key(0), study.pose(), study.twin)
    return posed.problem


def quickest(work: Callable[[], Any]) -> float:
    """[s] wall-clock time of the quickest of a few repeats; the first compiles."""
    times = []
    for _ in range(REPEATS + 1):
        begun = time.perf_counter()
        jax.block_until_ready(work())
        times.append(time.perf_counter() - begun)
    return min(times[1:])


def rows() -> list[Row]:
    """The table."""
    problem = ten_years()
    draws = problem.initial_ensemble(jr.key(1), NUM_MEMBERS)
    batch = quickest(lambda: problem.forward_ensemble(draws))
    table = [Row(f"{NUM_MEMBERS} runs alone", batch, "s", "")]
    for name, method in METHODS.items():
        used: list[int] = []

        def work(method: Any = method, used: list[int] = used) -> Any:
            result = run(method, problem, jr.key(2))
            used.append(result.runs_used)
            return result.estimate

        seconds = quickest(work)
        table.append(Row(name, seconds, "s", TARGETS.get(name, "")))
        table.append(Row(f"{name}, over its runs alone", seconds / (batch * used[-1] / NUM_MEMBERS), "1", ""))
    return table


def main() -> int:
    """Print the table, write it to results/ensemble.csv; exit status 1 if a target is missed."""
    table = rows()
    for row in table:
        print(f"{row.quantity:<40}{row.value:>10.2f} {row.unit:<4}{row.target:<9}{row.met}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / "ensemble.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*Row._fields, "met", "version"))
        writer.writerows(
            (row.quantity, f"{row.value:.4g}", row.unit, row.target, row.met, landpda.__version__) for row in table
        )
    return int(any(row.met == "NO" for row in table))


if __name__ == "__main__":
    sys.exit(main())
