"""What a sample costs: DREAM(zs) on DALEC2 in JAX against emcee on DALEC2 in plain scalar C, for the same posterior.

It needs emcee (pip install emcee) and a C compiler. Run it on an idle machine, for up to a quarter of an hour:

    python benchmarks/emcee_ratio.py

The problem is the twin experiment of examples/twin.yaml: three daily years, 23 parameters, data made by a truth that obeys the
model's constraints. The posterior leaves the constraints out, so that the C needs none. Both log densities are compared first.

Both start from the same draws around the ends of the same search, whose time counts for neither. DREAM(zs) runs for longer and
longer, from the beginning each time, until R-hat is below 1.05 for all parameters; the last run is repeated, and the time of
the repetition is that without compilation. emcee goes on from where it is until the same holds, or its time is used up. Both
drop the first half of their draws and keep every tenth state; emcee's walkers count as chains. Effective draws are the least
over parameters, in bulk. If emcee is stopped before its chains agree, they have not seen the whole posterior, and its effective
draws are an estimate that may be off to either side: too high if all walkers sit in a part of it; too low because the rest of
its burn-in weighs on them, which a longer run would have left behind.

DREAM(zs) is measured as it comes, which is what the target asks about, and for information with one kind of jump, along all
axes at once and in full length, which is emcee's: good where the posterior is nearly normal, as here, and bad where it is bent.

What is where: on emcee's side the map from normal scores to parameters, the model, the misfit and the prior are all in C, one
call for all walkers that move together; emcee's moves are its own NumPy and Python, the ones that its documentation recommends
for differential evolution. Checks of R-hat count on neither side, but for the last one of DREAM(zs), which is part of its run.
The C takes the short cut of a daily step (see engine.py); the ratio with the powers as the equations have them follows from the
time of both programs, for their answers are the same to rounding. The time of the build is under a second and counts nowhere.
"""

from __future__ import annotations

import csv
import ctypes
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import landpda  # first of all, so that its options hold  # isort: skip

import emcee
import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from engine import DRIVERS, HERE, NAMES, Row, built
from samplers import raw

from landpda.config.load import load_study
from landpda.config.resolve import resolve
from landpda.core.estimate import Samples
from landpda.core.result import Result
from landpda.diagnostics.convergence import NEARLY, convergence
from landpda.experiments.calibration import started
from landpda.experiments.twin import twin
from landpda.methods.driver import run
from landpda.methods.sample.dream_zs import DreamZS
from landpda.models.dalec.forcing import CARBON_FORCING, dalec_forcing
from landpda.observations.stream import Stream
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.logit_normal import LogitNormal
from landpda.parameters.priors.normal import Normal
from landpda.problem.model_problem import Problem

TWIN = HERE.parent / "examples" / "twin.yaml"
CHAINS = 64
"""Chains of DREAM(zs), and walkers of emcee, which wants at least 46."""
THIN = 10
GENERATIONS = (20_000, 40_000, 80_000)
"""Lengths that DREAM(zs) is tried with."""
ONE_KIND = {"num_crossover": 1, "jump_scales": (1.0,), "whole_jumps": 0.0}
"""Settings of DREAM(zs) by which every jump is along all axes and in full length, but for the snooker's."""
CAP = 300.0
"""[s] processor time after which emcee is stopped."""
STRETCH = 2_000
"""Generations of emcee between two looks at R-hat, at first; a fifth of what it has done later on."""
REPEATS = 7


class Sampled(NamedTuple):
    """What a sampler gave, and what it took.

    Args:
        draws: (C, D, n) kept.
        cpu: [s] processor time.
        runs: log densities asked for.
    """

    draws: np.ndarray
    cpu: float
    runs: int

    @property
    def rhat(self) -> float:
        """The largest."""
        return float(convergence(self.draws, NAMES).rhat.max())

    @property
    def ess(self) -> float:
        """The least, in bulk."""
        return float(convergence(self.draws, NAMES).ess_bulk.min())


class LogPosterior:
    """The log posterior in C, up to a constant, for rows of normal scores."""

    def __init__(self, problem: Problem, folder: Path, *, short_cut: bool) -> None:
        self.function = built(folder, short_cut=short_cut).log_posterior
        self.function.restype = None
        scenario = problem.scenario
        # without a fire
        forcing = dalec_forcing(scenario, dict(CARBON_FORCING)) | {"burned_area": jnp.zeros(scenario.num_steps)}
        forcing = {name: forcing.get(name, jnp.zeros(scenario.num_steps)) for name in DRIVERS}
        self.drivers = np.ascontiguousarray(np.stack([np.asarray(forcing[name]) for name in DRIVERS], axis=1), float)
        self.priors = _priors(problem)
        self.streams = [_seen(problem, name) for name in ("nbe", "lai")]
        self.latitude = ctypes.c_double(scenario.constants["latitude"])
        self.work = np.empty((2, scenario.num_steps))

    def __call__(self, Z: np.ndarray) -> np.ndarray:
        """(N,) of each row."""
        Z, out = np.ascontiguousarray(Z, float), np.empty(len(Z))
        streams = [
            argument
            for steps, values, sd in self.streams
            for argument in (len(steps), _address(steps), _address(values), ctypes.c_double(sd))
        ]
        model = (_address(self.drivers), len(self.drivers), self.latitude, _address(self.priors))
        self.function(*model, *streams, _address(Z), len(Z), _address(self.work), _address(out))
        return out


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _seen(problem: Problem, name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Steps, data and standard deviation of a stream."""
    stream: Any = next(stream for stream in problem.streams if stream.name == name)
    sd = np.unique(np.exp(np.asarray(stream.error.log_sd({}))))
    assert len(sd) == 1
    assert stream.operator.factor == 1.0
    return np.ascontiguousarray(stream.operator.steps, np.int32), np.ascontiguousarray(stream.values, float), float(sd[0])


def _priors(problem: Problem) -> np.ndarray:
    """(23, 5) as the C has them: family, centre, spread, low, high."""
    assert problem.names == NAMES
    table = np.zeros((problem.n, 5))
    for element, row in zip(problem.space.elements, table, strict=True):
        (prior,) = element.entry_priors
        if isinstance(prior, Normal):
            row[:3] = 0, prior.mean, prior.sd
        elif isinstance(prior, LogNormal):
            row[:3] = 1, np.log(prior.median), prior.sigma
        elif isinstance(prior, LogitNormal):
            row[:] = 2, np.asarray(prior.natural(prior.median)), prior.sigma, prior.low, prior.high
        else:
            raise TypeError(f"no prior {prior} in C")
    return table


def posed() -> tuple[Problem, Result]:
    """The twin experiment's problem without the constraints, and the search on it."""
    study = resolve(load_study(TWIN))
    assert study.twin is not None
    assert study.search is not None
    twin_key, search_key = jr.split(jr.key(study.seed))
    whole = twin(twin_key, study.pose(), study.twin)[0].problem
    measured: tuple[Stream, ...] = tuple(stream for stream in whole.streams if stream.measured)
    problem = eqx.tree_at(lambda problem: problem.streams, whole, measured)
    return problem, run(study.search, problem, search_key)


def compare(problem: Problem, log_posterior: LogPosterior) -> float:
    """Largest relative difference of the log densities at a hundred prior draws, up to the constant."""
    Z = problem.initial_ensemble(jr.key(2), 100)
    ours, theirs = np.asarray(problem.log_density_ensemble(Z)), log_posterior(np.asarray(Z))
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
    ours, theirs = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
    # the one constant is left out of C: log sd of each datum
    constant = -float(problem.misfit_ensemble(problem.y[None], jnp.zeros((1, problem.n))).log_scale[0])
    np.testing.assert_allclose(theirs + constant, ours, rtol=1e-8)
    return float(np.max(np.abs((theirs + constant - ours) / ours)))


def dream(problem: Problem, search: Result, **settings: Any) -> tuple[Sampled, float, np.ndarray]:
    """The first run of DREAM(zs) that is long enough, its time with compilation [s], and where it started."""
    for generations in GENERATIONS:
        asked = DreamZS(num_chains=CHAINS, num_generations=generations, thin=THIN, **settings)
        method = started(asked, search, jr.key(3), problem)
        assert isinstance(method, DreamZS)
        cpu = {}
        for turn in ("with compilation", "without"):
            result = run(method, problem, jr.key(4))
            cpu[turn] = result.cpu_seconds
            assert isinstance(result.estimate, Samples)
            sampled = Sampled(np.asarray(result.estimate.draws), result.cpu_seconds, result.runs_used)
            if sampled.rhat >= NEARLY:
                break
        print(f"DREAM(zs), {generations} generations: R-hat {sampled.rhat:.3f}, ESS {sampled.ess:.0f}, {sampled.cpu:.1f} s")
        if sampled.rhat < NEARLY:
            return sampled, cpu["with compilation"], np.asarray(method.starts)
    raise RuntimeError("DREAM(zs) did not converge")


def walkers(log_posterior: LogPosterior, starts: np.ndarray) -> Sampled:
    """emcee, until its walkers agree or its time is over."""
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(CHAINS, starts.shape[1], log_posterior, moves=moves, vectorize=True)
    sampler.random_state = np.random.RandomState(5).get_state()
    state: Any = starts[:CHAINS]
    cpu, done, stretch = 0.0, 0, STRETCH
    while True:
        begun = time.process_time()
        state = sampler.run_mcmc(state, stretch // THIN, thin_by=THIN)
        cpu += time.process_time() - begun
        done += stretch
        draws = np.swapaxes(np.asarray(sampler.get_chain()), 0, 1)
        sampled = Sampled(draws[:, draws.shape[1] // 2 :], cpu, CHAINS * (done + 1))
        print(f"emcee, {done} generations: R-hat {sampled.rhat:.3f}, ESS {sampled.ess:.0f}, {cpu:.1f} s", flush=True)
        if sampled.rhat < NEARLY or cpu > CAP:
            print(f"emcee accepted {np.mean(sampler.acceptance_fraction):.1%}")
            return sampled
        stretch = max(STRETCH, done // 5 // THIN * THIN)


def per_run(runs: dict[str, Callable[[], Any]], num: int) -> dict[str, float]:
    """[us] median processor time of a log density in each way, alternating."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(REPEATS + 1):
        for name, work in runs.items():
            begun = time.process_time()
            jax.block_until_ready(work())
            if repeat:  # the first compiles
                times[name].append((time.process_time() - begun) / num * 1e6)
    return {name: statistics.median(taken) for name, taken in times.items()}


def rows() -> list[Row]:
    """The table."""
    problem, search = posed()
    with tempfile.TemporaryDirectory() as folder:
        plain, quick = (LogPosterior(problem, Path(folder), short_cut=short_cut) for short_cut in (False, True))
        differ = max(compare(problem, program) for program in (plain, quick))
        ours, compiling, starts = dream(problem, search)
        one_kind, _, _ = dream(problem, search, **ONE_KIND)
        theirs = walkers(quick, starts)
        Z = jnp.asarray(starts[:CHAINS])
        one = per_run(
            {
                "landpda": lambda: raw(problem, Z, 20),
                "C": lambda: [plain(starts[:CHAINS]) for _ in range(20)],
                "C short cut": lambda: [quick(starts[:CHAINS]) for _ in range(20)],
            },
            20 * CHAINS,
        )
    theirs_in_powers = theirs.cpu + (one["C"] - one["C short cut"]) * 1e-6 * theirs.runs
    means = [sampled.draws.mean(axis=(0, 1)) for sampled in (ours, theirs)]
    apart = float(np.max(np.abs(means[1] - means[0]) / ours.draws.std(axis=(0, 1))))
    speed = ours.ess / ours.cpu
    target = ">= 25"
    return [
        Row("log densities differ at 100 prior draws", differ, "1", "<= 1e-8"),
        *(Row(f"{name}, a three-year run of {CHAINS}", value, "us", "") for name, value in one.items()),
        Row("DREAM(zs), largest R-hat", ours.rhat, "1", "<= 1.05"),
        Row("DREAM(zs), least effective draws", ours.ess, "1", ""),
        Row("DREAM(zs), log densities", ours.runs, "1", ""),
        Row("DREAM(zs), processor time", ours.cpu, "s", ""),
        Row("DREAM(zs), processor time with compilation", compiling, "s", ""),
        Row("DREAM(zs), effective draws per second", speed, "s-1", ""),
        Row("DREAM(zs), one kind of jump, largest R-hat", one_kind.rhat, "1", ""),
        Row("DREAM(zs), one kind of jump, least effective draws", one_kind.ess, "1", ""),
        Row("DREAM(zs), one kind of jump, processor time", one_kind.cpu, "s", ""),
        Row("emcee, largest R-hat", theirs.rhat, "1", ""),
        Row("emcee, least effective draws", theirs.ess, "1", ""),
        Row("emcee, log densities", theirs.runs, "1", ""),
        Row("emcee, processor time", theirs.cpu, "s", ""),
        Row("emcee, effective draws per second", theirs.ess / theirs.cpu, "s-1", ""),
        Row("means apart, in posterior sd", apart, "1", ""),
        Row("DREAM(zs) over emcee on C short cut", speed * theirs.cpu / theirs.ess, "1", target),
        Row("the same with landpda's compilation", ours.ess / compiling * theirs.cpu / theirs.ess, "1", ""),
        Row("DREAM(zs) over emcee on C", speed * theirs_in_powers / theirs.ess, "1", target),
        Row("the same with one kind of jump", one_kind.ess / one_kind.cpu * theirs_in_powers / theirs.ess, "1", ""),
    ]


def main() -> int:
    """Print the table, write it to results/emcee_ratio.csv; exit status 1 if a target is missed."""
    table = rows()
    for row in table:
        print(f"{row.quantity:<52}{row.value:>12.4g} {row.unit:<4}{row.target:<9}{row.met}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / "emcee_ratio.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*Row._fields, "met", "version"))
        writer.writerows(
            (row.quantity, f"{row.value:.4g}", row.unit, row.target, row.met, landpda.__version__) for row in table
        )
    return int(any(row.met == "NO" for row in table))


if __name__ == "__main__":
    sys.exit(main())
