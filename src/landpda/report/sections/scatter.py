"""The model against the data, value by value."""

from __future__ import annotations

import numpy as np

from landpda.report.charts.axes import spanning
from landpda.report.charts.scatter import scatter
from landpda.report.numbers import fixed, in_units, number, signed
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.skill import skill
from landpda.report.streams import PERIODS, MeasuredStream, measured_streams

ORDER = 60


def section(record: Record) -> Section | None:
    """One picture a stream and period, all of a stream on the same axes."""
    figures = []
    for stream in measured_streams(record):
        known = np.isfinite(stream.observed) & np.isfinite(stream.best)
        if known.sum() >= 3:
            figures += [_figure(record, stream, period) for period in stream.periods()]
    if not figures:
        return None
    lead = "On the line, model and data are equal. NSE beside r²: r² forgives a wrong mean or amplitude, NSE does not."
    return Section("scatter", "Model against data", lead, {"figures": figures})


def _figure(record: Record, stream: MeasuredStream, period: str) -> Figure:
    mask = stream.mask(period)
    r2, nse, rmse, bias = (skill(record, stream.name, period, metric) for metric in ("r2", "nse", "rmse", "bias"))
    drawing = scatter(
        stream.observed[mask],
        stream.best[mask],
        label=f"Best run against data, {stream.name}, {PERIODS[period]}: r² {fixed(r2)}",
        x_title=f"Observed {stream.name}{in_units(stream.units)}",
        y_title=f"Best run{in_units(stream.units)}",
        class_="posterior" if period == "fitted" else "held-out",
        alike=spanning(stream.observed, stream.best, start=0, stop=1),
    )
    words = f"r² {fixed(r2)}, NSE {fixed(nse)}, RMSE {number(rmse)}, bias {signed(bias)}; {int(mask.sum())} values."
    return Figure(drawing, words, title=f"{stream.name}, {PERIODS[period]}")
