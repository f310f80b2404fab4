"""What a reader must know before using the result: the run's own findings, and what its numbers say besides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from landpda.core.errors import LandpdaError
from landpda.core.types import Finding
from landpda.report.elements import MOST_DRAWS, Element, elements
from landpda.report.numbers import listed, number, percent
from landpda.report.record import SEVERITIES, Record
from landpda.report.shapes import density, peaks, rank_correlation
from landpda.report.skill import coverage, skill
from landpda.report.streams import measured_streams

RHAT_GOOD, RHAT_BAD = 1.01, 1.1
"""Chains agree up to the first [vehtari2021], and certainly do not from the second on [gelman1992]."""

ESS_ENOUGH = 400.0
"""Effective draws that make quantiles and R-hat itself trustworthy [vehtari2021]."""

LEARNT, UNTOUCHED = 0.5, 0.1
"""Shrinkage from which a parameter has learnt, and up to which the data have hardly touched it."""

TIED = 0.9
"""Rank correlation from which two parameters are told apart only together."""

COVERAGE_FAIR = (0.8, 0.97)
"""Share of data in the 90 % interval that is neither overconfident nor vague, with room for chance."""

DISAGREE_SHIFT, DISAGREE_SPREAD = 0.5, 1.5
"""Methods disagree on a parameter from this many posterior sd between means, or this factor between sds."""


def judgement(record: Record) -> list[Finding]:
    """All findings, the gravest first; the numbers speak where the run itself is silent, or milder than they are."""
    try:
        said = record.findings
    except LandpdaError as error:
        said = [Finding("warning", "findings", f"What the run's diagnostics said cannot be read: {error.found}")]
    added = []
    for speak in SPEAKERS:
        try:
            added += [finding for finding in speak(record) if not _covered(finding, said)]
        except LandpdaError as error:
            added.append(Finding("warning", "completeness", f"A check was left out: {error.found}"))
    everything = list(dict.fromkeys([*said, *added]))
    return sorted(everything, key=lambda finding: SEVERITIES.index(finding.severity))


def worst(findings: list[Finding]) -> str:
    """The gravest severity; "note" where nothing was found."""
    return min((finding.severity for finding in findings), key=SEVERITIES.index, default="note")


def _covered(finding: Finding, said: list[Finding]) -> bool:
    """Whether the run said as much on the same topic."""
    stem = finding.topic[:5].lower()
    rank = SEVERITIES.index(finding.severity)
    return any(other.topic.lower().startswith(stem) and SEVERITIES.index(other.severity) <= rank for other in said)


def convergence(record: Record) -> list[Finding]:
    """Whether the chains agree, and whether they are long enough."""
    found = elements(record)
    rhat = {one.name: one.summary["rhat"] for one in found if np.isfinite(one.summary["rhat"])}
    if not rhat:
        return [
            Finding("note", "convergence", "The method left no chains to compare, so whether it converged cannot be read off.")
        ]
    high = sorted((name for name in rhat if rhat[name] > RHAT_GOOD), key=lambda name: -rhat[name])
    short = [one.name for one in found if one.summary["ess"] < ESS_ENOUGH]
    findings = []
    if high:
        top = number(rhat[high[0]])
        if rhat[high[0]] >= RHAT_BAD:
            words = f"Not converged: the chains disagree on {listed(high)} (R-hat up to {top}). Do not use these numbers yet."
            findings.append(Finding("serious", "convergence", words))
        else:
            words = f"Not fully converged: R-hat is above {RHAT_GOOD} for {listed(high)} (up to {top})."
            findings.append(Finding("warning", "convergence", words))
    if short:
        words = f"Fewer than {ESS_ENOUGH:.0f} effective draws for {listed(short)}: read their quantiles with care."
        findings.append(Finding("warning", "convergence", words))
    return findings or [Finding("good", "convergence", f"The chains agree: R-hat is at most {number(max(rhat.values()), 4)}.")]


def edges(record: Record) -> list[Finding]:
    """Parameters whose posterior leans on an end of the range."""
    leaning = [one.name for one in elements(record) if abs(one.summary["edge"]) == 1]
    if not leaning:
        return []
    words = "leans on an end of its range" if len(leaning) == 1 else "lean on an end of their ranges"
    rest = "widen the range if the values beyond make sense, or ask what the model lacks."
    return [Finding("warning", "edges", f"{listed(leaning)} {words}: {rest}")]


def learning(record: Record) -> list[Finding]:
    """Parameters that the data left as they were."""
    untouched = [one.name for one in elements(record) if one.summary["shrinkage"] < UNTOUCHED]
    if not untouched:
        return []
    words = f"The data say next to nothing on {listed(untouched)}: their posterior is the prior (shrinkage below {percent(UNTOUCHED)})."
    return [Finding("note", "learning", words)]


def several_peaks(record: Record) -> list[Finding]:
    """Parameters with more than one hill."""
    many = [one.name for one in elements(record) if marginal_peaks(one) > 1]
    if not many:
        return []
    words = (
        f"{listed(many)}: the posterior has more than one peak, so a mean and an sd do not describe it. Look at the densities."
    )
    return [Finding("warning", "modes", words)]


def fit(record: Record) -> list[Finding]:
    """Skill on data that were held out, and the loss against the data that were fitted."""
    findings = []
    for stream in measured_streams(record):
        period = "held_out" if stream.held_out else "fitted"
        nse, fitted = (skill(record, stream.name, one, "nse") for one in (period, "fitted"))
        where = "on the held-out data" if stream.held_out else "on the data it was fitted to"
        if nse < 0:
            words = f"{stream.name}: {where} the model is worse than the data's own mean (NSE {number(nse, 2)})."
            findings.append(Finding("serious", "skill", words))
        elif fitted - nse > 0.2:
            words = f"{stream.name}: NSE falls from {number(fitted, 2)} on the fitted to {number(nse, 2)} on the held-out data."
            findings.append(Finding("warning", "skill", words))
    return findings


def intervals(record: Record) -> list[Finding]:
    """Whether the 90 % intervals hold 90 %, and how little the parameters alone explain."""
    findings = []
    for stream in measured_streams(record):
        period = "held_out" if stream.held_out else "fitted"
        total, alone = coverage(stream, "total", period), coverage(stream, "parameters", period)
        if not np.isfinite(total):
            continue
        words = f"{stream.name}: the 90 % predictive interval holds {percent(total)} of the {_of(period)} data"
        words += f"; the parameters alone cover {percent(alone)}." if np.isfinite(alone) else "."
        fair = COVERAGE_FAIR[0] <= total <= COVERAGE_FAIR[1]
        tail = "" if fair else " It is too narrow." if total < COVERAGE_FAIR[0] else " It is wider than it need be."
        findings.append(Finding("good" if fair else "warning", "coverage", words + tail))
    return findings


def ties(record: Record) -> list[Finding]:
    """Pairs of parameters that the data cannot tell apart."""
    names, table = correlations(record)
    pairs = [(i, j) for i in range(len(names)) for j in range(i) if abs(table[i, j]) >= TIED]
    if not pairs:
        return []
    named = listed([f"{names[j]} with {names[i]}" for i, j in pairs], 4)
    return [Finding("note", "correlation", f"Told apart only together (rank correlation {TIED} and more): {named}.")]


def methods(record: Record) -> list[Finding]:
    """Where methods give different answers."""
    if not record.has("agreement"):
        return []
    apart = disagreements(record)
    names = list(dict.fromkeys(name for name, _ in apart))
    if names:
        return [Finding("warning", "agreement", f"The methods do not agree on {listed(names)}.")]
    count = len(record.labels("agreement", "method"))
    return [Finding("good", "agreement", f"The {count} methods agree on every parameter.")]


SPEAKERS: tuple[Callable[[Record], list[Finding]], ...] = (
    convergence,
    edges,
    learning,
    several_peaks,
    fit,
    intervals,
    ties,
    methods,
)


def marginal_peaks(element: Element) -> int:
    """Peaks of an element's posterior on its own axis; 0 for fewer than 50 draws."""
    places = element.place(element.draws)
    places = places[np.isfinite(places)]
    if len(places) < 50 or np.ptp(places) == 0:
        return 0
    circular = np.isfinite(element.period)
    low, high = (0.0, 1.0) if circular else (float(places.min()), float(places.max()))
    return peaks(density(places, low, high, circular=circular))


def correlations(record: Record) -> tuple[list[str], np.ndarray]:
    """Names and (n, n) rank correlation of the posterior; no names where there are fewer than 20 draws."""
    found = elements(record)
    draws = [one.posterior.reshape(-1) for one in found]
    if not draws or len(draws[0]) < 20 or len({len(column) for column in draws}) > 1:
        return [], np.zeros((0, 0))
    rows = np.linspace(0, len(draws[0]) - 1, min(len(draws[0]), MOST_DRAWS)).round().astype(int)
    with np.errstate(invalid="ignore", divide="ignore"):
        return [one.name for one in found], rank_correlation(np.stack([column[rows] for column in draws], axis=1))


def disagreements(record: Record) -> list[tuple[str, str]]:
    """Parameter and method where a method departs from the first (or from the run's own method)."""
    labels, names = record.labels("agreement", "method"), record.labels("agreement", "parameter")
    mean, sd = (record.array("agreement", key, "method", "parameter") for key in ("mean", "sd"))
    own = reference(record, labels)
    apart = []
    for i, name in enumerate(names):
        for m, method in enumerate(labels):
            shift, spread = abs(mean[m, i] - mean[own, i]), sd[m, i] / sd[own, i] if sd[own, i] > 0 else np.nan
            if shift > DISAGREE_SHIFT * sd[own, i] or spread > DISAGREE_SPREAD or spread < 1 / DISAGREE_SPREAD:
                apart.append((name, method))
    return apart


def reference(record: Record, labels: list[str]) -> int:
    """Which of the methods is the run's own; the first where none is."""
    own = record.text("method")
    return labels.index(own) if own in labels else 0


def _of(period: str) -> str:
    return period.replace("_", "-")
