"""What was asked: of which model, at which site, with which data, by which method."""

from __future__ import annotations

import math

from landpda.report.elements import elements
from landpda.report.numbers import count, fixed, units
from landpda.report.record import Record
from landpda.report.section import Section
from landpda.report.streams import MeasuredStream, measured_streams

ORDER = 10

EXPERIMENTS = {
    "holdout": "Hold-out: the model is fitted to one stretch of data and judged on another that the fit never saw.",
    "twin": "Twin: the model is fitted to data that it made itself, plus noise; a sound method finds its parameters again.",
    "fit": "Fit: all data take part in the fit, so nothing here says how well the model does on data it has not seen.",
}


def section(record: Record) -> Section:
    """The question in a sentence, and its terms."""
    streams, asked = measured_streams(record), elements(record)
    names = " and ".join(stream.name for stream in streams) or "no measured data"
    model, site = record.text("model") or "the model", record.text("site") or "the site"
    lead = f"Which values of {count(len(asked))} parameters of {model} explain what was measured at {site} ({names})?"
    facts = [
        ("Study", record.text("study")),
        ("Site", _site(record)),
        ("Model", record.text("model")),
        ("Experiment", EXPERIMENTS.get(record.text("experiment"), record.text("experiment"))),
        ("Fitted to", _window(record, "fit")),
        ("Judged on", _window(record, "judge")),
        ("Data", "; ".join(_stream(stream) for stream in streams)),
        ("Method", record.text("method")),
        ("Random seed", record.text("seed")),
        ("Run on", record.text("created").replace("T", " ")[:16]),
    ]
    return Section("question", "What was asked", lead, {"facts": [fact for fact in facts if fact[1]]})


def _site(record: Record) -> str:
    latitude = record.number("latitude")
    if not math.isfinite(latitude):
        return record.text("site")
    return f"{record.text('site')}, {fixed(abs(latitude))}° {'N' if latitude >= 0 else 'S'}"


def _window(record: Record, name: str) -> str:
    start, end = record.text(f"{name}_start")[:10], record.text(f"{name}_end")[:10]
    return f"{start} to {end}" if start and end else ""


def _stream(stream: MeasuredStream) -> str:
    words = f"{stream.name}, {count(len(stream.observed))} values"
    return f"{words} in {units(stream.units)}" if units(stream.units) else words
