"""The mean seasonal cycle and the years: whether the model misses a season, or a year."""

from __future__ import annotations

import numpy as np

from landpda.report.charts.line_band import Band, Dots, Layer, Line, Shades, line_band
from landpda.report.numbers import in_units, number, units
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.shapes import monthly
from landpda.report.streams import PERIODS, MeasuredStream, measured_streams

ORDER = 50
MONTHS = list(zip(range(12), "JFMAMJJASOND", strict=True))


def section(record: Record) -> Section | None:
    """Months and years of each stream that has enough of them."""
    figures = []
    for stream in measured_streams(record):
        for period in stream.periods():
            figures += [figure for figure in [_cycle(stream, period)] if figure is not None]
        figures += [figure for figure in [_years(record, stream)] if figure is not None]
    if not figures:
        return None
    lead = "Means show what daily scatter hides: a season that comes too early, years that do not differ enough."
    return Section("seasonal", "Seasons and years", lead, {"figures": figures})


def _cycle(stream: MeasuredStream, period: str) -> Figure | None:
    mask = stream.mask(period)
    dates = stream.dates[mask]
    seen, spread = monthly(dates, stream.observed[mask])
    if np.isfinite(seen).sum() < 6:
        return None
    x = np.arange(12.0)
    best, prior = (monthly(dates, values[mask])[0] for values in (stream.best, stream.prior))
    layers: list[Layer] = [
        Band(seen - spread, seen + spread, "band observed"),
        Line(prior, "line prior"),
        Line(seen, "line observed"),
        Line(best, "line posterior"),
        Dots(best, "dots few posterior"),
    ]
    title = f"{stream.name}{in_units(stream.units)}"
    label = f"Mean seasonal cycle of {stream.name}, {PERIODS[period]}: data, best run and prior median"
    drawing = line_band(x, layers, label=label, x_ticks=[(float(i), name) for i, name in MONTHS], y_title=title)
    off = np.abs(best - seen)
    worst = int(np.nanargmax(off)) if np.isfinite(off).any() else None
    words = "Black: data, with ±1 sd between years; blue: the best run; dashed grey: prior median."
    if worst is not None:
        words += f" Furthest off in {_month(worst)}: by {number(off[worst], 2)} {units(stream.units)}".rstrip() + "."
    return Figure(drawing, words, title=f"{stream.name}, {PERIODS[period]}: by month")


def _month(index: int) -> str:
    names = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    return names[index]


def _years(record: Record, stream: MeasuredStream) -> Figure | None:
    """Annual means over the days observed."""
    axis = f"{stream.name}_year"
    if f"{stream.name}_obs" not in record.names("annual") or f"{stream.name}_mod" not in record.names("annual"):
        return None
    seen, modelled = (record.array("annual", f"{stream.name}_{key}", axis) for key in ("obs", "mod"))
    years = np.array([float(label[:4]) if label[:4].isdigit() else np.nan for label in record.labels("annual", axis)])
    if len(years) < 2 or not np.isfinite(years).all():
        return None
    stride = int(np.ceil(len(years) / 6))
    layers: list[Layer] = [
        Shades(_held_years(stream)),
        Line(seen, "line observed"),
        Dots(seen, "dots few observed"),
        Line(modelled, "line posterior"),
        Dots(modelled, "dots few posterior"),
    ]
    drawing = line_band(
        years,
        layers,
        label=f"Annual means of {stream.name}: data and best run",
        x_ticks=[(year, f"{year:.0f}") for year in years[::stride]],
        y_title=f"{stream.name}{in_units(stream.units)}",
    )
    alike = _alike(seen, modelled)
    words = "Means over the days observed in each year. Black: data; blue: the best run." + (
        " Tinted: held out." if stream.held_out else ""
    )
    return Figure(drawing, words + alike, title=f"{stream.name}: by year")


def _alike(seen: np.ndarray, modelled: np.ndarray) -> str:
    known = np.isfinite(seen) & np.isfinite(modelled)
    if known.sum() < 4 or np.ptp(seen[known]) == 0 or np.ptp(modelled[known]) == 0:
        return ""
    return f" Between years they correlate by r = {np.corrcoef(seen[known], modelled[known])[0, 1]:.2f}.".replace("-", "−")


def _held_years(stream: MeasuredStream) -> list[tuple[float, float]]:
    """Years none of whose data were fitted."""
    years = stream.dates.astype("datetime64[Y]").astype(int) + 1970
    held = [int(year) for year in np.unique(years) if stream.judged[years == year].all()]
    starts = [year for year in held if year - 1 not in held]
    return [(start - 0.5, next(end for end in held if end >= start and end + 1 not in held) + 0.5) for start in starts]
