"""The first screen: the verdict in words and colours, and the numbers a reader asks for first."""

from __future__ import annotations

from typing import Any

import numpy as np

from landpda.core.errors import LandpdaError
from landpda.diagnostics.shrinkage import WELL
from landpda.report.elements import elements
from landpda.report.judgement import judgement, worst
from landpda.report.numbers import fixed, number, percent, signed, units
from landpda.report.record import Record
from landpda.report.skill import coverage, skill
from landpda.report.streams import PERIODS, MeasuredStream, measured_streams

HEADLINES = {
    "serious": "Do not use these numbers yet",
    "warning": "Usable, with care",
    "note": "Usable; some things to know",
    "good": "Nothing stands in the way",
}
MOST_VERDICTS = 7
"""Findings on the first screen: the gravest of each topic, up to so many."""


def opening(record: Record) -> dict[str, Any]:
    """What the first screen shows."""
    findings = judgement(record)
    severity = worst(findings)
    topics = list(dict.fromkeys(finding.topic for finding in findings))[:MOST_VERDICTS]
    first = [next(finding for finding in findings if finding.topic == topic) for topic in topics]
    return {
        "study": record.text("study") or "A landpda run",
        "site": record.text("site"),
        "model": record.text("model"),
        "method": record.text("method"),
        "created": record.text("created")[:10],
        "severity": severity,
        "headline": HEADLINES[severity],
        "findings": first,
        "more": len(findings) - len(first),
        "streams": _safely(_streams, record),
        "learnt": _safely(_learnt, record),
    }


def _safely(build: Any, record: Record) -> Any:
    """What `build` makes of the record; nothing where the record cannot be read, of which the sections speak."""
    try:
        return build(record)
    except LandpdaError:
        return None


def _streams(record: Record) -> list[dict[str, Any]]:
    return [_stream(record, stream) for stream in measured_streams(record) if len(stream.observed)]


def _stream(record: Record, stream: MeasuredStream) -> dict[str, Any]:
    period = "held_out" if stream.held_out else "fitted"

    def value(metric: str, source: str = "skill") -> float:
        return skill(record, stream.name, period, metric, source)

    dressed = units(stream.units)
    tiles = [
        ("r²", fixed(value("r2")), "", fixed(value("r2", "skill_prior"))),
        ("NSE", fixed(value("nse")), "", fixed(value("nse", "skill_prior"))),
        ("RMSE", number(value("rmse")), dressed, number(value("rmse", "skill_prior"))),
        ("bias", signed(value("bias")), dressed, signed(value("bias", "skill_prior"))),
    ]
    shares = {part: coverage(stream, part, period) for part in ("total", "parameters")}
    return {
        "name": stream.name,
        "period": PERIODS[period],
        "tiles": tiles,
        "coverage": {part: percent(share) for part, share in shares.items()} if np.isfinite(shares["total"]) else None,
    }


def _learnt(record: Record) -> tuple[int, int] | None:
    """How many parameters learnt much, and of how many."""
    shrinkage = np.array([one.summary["shrinkage"] for one in elements(record)])
    known = shrinkage[np.isfinite(shrinkage)]
    return (int(np.sum(known >= WELL)), len(shrinkage)) if len(known) else None
