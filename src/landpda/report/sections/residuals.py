"""What is left over: the residuals' distribution, and how long they remember."""

from __future__ import annotations

import numpy as np

from landpda.report.charts.histogram import histogram
from landpda.report.charts.stems import stems
from landpda.report.numbers import compact, fixed, in_units, number
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.shapes import autocorrelation
from landpda.report.streams import MeasuredStream, measured_streams

ORDER = 70
LAGS = 30
COLOURS = {"fitted": "posterior", "held_out": "held-out"}


def section(record: Record) -> Section | None:
    """Histogram and autocorrelation of each stream with enough data."""
    figures = []
    for stream in measured_streams(record):
        groups = _groups(stream)
        if groups:
            figures.append(_distribution(stream, groups))
            figures += [figure for figure in [_memory(stream)] if figure is not None]
    if not figures:
        return None
    lead = "Residual = model − data, of the best run. The fit assumes a shape and a memory for them; here is what came out."
    return Section("residuals", "Residuals", lead, {"figures": figures})


def _groups(stream: MeasuredStream) -> dict[str, np.ndarray]:
    residual = stream.best - stream.observed
    groups = {period: residual[stream.mask(period) & np.isfinite(residual)] for period in stream.periods()}
    return {period: values for period, values in groups.items() if len(values) >= 20 and np.ptp(values) > 0}


def _distribution(stream: MeasuredStream, groups: dict[str, np.ndarray]) -> Figure:
    drawing = histogram(
        [(values, COLOURS[period]) for period, values in groups.items()],
        label=f"Histogram of the residuals of {stream.name}",
        title=f"Model − data{in_units(stream.units)}",
    )
    first = next(iter(groups.values()))
    standard = (first - first.mean()) / first.std()
    skewness, kurtosis = float(np.mean(standard**3)), float(np.mean(standard**4) - 3)
    shape = "close to normal" if abs(skewness) < 0.5 and abs(kurtosis) < 1 else "not normal"
    words = f"Blue: fitted{'; orange: held out' if len(groups) > 1 else ''}; dashed: the normal of equal mean and sd. "
    words += (
        f"{shape.capitalize()}: sd {number(float(first.std()))}, skewness {fixed(skewness)}, excess kurtosis {fixed(kurtosis)}."
    )
    return Figure(drawing, words, title=f"{stream.name}: how large")


def _memory(stream: MeasuredStream) -> Figure | None:
    if not np.isfinite(stream.step) or stream.step <= 0:
        return None
    groups = []
    for period in stream.periods():
        mask = stream.mask(period)
        residual = (stream.best - stream.observed)[mask]
        if np.isfinite(residual).sum() >= 40:
            groups.append((autocorrelation(stream.days[mask], residual, stream.step, LAGS), COLOURS[period]))
    if not groups or not np.isfinite(groups[0][0]).any():
        return None
    first = groups[0][0]
    noise = 1.96 / np.sqrt(stream.mask(stream.periods()[0]).sum())
    step = "days" if stream.step == 1 else f"steps of {compact(stream.step)} days"
    drawing = stems(
        groups, noise=noise, step=step, label=f"Autocorrelation of the residuals of {stream.name}", title="Autocorrelation"
    )
    within = np.flatnonzero(np.abs(first) < noise)
    days = compact((within[0] + 1 if len(within) else LAGS) * stream.step)
    length = f"lost in chance after {days} days" if len(within) else f"not lost in chance within {days} days"
    words = f"Correlation with the datum before: {fixed(first[0])}; {length}. Grey: what chance allows. "
    words += (
        "Residuals that remember carry less news each than an error model without memory believes." if first[0] > 0.3 else ""
    )
    return Figure(drawing, words.strip(), title=f"{stream.name}: how long remembered")
