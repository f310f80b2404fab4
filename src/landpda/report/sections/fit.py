"""The fit as time series: data, best run and predictive intervals, with how good it is before and after."""

from __future__ import annotations

import numpy as np

from landpda.report.charts.axes import Scale, date_ticks
from landpda.report.charts.bars import Bar, bars
from landpda.report.charts.line_band import Band, Dots, Layer, Line, Shades, Whiskers, line_band
from landpda.report.numbers import in_units, number, percent, units
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.series import SPARSE, broken, payload, shades
from landpda.report.skill import coverage, skill, width
from landpda.report.streams import PART_WORDS, PARTS, PERIODS, MeasuredStream, measured_streams

ORDER = 40
METRICS = ("r2", "nse", "rmse", "bias", "mae", "slope", "lag1")


def section(record: Record) -> Section | None:
    """Every stream's series, skill and coverage."""
    streams = [stream for stream in measured_streams(record) if len(stream.observed)]
    if not streams:
        return None
    parts = [_part(record, stream) for stream in streams]
    lead = "Drag to move, pinch to zoom, or click and then scroll; double-click shows all again. "
    lead += "Buttons and keys (arrows, +, −, 0) do the same."
    return Section("fit", "Fit and held-out fit", lead, {"streams": parts})


def _part(record: Record, stream: MeasuredStream) -> dict[str, object]:
    return {
        "name": stream.name,
        "units": units(stream.units),
        "still": _still(stream),
        "series": payload(stream),
        "skill": [
            _skill_row(record, stream, period, source) for period in stream.periods() for source in ("skill_prior", "skill")
        ],
        "coverage": _coverage(stream),
    }


def _skill_row(record: Record, stream: MeasuredStream, period: str, source: str) -> dict[str, object]:
    metrics = {metric: skill(record, stream.name, period, metric, source) for metric in METRICS}
    who = "best" if source == "skill" else "prior median"
    return {"period": PERIODS[period], "who": who, "n": int(stream.mask(period).sum()), **metrics}


def _still(stream: MeasuredStream) -> Figure:
    """The whole series as a drawing: for paper, and where scripts are off."""
    first, last = (str(date)[:10] for date in stream.dates[[0, -1]])
    label = f"Time series of {stream.name}: {len(stream.observed)} values, {first} to {last}"
    ticks = date_ticks(stream.days[0] - 1, stream.days[-1] + 1)
    layers, days = _sparse(stream) if len(stream.observed) < SPARSE else _dense(stream)
    layers.append(Shades(shades(stream)))
    drawing = line_band(
        days,
        layers,
        label=label,
        x_ticks=ticks,
        y_title=f"{stream.name}{in_units(stream.units)}",
        size=(720, 270),
    )
    words = "Black dots: data; blue line: the best run; the bands hold 90 %: "
    words += ", ".join(f"{tone} {PART_WORDS[part]}" for part, tone in zip(PARTS, ("dark", "middle", "pale"), strict=True)) + "."
    if not stream.intervals:
        words = "Black dots: data; blue line: the best run."
    words += " Orange dots on a tint: held out." if stream.held_out else ""
    return Figure(drawing, words, wide=True)


def _dense(stream: MeasuredStream) -> tuple[list[Layer], np.ndarray]:
    """Bands and lines, broken where data are missing for long."""
    days, place = broken(stream)

    def spread(values: np.ndarray) -> np.ndarray:
        out = np.full((*values.shape[:-1], len(days)), np.nan)
        out[..., place] = values
        return out

    bands = {part: spread(stream.intervals[part]) for part in reversed(PARTS) if part in stream.intervals}
    layers: list[Layer] = [Band(values[0], values[2], f"band {part}") for part, values in bands.items()]
    for mask, class_ in _kinds(stream):
        layers.append(Dots(spread(np.where(mask, stream.observed, np.nan)), f"dots many {class_}"))
    return [*layers, Line(spread(stream.best), "line posterior")], days


def _sparse(stream: MeasuredStream) -> tuple[list[Layer], np.ndarray]:
    """A stroke for each interval, and dots."""
    layers: list[Layer] = [
        Whiskers(stream.intervals[part][0], stream.intervals[part][2], f"whisker {part}")
        for part in reversed(PARTS)
        if part in stream.intervals
    ]
    layers.append(Dots(stream.best, "dots few posterior"))
    layers += [Dots(np.where(mask, stream.observed, np.nan), f"dots few {class_}") for mask, class_ in _kinds(stream)]
    return layers, stream.days


def _kinds(stream: MeasuredStream) -> list[tuple[np.ndarray, str]]:
    """Fitted, held-out and left-out data, with the class of each."""
    return [(stream.fitted, "observed"), (stream.judged, "held-out"), (~stream.fitted & ~stream.judged, "prior")]


def _coverage(stream: MeasuredStream) -> Figure | None:
    """How much of the data each part of the 90 % interval holds."""
    if not stream.intervals:
        return None
    content = []
    for part in stream.intervals:
        group = []
        for period in stream.periods():
            share = coverage(stream, part, period)
            words = f"{percent(share)} {PERIODS[period]}"
            group.append(Bar(share, "posterior" if period == "fitted" else "held-out", words))
        content.append((PART_WORDS[part], group))
    period = "held_out" if stream.held_out else "fitted"
    widths = "; ".join(f"{PART_WORDS[part]} {_width(stream, part, period)}" for part in stream.intervals)
    drawing = bars(
        content,
        label=f"Share of the {stream.name} data inside the 90 % interval, by what the interval takes in",
        title="Share of data inside the 90 % interval",
        scale=Scale(0.0, 1.0, 0, 1),
        target=(0.9, "90 %"),
    )
    caption = f"An honest 90 % interval holds 90 % of the data. Mean width: {widths}{in_units(stream.units)}."
    return Figure(drawing, caption, title="What the 90 % interval takes in, and what it holds")


def _width(stream: MeasuredStream, part: str, period: str) -> str:
    return number(width(stream, part, period))
