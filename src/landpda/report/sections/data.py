"""The site's data: how many, from when to when, how large, and where they are missing."""

from __future__ import annotations

import numpy as np

from landpda.core.errors import LandpdaError
from landpda.report.charts.heatmap import Cell, heatmap
from landpda.report.numbers import listed, percent, units
from landpda.report.palette import GRAPHICS, SURFACES, mix
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.streams import MeasuredStream, measured_streams

ORDER = 20
MONTHS = "JFMAMJJASOND"


def section(record: Record) -> Section | None:
    """A table of the streams, a calendar of each, and what their reader noticed."""
    streams = [stream for stream in measured_streams(record) if len(stream.observed)]
    if not streams:
        return None
    held = [stream.name for stream in streams if stream.held_out]
    lead = "Each square is a month; the fuller its colour, the more of its data are there." + (
        f" Held out: {listed(held)}." if held else ""
    )
    calendars = [_calendar(stream) for stream in streams if len(np.unique(_months(stream))) > 3]
    content = {"rows": [_row(stream) for stream in streams], "figures": calendars, "remarks": _remarks(record)}
    return Section("data", "The data", lead, content)


def _remarks(record: Record) -> list[str]:
    try:
        return record.remarks
    except LandpdaError as error:
        return [f"The remarks of the data's reader cannot be read: {error.found}"]


def _row(stream: MeasuredStream) -> dict[str, object]:
    values, errors = stream.observed[np.isfinite(stream.observed)], stream.error[np.isfinite(stream.error)]
    return {
        "name": stream.name,
        "units": units(stream.units),
        "first": str(stream.dates[0])[:10],
        "last": str(stream.dates[-1])[:10],
        "step": stream.step,
        "fitted": int(stream.fitted.sum()),
        "held_out": int(stream.judged.sum()),
        "mean": float(np.mean(values)) if len(values) else np.nan,
        "sd": float(np.std(values)) if len(values) else np.nan,
        "error": float(np.median(errors)) if len(errors) else None,
    }


def _months(stream: MeasuredStream) -> np.ndarray:
    return stream.dates.astype("datetime64[M]").astype(int)


def _calendar(stream: MeasuredStream) -> Figure:
    """Years by months, coloured by how many data a month holds of the most that a month holds."""
    months = _months(stream)
    found = {
        int(month): (int(np.sum(months == month)), float(np.mean(stream.fitted[months == month])))
        for month in np.unique(months)
    }
    most = max(number for number, _ in found.values())
    years = list(range(int(months[0]) // 12, int(months[-1]) // 12 + 1))
    per_year = [sum(found.get(12 * year + month, (0, 0.0))[0] for month in range(12)) for year in years]

    def cell(row: int, column: int) -> Cell:
        number, fitted = found.get(12 * years[row] + column, (0, 1.0))
        words = f"{years[row] + 1970}-{column + 1:02d}: {number} values"
        if not number:
            return SURFACES["wash"], words
        full = GRAPHICS["posterior"] if fitted >= 0.5 else GRAPHICS["held-out"]
        return mix(
            SURFACES["paper"], full, 0.15 + 0.75 * min(number / most, 1.0)
        ), f"{words}, {'fitted' if fitted >= 0.5 else 'held out'}"

    label = f"Calendar of the {stream.name} data: {len(found)} months of {12 * len(years)} hold data"
    drawing = heatmap(
        [str(year + 1970) for year in years],
        list(MONTHS),
        cell,
        label=label,
        side=(19, 15),
        left=44,
        foot=[str(n) for n in per_year],
    )
    share = percent(len(found) / (12 * len(years)))
    caption = f"{stream.name}: values per month (at right, per year). Blue was fitted, orange held out, grey is missing; "
    caption += f"{share} of months hold data."
    return Figure(drawing, caption)
