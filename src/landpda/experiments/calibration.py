"""Calibrate: search, answer, compare, predict, judge."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.estimate import Estimate, Samples
from landpda.core.result import Result
from landpda.core.types import Needs
from landpda.experiments.posing import Posed
from landpda.experiments.predictive import Predictive, predict
from landpda.experiments.study import Progress, Stores, Study, no_progress, no_store
from landpda.experiments.twin import twin
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.methods.sample.starting_points import around_optima
from landpda.problem.model_problem import Problem

if TYPE_CHECKING:
    import xarray as xr

PREDICTIVE_DRAWS = 200
"""Members whose predictions are kept: their quantiles settle, and the file stays small."""

POSTERIOR_DRAWS = 1000
"""Draws kept of a posterior that is a formula and not a sample."""


STARTS_PER_ELEMENT = 12
"""Starts per control element: above the ten that fill the archive of DREAM(zs), so that no prior draw is needed there."""


@dataclass(frozen=True)
class Calibration:
    """A study, answered.

    Args:
        study: what was asked.
        posed: the problem (on made-up data in a twin experiment).
        answer: the answering method's result.
        search: the search's result; None where there was none.
        also: results of the methods that are compared.
        samples: (C, D, n) draws of the answer, circular parameters folded around one centre.
        prior_draws: (N, n) draws of the prior.
        prior: predictions of the prior, stream by stream.
        posterior: predictions of the answer.
        best: predictions of the best vector, stream → (m,).
        prior_median: predictions of the prior median, stream → (m,).
        best_z: (n,) best vector of all that were met.
        truth: (n,) the vector that made the data; None for real data.
        cpu_seconds: CPU time of the whole.
        wall_seconds: wall-clock time of the whole.
    """

    study: Study
    posed: Posed
    answer: Result
    search: Result | None
    also: tuple[Result, ...]
    samples: Samples
    prior_draws: Float[Array, "N n"]
    prior: Mapping[str, Predictive]
    posterior: Mapping[str, Predictive]
    best: Mapping[str, np.ndarray]
    prior_median: Mapping[str, np.ndarray]
    best_z: Float[Array, "n"]
    truth: Float[Array, "n"] | None
    cpu_seconds: float
    wall_seconds: float


def calibrate(study: Study, *, stores: Stores = no_store, progress: Progress = no_progress) -> xr.DataTree:
    """Answer a study and judge the answer.

    Args:
        study: what is asked.
        stores: where each method keeps its checkpoints; the same stores resume it, to the same bits.
        progress: told how far it is.

    Returns:
        Everything that a run leaves, in the groups of docs/run_folder.md.
    """
    from landpda.experiments.record import record

    return record(solve(study, stores=stores, progress=progress))


def solve(study: Study, *, stores: Stores = no_store, progress: Progress = no_progress) -> Calibration:
    """As `calibrate`, with the parts in hand."""
    cpu, wall = time.process_time(), time.perf_counter()
    asked = ask(study, stores=stores, progress=progress)
    answer = run(
        started(study.answer, asked.search, asked.keys["answer"], asked.posed.problem),
        asked.posed.problem,
        asked.keys["answer"],
        store=stores("answer"),
        progress=progress,
    )
    also = tuple(
        run(
            started(method, asked.search, asked.keys["also"], asked.posed.problem),
            asked.posed.problem,
            jr.fold_in(asked.keys["also"], index),
            store=stores(f"also_{index}_{method.name}"),
            progress=progress,
        )
        for index, method in enumerate(study.also)
    )
    calibration = settled(asked, answer, also)
    return replace(calibration, cpu_seconds=time.process_time() - cpu, wall_seconds=time.perf_counter() - wall)


@dataclass(frozen=True)
class Asked:
    """A question that is posed, with the search that goes before every answer.

    Args:
        study: what was asked.
        keys: randomness, by purpose.
        posed: the problem (on made-up data in a twin experiment).
        truth: (n,) the vector that made the data; None for real data.
        search: the search's result; None where there was none.
    """

    study: Study
    keys: Mapping[str, PRNGKeyArray]
    posed: Posed
    truth: Float[Array, "n"] | None
    search: Result | None


def ask(study: Study, *, stores: Stores = no_store, progress: Progress = no_progress) -> Asked:
    """The study's question, searched where the study says so."""
    keys = dict(zip(("twin", "search", "answer", "prior", "predict", "also"), jr.split(jr.key(study.seed), 6), strict=True))
    posed, truth = study.pose(), None
    if study.twin is not None:
        posed, truth = twin(keys["twin"], posed, study.twin)
    search = None
    if study.search is not None:
        search = run(study.search, posed.problem, keys["search"], store=stores("search"), progress=progress)
    return Asked(study, keys, posed, truth, search)


def settled(asked: Asked, answer: Result, also: tuple[Result, ...] = ()) -> Calibration:
    """What an answer says of the data."""
    posed, keys = asked.posed, asked.keys
    problem = posed.problem
    best_z = _best(problem, [result for result in (answer, asked.search, *also) if result is not None])
    samples = _samples(keys["predict"], answer.estimate, problem, best_z)
    prior_draws = problem.space.sample(keys["prior"], POSTERIOR_DRAWS)
    return Calibration(
        study=asked.study,
        posed=posed,
        answer=answer,
        search=asked.search,
        also=also,
        samples=samples,
        prior_draws=prior_draws,
        prior=predict(keys["prior"], posed.whole, prior_draws[:PREDICTIVE_DRAWS]),
        posterior=_predicted(asked, samples),
        best=_one(posed, best_z),
        prior_median=_one(posed, jnp.zeros(problem.n)),
        best_z=best_z,
        truth=asked.truth,
        cpu_seconds=answer.cpu_seconds,
        wall_seconds=answer.wall_seconds,
    )


def answered_by(calibration: Calibration, asked: Asked, method: Method, answer: Result) -> Calibration:
    """The same question answered by another method alone, its draws folded around the same vector."""
    own_best = answer.estimate.best
    samples = _samples(asked.keys["predict"], answer.estimate, asked.posed.problem, calibration.best_z)
    return replace(
        calibration,
        study=replace(calibration.study, answer=method, also=()),
        answer=answer,
        also=(),
        samples=samples,
        posterior=_predicted(asked, samples),
        best=_one(asked.posed, own_best),
        best_z=own_best,
    )


def _predicted(asked: Asked, samples: Samples) -> Mapping[str, Predictive]:
    key = asked.keys["predict"]
    return predict(key, asked.posed.whole, Samples(samples.draws, samples.log_density).draw(key, PREDICTIVE_DRAWS))


def search_ends(search: Result) -> tuple[Float[np.ndarray, "S n"], Float[np.ndarray, "S"]]:
    """Where the starts of a search ended, and the cost there.

    A search that moves all starts at once notes all of them at every step, and the last step holds the ends; one that takes the
    starts one by one notes one end a step.
    """
    z, cost = np.asarray(search.trace["z"]), np.asarray(search.trace["cost"])
    return (z, cost) if cost.ndim == 1 else (z[-1], cost[-1])


def started(method: Method, search: Result | None, key: PRNGKeyArray, problem: Problem) -> Method:
    """The method, set to begin where a search ended, if it takes starts and there was a search that left end points.

    Starts are drawn around all optima that are worth it and not around the best alone, so that what the chains agree on
    later was not given to them. A method that takes axes is given those of the curvature at the best optimum.
    """
    takes = {field.name for field in fields(method)}
    if search is None or "starts" not in takes or "z" not in search.trace or Needs.LEAST_SQUARES not in problem.offers:
        return method
    ends, cost = search_ends(search)
    order = np.argsort(np.where(np.isfinite(cost), cost, np.inf))[: int(np.isfinite(cost).sum())]
    ends = problem.space.fold(jnp.asarray(ends[order]))
    curvature = problem.linearise_ensemble(ends).curvature
    starts = around_optima(key, ends, jnp.asarray(cost[order]), curvature, num=STARTS_PER_ELEMENT * problem.n)
    settings: dict[str, Any] = {"starts": starts}
    if "axes" in takes:
        settings["axes"] = np.linalg.inv(np.linalg.cholesky(np.asarray(curvature[0]))).T
    return replace(method, **settings)


def _best(problem: Any, results: list[Result]) -> Float[Array, "n"]:
    candidates = jnp.stack([result.estimate.best for result in results])
    density = problem.log_density_ensemble(candidates)
    return candidates[jnp.argmax(density)]


def _samples(key: PRNGKeyArray, estimate: Estimate, problem: Any, best_z: Float[Array, "n"]) -> Samples:
    """Draws of any estimate, folded so that years that are the same model by construction are one mode."""
    around = problem.space.to_physical(best_z)
    if isinstance(estimate, Samples):
        draws, density = estimate.draws, estimate.log_density
    else:
        draws = estimate.draw(key, POSTERIOR_DRAWS)[None]
        density = problem.log_density_ensemble(draws[0])[None]
    chains, length, n = draws.shape
    folded = _fold(problem.space, draws.reshape(-1, n), around)
    return Samples(folded.reshape(chains, length, n), density)


@eqx.filter_jit
def _fold(space: Any, Z: Float[Array, "N n"], around: Any) -> Float[Array, "N n"]:
    return space.fold(Z, around)


def _one(posed: Posed, z: Float[Array, "n"]) -> dict[str, np.ndarray]:
    values = np.asarray(posed.whole.forward(z))
    return {stream.name: values[posed.whole.slices[stream.name]] for stream in posed.whole.streams if stream.measured}
