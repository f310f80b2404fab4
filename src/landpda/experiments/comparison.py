"""Compare: one question, several methods, one table."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import jax.random as jr
import numpy as np

from landpda.core.errors import LandpdaError, StudyError, nearest
from landpda.core.estimate import Estimate, Front, Gaussian, Point, Region, Samples
from landpda.core.result import Result
from landpda.core.types import Finding
from landpda.diagnostics.comparison import Against, Entry, against, comparison_findings, lowest_cost, reference_of
from landpda.experiments.calibration import Asked, Calibration, answered_by, ask, settled, started
from landpda.experiments.judgement import Judgement, judge
from landpda.experiments.record import record
from landpda.experiments.study import Progress, Stores, Study, no_progress, no_store
from landpda.methods.driver import run
from landpda.methods.method import Method

if TYPE_CHECKING:
    import xarray as xr

KINDS: dict[type, str] = {Point: "point", Gaussian: "gaussian", Samples: "samples", Region: "region", Front: "front"}


def compare(
    study: Study,
    *,
    reference: str = "",
    stores: Stores = no_store,
    progress: Progress = no_progress,
) -> xr.DataTree:
    """Answer a study with its own method and with each of `also`, and hold the answers against one another.

    A method that cannot answer is noted with its reason, and the others go on.

    Args:
        study: what is asked; `answer` and `also` are the methods.
        reference: label of the method that the others are held against; chosen by how well it converged where nothing is said.
        stores: where each method keeps its checkpoints.
        progress: told how far it is.

    Returns:
        What a calibration with the reference leaves, and the groups `comparison`, `moments` and `skill_by_method`.

    Raises:
        LandpdaError: no method gave an answer, or the reference is not among them.
    """
    import xarray as xr

    cpu, wall = time.process_time(), time.perf_counter()
    methods = labelled((study.answer, *study.also))
    if reference and reference not in methods:
        raise StudyError(
            f"The methods were to be held against {reference!r}.",
            "It is not among those compared.",
            nearest(reference, methods),
        )
    asked = ask(study, stores=stores, progress=progress)
    answers = {label: _attempt(label, method, asked, stores, progress) for label, method in methods.items()}
    results = {label: answer for label, answer in answers.items() if isinstance(answer, Result)}
    if not results:
        raise next(answer for answer in answers.values() if isinstance(answer, LandpdaError))
    whole = settled(asked, next(iter(results.values())), tuple(results.values())[1:])
    alone = {label: answered_by(whole, asked, methods[label], result) for label, result in results.items()}
    judged = {label: judge(one) for label, one in alone.items()}
    entries = [_entry(label, methods[label], answers[label], alone.get(label), judged.get(label)) for label in methods]
    by_label = {entry.label: entry for entry in entries}
    chosen = by_label[reference] if reference else reference_of(entries)
    if chosen is not None and chosen.refusal:
        raise StudyError(f"The methods were to be held against {reference!r}.", chosen.refusal, "Choose another reference.")
    first = chosen.label if chosen is not None else next(iter(results))
    base = _with_answer(whole, alone[first], results, first)
    base = replace(base, cpu_seconds=time.process_time() - cpu, wall_seconds=time.perf_counter() - wall)
    tree = record(base)
    names = base.posed.problem.names
    held = {entry.label: against(entry, chosen, names, lowest_cost(entries)) for entry in entries} if chosen is not None else {}
    findings = comparison_findings(entries, chosen, names)
    groups = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    groups["/comparison"] = _table(entries, held, judged, first)
    groups["/moments"] = _moments(entries, held, judged, names)
    groups["/skill_by_method"] = xr.concat(
        [judged[label].skill[["skill"]] for label in results], dim=xr.Variable("method", list(results)), join="exact"
    )
    attributes = groups["/"].attrs
    attributes["findings"] = json.dumps([list(finding) for finding in (*findings, *_other_findings(attributes))])
    return xr.DataTree.from_dict(groups)


def labelled(methods: Sequence[Method]) -> dict[str, Method]:
    """Methods by name; one that takes part again, with other settings, is numbered."""
    labels: dict[str, Method] = {}
    for method in methods:
        same = sum(label.split(" ")[0] == method.name for label in labels)
        labels[method.name if not same else f"{method.name} {same + 1}"] = method
    return labels


def _attempt(label: str, method: Method, asked: Asked, stores: Stores, progress: Progress) -> Result | LandpdaError:
    problem = asked.posed.problem
    # a key by label: a method gives the same bits whichever others take part
    key = jr.fold_in(asked.keys["also"], zlib.crc32(label.encode()))
    try:
        begun = started(method, asked.search, key, problem)
        return run(begun, problem, key, store=stores(label.replace(" ", "_")), progress=progress)
    except LandpdaError as error:
        return error


def _with_answer(whole: Calibration, answer: Calibration, results: dict[str, Result], first: str) -> Calibration:
    """The calibration of the reference, with the other methods beside it; a front or region has no posterior to compare."""
    also = tuple(result for label, result in results.items() if label != first and _has_spread(result.estimate))
    return replace(answer, also=also, best_z=whole.best_z, best=whole.best)


def _has_spread(estimate: Estimate) -> bool:
    return isinstance(estimate, Gaussian | Samples)


def _entry(
    label: str, method: Method, answer: Result | LandpdaError, alone: Calibration | None, judged: Judgement | None
) -> Entry:
    if isinstance(answer, LandpdaError) or alone is None or judged is None:
        return Entry(label, method.exact, "", np.nan, np.zeros((0, 0)), np.zeros(0), np.nan, np.nan, 0, 0, 0.0, _reason(answer))
    n = alone.posed.problem.n
    draws = np.asarray(alone.samples.draws).reshape(-1, n)
    error, rhat, ess = np.zeros(n), np.nan, np.nan
    if isinstance(answer.estimate, Samples):
        found = judged.summary
        rhat, ess = float(np.max(found["rhat"].values)), float(np.min(found["ess"].values))
        # equally weighted members that no chain connects: what repeats counts once
        distinct = len(np.unique(draws, axis=0))
        own = draws.std(axis=0)
        error = own / np.sqrt(found["ess"].values if np.isfinite(ess) else distinct)
        ess = ess if np.isfinite(ess) else float(distinct)
    return Entry(
        label=label,
        exact=method.exact,
        kind=KINDS[type(answer.estimate)],
        cost=float(alone.posed.problem.cost(alone.best_z)),
        draws=draws,
        error=error,
        rhat=rhat,
        ess=ess,
        runs=answer.runs_used,
        gradients=answer.gradients_used,
        cpu_seconds=answer.cpu_seconds,
    )


def _reason(error: Result | LandpdaError) -> str:
    return " ".join(part for part in (error.found, error.do) if part) if isinstance(error, LandpdaError) else ""


def _table(entries: list[Entry], held: dict[str, Against], judged: dict[str, Judgement], first: str) -> xr.Dataset:
    import xarray as xr

    def inside(entry: Entry) -> float:
        recovery = judged[entry.label].recovery if entry.label in judged and entry.spread else None
        return float(np.mean(recovery["inside90"].values)) if recovery is not None else np.nan

    def worst(entry: Entry, name: str) -> float:
        values = np.abs(getattr(held[entry.label], name)) if entry.label in held else np.full(1, np.nan)
        return float(np.max(values)) if np.isfinite(values).all() else np.nan

    def middle(entry: Entry, name: str) -> float:
        values = np.abs(getattr(held[entry.label], name)) if entry.label in held else np.full(1, np.nan)
        return float(np.median(values)) if np.isfinite(values).all() else np.nan

    columns = {
        "exact": [entry.exact.name.lower() for entry in entries],
        "kind": [entry.kind for entry in entries],
        "cost": [entry.cost for entry in entries],
        "rhat": [entry.rhat for entry in entries],
        "ess": [entry.ess for entry in entries],
        "runs": [entry.runs for entry in entries],
        "gradients": [entry.gradients for entry in entries],
        "cpu_seconds": [entry.cpu_seconds for entry in entries],
        "shift_median": [middle(entry, "shift") for entry in entries],
        "shift_worst": [worst(entry, "shift") for entry in entries],
        "ratio_median": [middle(entry, "ratio") for entry in entries],
        "within_chance": [held[entry.label].within_chance if entry.label in held else np.nan for entry in entries],
        "inside90": [inside(entry) for entry in entries],
        "r2": [_first_stream(judged.get(entry.label), "r2") for entry in entries],
        "coverage90": [_first_stream(judged.get(entry.label), "coverage90_total") for entry in entries],
        "verdict": [held[entry.label].verdict if entry.label in held else entry.refusal or "a point" for entry in entries],
        "refusal": [entry.refusal for entry in entries],
    }
    coords = {"method": [entry.label for entry in entries]}
    return xr.Dataset({name: ("method", column) for name, column in columns.items()}, coords=coords, attrs={"reference": first})


def _first_stream(judged: Judgement | None, metric: str) -> float:
    """A score of the first stream on data held out, where there are any."""
    if judged is None:
        return float("nan")
    scores = judged.skill["skill"].isel(stream=0)
    held_out = scores.sel(period="held_out")
    return float((held_out if float(held_out.sel(metric="n")) > 0 else scores.sel(period="fitted")).sel(metric=metric))


def _moments(
    entries: list[Entry], held: dict[str, Against], judged: dict[str, Judgement], names: tuple[str, ...]
) -> xr.Dataset:
    """Mean, sd and 90 % interval of each parameter in its own units by each method, and how far they are off."""
    import xarray as xr

    nothing = np.full(len(names), np.nan)
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("mean", "sd", "q05", "q95", "shift", "ratio")}
    for entry in entries:
        summary = judged[entry.label].summary if entry.label in judged else None
        for name in ("mean", "sd", "q05", "q95"):
            known = summary is not None and (entry.spread or (entry.kind == "point" and name == "mean"))
            columns[name].append(summary[name].values if known and summary is not None else nothing)
        for name in ("shift", "ratio"):
            columns[name].append(getattr(held[entry.label], name) if entry.label in held else nothing)
    coords = {"method": [entry.label for entry in entries], "parameter": list(names)}
    return xr.Dataset({name: (("method", "parameter"), np.stack(rows)) for name, rows in columns.items()}, coords=coords)


def _other_findings(attributes: dict[str, str]) -> list[Finding]:
    """What the calibration with the reference says, but for its pairs of methods, which the comparison says better."""
    said = [Finding(*finding) for finding in json.loads(attributes.get("findings", "[]"))]
    return [finding for finding in said if finding.topic != "agreement"]
