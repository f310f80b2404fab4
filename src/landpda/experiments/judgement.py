"""How good the answer is: skill, coverage, costs, convergence and recovery, in numbers and in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from landpda.core.estimate import Samples, flat
from landpda.core.types import Finding
from landpda.diagnostics.agreement import agreement
from landpda.diagnostics.convergence import convergence
from landpda.diagnostics.correlation import correlation
from landpda.diagnostics.coverage import Coverage, coverage
from landpda.diagnostics.edge_hitting import LEANS, edge_hitting
from landpda.diagnostics.modes import modes_of_chains, modes_of_optima
from landpda.diagnostics.residuals import residuals
from landpda.diagnostics.shrinkage import shrinkage
from landpda.diagnostics.skill import Skill, skill, skill_findings
from landpda.experiments.calibration import POSTERIOR_DRAWS, Calibration, search_ends
from landpda.experiments.predictive import PARTS
from landpda.observations.stream import Stream

if TYPE_CHECKING:
    import xarray as xr

METRICS = ("r2", "nse", "rmse", "bias", "mae", "n", "coverage90_total", "coverage90_parameters", "lag1", "slope")
PERIODS = ("fitted", "held_out")
WORDS = {"fitted": "fitted years", "held_out": "held-out years"}
CHAINS_OWN = ("The chains have not converged: the largest R-hat of", "The chains converged:", "The chains nearly converged:")


@dataclass(frozen=True)
class Judgement:
    """Tables for the result's tree, and what they say in sentences.

    Args:
        skill: skill of the best vector and of the prior median, by stream and period.
        cost: terms of the cost before and after.
        summary: prior and posterior of each parameter, with convergence.
        recovery: truth against posterior; None for real data.
        agreement: means and standard deviations of each method; None where there was one method.
        findings: sentences, the gravest first.
    """

    skill: xr.Dataset
    cost: xr.Dataset
    summary: xr.Dataset
    recovery: xr.Dataset | None
    agreement: xr.Dataset | None
    findings: tuple[Finding, ...]


def judge(calibration: Calibration) -> Judgement:
    """All diagnostics of a calibration."""
    names = calibration.posed.problem.names
    draws = np.asarray(calibration.samples.draws)
    flat_draws = np.asarray(flat(calibration.samples))
    skill_table, stream_findings = _streams(calibration)
    findings: list[Finding] = [*stream_findings]
    # draws in one row are members that no chain connects: an ensemble's, or resampled ones
    sampled = isinstance(calibration.answer.estimate, Samples) and len(draws) > 1
    converged = convergence(draws, names) if sampled else None
    if converged is not None:
        findings += converged.findings
        findings += modes_of_chains(draws, np.asarray(calibration.samples.log_density), names).findings
    findings += _search_findings(calibration, names)
    edges, learnt = edge_hitting(flat_draws, names), shrinkage(flat_draws, names)
    findings += [*edges.findings, *learnt.findings, *correlation(flat_draws, names).findings]
    findings += _said_by_methods(calibration, findings)
    recovery = None
    if calibration.truth is not None:
        recovery, recovery_findings = _recovery(calibration, flat_draws)
        findings += recovery_findings
    table, agreement_findings = _agreement(calibration, flat_draws)
    findings += agreement_findings
    order = {"serious": 0, "warning": 1, "note": 2, "good": 3}
    return Judgement(
        skill=skill_table,
        cost=_cost(calibration),
        summary=_summary(calibration, flat_draws, converged, edges, learnt),
        recovery=recovery,
        agreement=table,
        findings=tuple(sorted(findings, key=lambda finding: order.get(finding.severity, 2))),
    )


def _said_by_methods(calibration: Calibration, known: list[Finding]) -> list[Finding]:
    """What the methods say of their own runs; those beside the answering one with their names.

    Another method's trouble is no fault of this answer: it is worth a note, no more.
    """
    said: list[Finding] = []
    for result in (calibration.search, calibration.answer):
        said += result.findings if result is not None else ()
    for result in calibration.also:
        said += [
            Finding("note", one.topic, f"{result.method}: {one.sentence}") for one in result.findings if one.severity != "good"
        ]
    # what a sampler says of its own R-hat is said before, with names and effective draws
    return [finding for finding in dict.fromkeys(said) if finding not in known and not finding.sentence.startswith(CHAINS_OWN)]


def _streams(calibration: Calibration) -> tuple[xr.Dataset, list[Finding]]:
    import xarray as xr

    streams = [stream for stream in calibration.posed.whole.streams if stream.measured]
    table = np.full((2, len(streams), len(PERIODS), len(METRICS)), np.nan)
    findings: list[Finding] = []
    for row, stream in enumerate(streams):
        parts = _parts(calibration, stream)
        covered = {part: _coverage(calibration, stream, parts, part) for part in ("parameters", "total")}
        for which, predicted in enumerate((calibration.best[stream.name], calibration.prior_median[stream.name])):
            scores = _scores(stream, predicted, parts)
            for column, period in enumerate(PERIODS):
                if period not in scores:
                    continue
                one = scores[period]
                shares = [covered[part].parts[period].share if which == 0 else np.nan for part in ("total", "parameters")]
                table[which, row, column] = [
                    one.r2, one.nse, one.rmse, one.bias, one.mae, one.num, *shares, one.lag1, one.slope,
                ]  # fmt: skip
            if which == 0:
                findings += _stream_findings(stream, predicted, parts, scores, covered)
    coords = {"stream": [stream.name for stream in streams], "period": list(PERIODS), "metric": list(METRICS)}
    dims = ("stream", "period", "metric")
    return xr.Dataset({"skill": (dims, table[0]), "skill_prior": (dims, table[1])}, coords=coords), findings


def _parts(calibration: Calibration, stream: Stream) -> dict[str, np.ndarray]:
    fitted = np.asarray(calibration.posed.fitted[stream.name])
    days = stream.dates
    first_judged = days[~fitted].min() if (~fitted).any() else None
    held_out = ~fitted
    if first_judged is not None and calibration.study.twin is not None and calibration.study.twin.keep < 1.0:
        # data that a twin experiment took away lie between the fitted ones: they are not a period of their own
        held_out = ~fitted & (days > days[fitted].max())
    parts = {"fitted": fitted, "held_out": held_out}
    return {part: mask for part, mask in parts.items() if mask.any()}


def _in_words(parts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {WORDS[part]: mask for part, mask in parts.items()}


def _scores(stream: Stream, predicted: np.ndarray, parts: Mapping[str, np.ndarray]) -> dict[str, Skill]:
    values, times = np.asarray(stream.values), np.asarray(stream.times)
    return {part: skill(values[mask], predicted[mask], times[mask]) for part, mask in parts.items()}


def _coverage(calibration: Calibration, stream: Stream, parts: Mapping[str, np.ndarray], part: str) -> Coverage:
    quantiles = calibration.posterior[stream.name].quantiles[PARTS.index(part)]
    found = coverage(np.asarray(stream.values), quantiles[0], quantiles[-1], _in_words(parts), level=0.9, name=stream.name)
    return found._replace(parts={part: found.parts[words] for part, words in WORDS.items() if words in found.parts})


def _stream_findings(
    stream: Stream,
    predicted: np.ndarray,
    parts: Mapping[str, np.ndarray],
    scores: Mapping[str, Skill],
    covered: Mapping[str, Coverage],
) -> list[Finding]:
    named = _in_words(parts)
    found = [finding for finding in covered["total"].findings]
    judged = "held_out" if "held_out" in parts else "fitted"
    alone = covered["parameters"].parts[judged].share
    whole = covered["total"].parts[judged].share
    words = "held-out" if judged == "held_out" else "fitted"
    found.append(
        Finding(
            "note",
            "coverage",
            f"{stream.name}: the spread of the parameters alone holds {100 * alone:.0f} % of the {words} data "
            f"in its 90 % interval, "
            f"with structural and observation error {100 * whole:.0f} %.",
        )
    )
    if "held_out" in scores:
        found += skill_findings(scores["fitted"], scores["held_out"], name=stream.name, units=stream.units)
    shape = residuals(
        np.asarray(stream.values), predicted, np.asarray(stream.times), named, name=stream.name, units=stream.units
    )
    return [*found, *shape.findings]


def _search_findings(calibration: Calibration, names: tuple[str, ...]) -> tuple[Finding, ...]:
    if calibration.search is None or "z" not in calibration.search.trace:
        return ()
    ends, cost = search_ends(calibration.search)
    good = np.isfinite(cost)
    good[good] &= cost[good] <= cost[good].min() + 10.0
    space = calibration.posed.problem.space
    folded = np.asarray(space.fold(jnp.asarray(ends[good]), space.to_physical(calibration.best_z)))
    return modes_of_optima(folded, -cost[good], names).findings


def _cost(calibration: Calibration) -> xr.Dataset:
    import xarray as xr

    problem = calibration.posed.problem
    before = problem.cost_by_stream(jnp.zeros(problem.n))
    after = problem.cost_by_stream(calibration.best_z)
    terms = list(before)
    return xr.Dataset(
        {"before": ("term", [before[term] for term in terms]), "after": ("term", [after[term] for term in terms])},
        coords={"term": terms},
    )


def _summary(calibration: Calibration, draws: np.ndarray, converged: Any, edges: Any, learnt: Any) -> xr.Dataset:
    import xarray as xr

    names = calibration.posed.problem.names
    physical = jax.jit(jax.vmap(calibration.posed.problem.space.values))
    values, prior = np.asarray(physical(jnp.asarray(draws))), np.asarray(physical(jnp.asarray(calibration.prior_draws)))
    columns: dict[str, np.ndarray] = {}
    for label, sample in (("prior_", prior), ("", values)):
        columns[f"{label}mean"], columns[f"{label}sd"] = sample.mean(axis=0), sample.std(axis=0)
        for name, q in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
            columns[f"{label}{name}"] = np.quantile(sample, q, axis=0)
    nothing = np.full(len(names), np.nan)
    columns["rhat"] = converged.rhat if converged is not None else nothing
    columns["ess"] = converged.ess_bulk if converged is not None else nothing
    columns["mcse"] = (
        converged.mcse_mean * columns["sd"] / np.maximum(draws.std(axis=0), 1e-12) if converged is not None else nothing
    )
    columns["shrinkage"] = learnt.reduction
    columns["edge"] = np.where(edges.low >= LEANS, -1, np.where(edges.high >= LEANS, 1, 0))
    return xr.Dataset({name: ("parameter", column) for name, column in columns.items()}, coords={"parameter": list(names)})


def _recovery(calibration: Calibration, draws: np.ndarray) -> tuple[xr.Dataset, list[Finding]]:
    import xarray as xr

    names = calibration.posed.problem.names
    space = calibration.posed.problem.space
    truth_z = np.asarray(space.fold(jnp.asarray(calibration.truth)[None], space.to_physical(calibration.best_z))[0])
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    inside = (truth_z >= low) & (truth_z <= high)
    score = (truth_z - draws.mean(axis=0)) / np.maximum(draws.std(axis=0), 1e-12)
    values = np.asarray(space.values(jnp.asarray(truth_z)))
    share = inside.mean()
    missed = [name for name, good in zip(names, inside, strict=True) if not good]
    sentence = f"{int(inside.sum())} of {len(names)} true values lie inside their 90 % interval"
    sentence += "." if not missed else f"; outside: {', '.join(missed)}."
    severity = "good" if share >= 0.8 else "warning" if share >= 0.65 else "serious"
    table = xr.Dataset(
        {
            "truth": ("parameter", values),
            "inside90": ("parameter", inside.astype(np.int8)),
            "z_score": ("parameter", score),
        },
        coords={"parameter": list(names)},
    )
    return table, [Finding(severity, "recovery", sentence)]


def _agreement(calibration: Calibration, draws: np.ndarray) -> tuple[xr.Dataset | None, list[Finding]]:
    import xarray as xr

    if not calibration.also:
        return None, []
    problem = calibration.posed.problem
    around = problem.space.to_physical(calibration.best_z)
    posteriors = {calibration.answer.method: draws}
    for index, result in enumerate(calibration.also):
        label = result.method if result.method not in posteriors else f"{result.method} {index + 2}"
        Z = result.estimate.draw(jr.key(calibration.study.seed), POSTERIOR_DRAWS)
        posteriors[label] = np.asarray(problem.space.fold(Z, around))
    found = agreement(posteriors, problem.names)
    physical = jax.jit(jax.vmap(problem.space.values))
    values = {label: np.asarray(physical(jnp.asarray(Z))) for label, Z in posteriors.items()}
    dims = ("method", "parameter")
    table = xr.Dataset(
        {
            "mean": (dims, np.stack([sample.mean(axis=0) for sample in values.values()])),
            "sd": (dims, np.stack([sample.std(axis=0) for sample in values.values()])),
        },
        coords={"method": list(values), "parameter": list(problem.names)},
    )
    return table, list(found.findings)
