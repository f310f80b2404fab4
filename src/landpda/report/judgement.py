"""What a reader must know before using the result: the run's own findings, and what its numbers say besides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from landpda.core.errors import LandpdaError
from landpda.core.types import Finding
from landpda.diagnostics import agreement
from landpda.diagnostics.convergence import CONVERGED, ENOUGH, FAR, NEARLY
from landpda.diagnostics.coverage import NEAR
from landpda.diagnostics.shrinkage import HARDLY
from landpda.report.elements import MOST_DRAWS, Element, elements
from landpda.report.numbers import listed, number, percent
from landpda.report.record import SEVERITIES, Record
from landpda.report.shapes import density, peaks, rank_correlation
from landpda.report.skill import coverage, skill
from landpda.report.streams import measured_streams

TIED = 0.9
"""Rank correlation from which two parameters are told apart only together."""

NEVER_HIDDEN = {"convergence", "modes"}
"""On these the numbers speak even where the run has spoken, if they are graver than what it said."""


def judgement(record: Record) -> list[Finding]:
    """All findings, the gravest first; the numbers speak where the run itself is silent."""
    return record.once(_judgement)


def _judgement(record: Record) -> list[Finding]:
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
    """Whether the run has spoken on the topic; on what is never hidden, as gravely."""
    graveness = SEVERITIES.index(finding.severity) if finding.topic in NEVER_HIDDEN else len(SEVERITIES)
    return any(other.topic == finding.topic and SEVERITIES.index(other.severity) <= graveness for other in said)


def convergence(record: Record) -> list[Finding]:
    """Whether the chains agree, and whether they are long enough."""
    found = elements(record)
    states = {one.name: chain_state(one) for one in found if np.isfinite(one.summary["ess"]) or one.summary["rhat"] > 0}
    if not states:
        return [
            Finding("note", "convergence", "The method left no chains to compare, so whether it converged cannot be read off.")
        ]
    findings = []
    for severity, start, end in STATE_WORDS:
        names = [name for name, (found_severity, _) in states.items() if found_severity == severity]
        if names:
            findings.append(Finding(severity, "convergence", f"{start} {listed(names)}{end}"))
    rhat = max(one.summary["rhat"] for one in found if one.name in states)
    return findings or [Finding("good", "convergence", f"The chains agree: R-hat is at most {number(rhat, 4)}.")]


STATE_WORDS = (
    ("serious", "Not converged: the chains are in different places for", ". Do not use these numbers yet."),
    ("warning", "Not converged: the chains disagree, or are too short, for", ". Run longer."),
    ("note", "The chains nearly agree, but not fully, for", "."),
)


def chain_state(element: Element) -> tuple[str, str]:
    """Severity and words of how far an element's chains can be trusted, by the limits of `landpda.diagnostics`."""
    rhat, ess = element.summary["rhat"], element.summary["ess"]
    if rhat > FAR:
        return "serious", "not converged"
    if rhat > NEARLY:
        return "warning", "not converged"
    if ess < ENOUGH / 4:
        return "warning", "few effective draws"
    if rhat > CONVERGED and not ess >= ENOUGH:
        return "note", "nearly converged"
    return ("note", "few effective draws") if ess < ENOUGH else ("good", "converged")


def edges(record: Record) -> list[Finding]:
    """Parameters whose posterior leans on an end of the range."""
    leaning = [one.name for one in elements(record) if abs(one.summary["edge"]) == 1]
    if not leaning:
        return []
    words = "leans on an end of its range" if len(leaning) == 1 else "lean on an end of their ranges"
    rest = "widen the range if the values beyond make sense, or ask what the model lacks."
    return [Finding("warning", "edge_hitting", f"{listed(leaning)} {words}: {rest}")]


def learning(record: Record) -> list[Finding]:
    """Parameters that the data left as they were."""
    untouched = [one.name for one in elements(record) if one.summary["shrinkage"] < HARDLY]
    if not untouched:
        return []
    words = (
        f"The data say next to nothing on {listed(untouched)}: the posterior is the prior (shrinkage below {percent(HARDLY)})."
    )
    return [Finding("note", "shrinkage", words)]


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
        fair = abs(total - 0.9) <= NEAR
        tail = "" if fair else " It is too narrow." if total < 0.9 else " It is wider than it need be."
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
    """Where methods give different answers; a comparison says of each method how far it is off, and which to believe."""
    if not record.has("agreement") or record.has("comparison"):
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
    low, high = (0.0, 1.0) if element.circular else (float(places.min()), float(places.max()))
    return peaks(density(places, low, high, circular=element.circular))


def correlations(record: Record) -> tuple[list[str], np.ndarray]:
    """Names and (n, n) rank correlation of the posterior; no names where there are fewer than 20 draws."""
    return record.once(_correlations)


def _correlations(record: Record) -> tuple[list[str], np.ndarray]:
    found = elements(record)
    draws = [one.posterior.reshape(-1) for one in found]
    if not draws or len(draws[0]) < 20 or len({len(column) for column in draws}) > 1:
        return [], np.zeros((0, 0))
    rows = np.linspace(0, len(draws[0]) - 1, min(len(draws[0]), MOST_DRAWS)).round().astype(int)
    with np.errstate(invalid="ignore", divide="ignore"):
        return [one.name for one in found], rank_correlation(np.stack([column[rows] for column in draws], axis=1))


def disagreements(record: Record) -> list[tuple[str, str]]:
    """Parameter and method where a method departs from the run's own by more than nothing hangs on.

    The limits are those of `landpda.diagnostics.agreement`.
    """
    labels, names = record.labels("agreement", "method"), record.labels("agreement", "parameter")
    mean, sd = (record.array("agreement", key, "method", "parameter") for key in ("mean", "sd"))
    own = reference(record, labels)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.abs(mean - mean[own]) / np.sqrt((sd**2 + sd[own] ** 2) / 2)
        ratio = np.exp(np.abs(np.log(sd / sd[own])))
    apart = (shift > agreement.NEAR) | (ratio > agreement.NEAR_RATIO)
    return [(names[i], labels[m]) for m, i in np.argwhere(apart).tolist()]


def reference(record: Record, labels: list[str]) -> int:
    """Which of the methods is the run's own; the first where none is."""
    own = record.text("method")
    return labels.index(own) if own in labels else 0


def _of(period: str) -> str:
    return period.replace("_", "-")
