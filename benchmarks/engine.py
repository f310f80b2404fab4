"""What the engine is worth: DALEC2 in JAX against plain scalar C over ten daily years, in one process.

Run it on an idle machine:

    python benchmarks/engine.py

Ratios are of processor time, from medians of alternating repeats, but for all cores against one, where the wall counts. The
forward run gives the quadratic misfit of NBE for each member; the gradient is that misfit's. Both programs' NBE are compared
first. The C is written from the equations (`c/dalec2.c`). It is timed twice: as the equations stand, with a power in each of
the seven decays, and with the short cut that a daily step allows, (1 − (1 − k)^1)/1 = k, which the engine takes too.
"""

from __future__ import annotations

import csv
import ctypes
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import landpda  # first of all, so that its options hold  # isort: skip

import jax
import jax.numpy as jnp
import numpy as np

from landpda.core.engine.blocks import _map_blocks, in_blocks
from landpda.core.scenario import Scenario
from landpda.models.dalec.dalec2 import Dalec2

HERE = Path(__file__).parent
NUM_DAYS = 3653
LATITUDE = 45.0
NUM_MEMBERS = 2048
MEMBERS_IN_C = 24
REPEATS = 21

MODEL = Dalec2()
NAMES = tuple(MODEL.parameters)
DRIVERS = ("time_index", "tmin", "tmax", "shortwave", "co2", "day_of_year", "burned_area")


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
        side, bound = self.target.split()
        return "yes" if (self.value >= float(bound) if side == ">=" else self.value <= float(bound)) else "NO"


def weather() -> Scenario:
    """Ten made-up daily years with two fires."""
    rng = np.random.default_rng(1)
    day = np.arange(NUM_DAYS, dtype=float)
    season = np.sin(2 * np.pi * (day - 110.0) / 365.25)
    mean = 9.0 + 10.0 * season + 3.0 * rng.standard_normal(NUM_DAYS)
    burned = np.zeros(NUM_DAYS)
    burned[[1000, 2500]] = 0.1, 0.5
    forcing = {
        "time_index": day + 1.0,
        "tmin": mean - 5.0,
        "tmax": mean + 5.0,
        "shortwave": 12.0 + 9.0 * season + rng.uniform(0, 2, NUM_DAYS),
        "co2": 370.0 + day / 200.0,
        "day_of_year": day % 365.0 + 1.0,
        "burned_area": burned,
    }
    return Scenario(forcing, {"latitude": LATITUDE}, times=day, dt=1.0)


def members(num: int) -> np.ndarray:
    """(N, 23) parameters around the defaults."""
    defaults = np.array(list(MODEL.parameters.defaults.values()))
    low, high = (np.array([getattr(row, end) for row in MODEL.parameters.values()]) for end in ("low", "high"))
    spread = np.exp(0.1 * np.random.default_rng(2).standard_normal((num, len(NAMES))))
    return np.clip(defaults * spread, low, high)


def built(folder: Path, *, short_cut: bool) -> ctypes.CDLL:
    """The program in C, built for this processor."""
    library = folder / f"dalec2_{short_cut}.so"
    options = ["-O3", "-march=native", "-shared", "-fPIC", *(["-DDAILY_SHORT_CUT"] if short_cut else [])]
    subprocess.run(["cc", *options, "-o", library, HERE / "c" / "dalec2.c", "-lm"], check=True)
    return ctypes.CDLL(str(library))


class Scalar:
    """The program in C for many members, one after the other."""

    def __init__(self, folder: Path, *, short_cut: bool) -> None:
        self.function = built(folder, short_cut=short_cut).dalec2_ensemble

    def __call__(self, drivers: np.ndarray, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """NBE (N, T) and the last pools (N, 6)."""
        nbe, pools = np.empty((len(parameters), len(drivers))), np.empty((len(parameters), 6))
        address = [ctypes.c_void_p(array.ctypes.data) for array in (drivers, parameters, nbe, pools)]
        latitude = ctypes.c_double(LATITUDE)
        self.function(address[0], len(drivers), latitude, address[1], len(parameters), address[2], address[3])
        return nbe, pools


def theta_of(Z: jax.Array) -> dict[str, jax.Array]:
    """Parameters by name, the member axis last."""
    return {name: Z[..., i] for i, name in enumerate(NAMES)}


def compare(scalar: Scalar, drivers: np.ndarray, parameters: np.ndarray, scenario: Scenario) -> None:
    """Both programs' NBE and last pools, to rounding."""
    wanted = ("nbe", "c_som_edges", "c_foliar_edges")
    out = MODEL.simulate(theta_of(jnp.asarray(parameters)), scenario, wanted)
    nbe, pools = scalar(drivers, parameters)
    np.testing.assert_allclose(out["nbe"].T, nbe, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(out["c_foliar_edges"][-1], pools[:, 1], rtol=1e-9)
    np.testing.assert_allclose(out["c_som_edges"][-1], pools[:, 5], rtol=1e-9)


def times_of(runs: dict[str, Callable[[], Any]], clock: Callable[[], float]) -> dict[str, list[float]]:
    """Times of each run [us], alternating so that whatever else the machine does meets all alike."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(REPEATS + 1):
        for name, run in runs.items():
            begun = clock()
            jax.block_until_ready(run())
            if repeat:  # the first compiles
                times[name].append((clock() - begun) * 1e6)
    return times


def rows() -> list[Row]:
    """The table."""
    scenario = weather()
    drivers = np.ascontiguousarray(np.stack([scenario.forcing[name] for name in DRIVERS], axis=1))
    parameters = members(NUM_MEMBERS)

    def misfit(Z: jax.Array) -> jax.Array:
        return jnp.sum((MODEL.simulate(theta_of(Z), scenario, ("nbe",))["nbe"] + 1.0) ** 2, axis=0)

    def gradient(Z: jax.Array) -> jax.Array:
        return jax.grad(lambda Z: jnp.sum(misfit(Z)))(Z)

    one_core = {
        name: jax.jit(lambda Z, f=f: _map_blocks(f, Z.reshape(-1, 128, len(NAMES))))
        for name, f in (("forward", misfit), ("gradient", gradient))
    }
    all_cores = jax.jit(lambda Z: in_blocks(misfit, Z))
    alone = jax.jit(jax.value_and_grad(misfit))
    few = np.ascontiguousarray(parameters[:MEMBERS_IN_C])

    with tempfile.TemporaryDirectory() as folder:
        plain, quick = (Scalar(Path(folder), short_cut=short_cut) for short_cut in (False, True))
        for scalar in (plain, quick):
            compare(scalar, drivers, few, scenario)
        runs = {"C": lambda: plain(drivers, few), "C short cut": lambda: quick(drivers, few)}
        for dtype in ("float32", "float64"):
            Z = jnp.asarray(parameters, dtype)
            for name, run in one_core.items():
                runs[f"{name} {dtype}"] = lambda run=run, Z=Z: run(Z)
            runs[f"alone {dtype}"] = lambda z=Z[0]: alone(z)
        cpu = {name: statistics.median(times) for name, times in times_of(runs, time.process_time).items()}
    per_run = {
        name: value / (MEMBERS_IN_C if name.startswith("C") else 1 if "alone" in name else NUM_MEMBERS)
        for name, value in cpu.items()
    }
    Z = jnp.asarray(parameters)
    # The quickest of each: a neighbour on one core holds up both.
    wall = {
        name: min(times)
        for name, times in times_of(
            {"one": lambda: one_core["forward"](Z), "all": lambda: all_cores(Z)}, time.perf_counter
        ).items()
    }

    table = [
        Row(f"{name}, a ten-year run", value, "us", "<= 1000" if "alone" in name else "") for name, value in per_run.items()
    ]
    for dtype, target in (("float32", ">= 50"), ("float64", ">= 18")):
        forward = per_run[f"forward {dtype}"]
        table += [
            Row(f"C over forward {dtype}", per_run["C"] / forward, "1", target),
            Row(f"C short cut over forward {dtype}", per_run["C short cut"] / forward, "1", ""),
            Row(f"gradient over forward {dtype}", per_run[f"gradient {dtype}"] / forward, "1", "<= 5.5"),
        ]
    cores = len(jax.devices())
    table.append(Row(f"one core over {cores}, wall", wall["one"] / wall["all"], "1", ">= 1.8" if cores > 1 else ""))
    return table


def main() -> int:
    """Print the table, write it to results/engine.csv; exit status 1 if a target is missed."""
    table = rows()
    for row in table:
        print(f"{row.quantity:<40}{row.value:>10.2f} {row.unit:<4}{row.target:<9}{row.met}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / "engine.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*Row._fields, "met", "version"))
        writer.writerows(
            (row.quantity, f"{row.value:.4g}", row.unit, row.target, row.met, landpda.__version__) for row in table
        )
    return int(any(row.met == "NO" for row in table))


if __name__ == "__main__":
    sys.exit(main())
