"""The parameters over time, where the method let them change: a constant keeps still, a lack of the model drifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landpda.report.charts.axes import Scale, date_ticks
from landpda.report.charts.line_band import Band, Layer, Line, line_band
from landpda.report.elements import Element, elements
from landpda.report.numbers import number, units
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 37
GROUP = "parameters_over_time"
MOST_POINTS = 400
FAR = 2.0
"""[sd] from where it stood in the middle of the record: a parameter that ends farther off has drifted."""
WIDE = 10.0
"""[1] factor between the ends from which a logarithmic axis shows more."""
BAND_IN_SD = 3.29
"""[sd] width of 90 % of a normal distribution."""


@dataclass(frozen=True)
class Course:
    """One parameter over time.

    Args:
        element: which.
        mean: [its units] (T,) of the members.
        low, high: [its units] (T,) 5 % and 95 % of the members.
    """

    element: Element
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def drift(self) -> float:
        """[sd] from the middle of the record to its end, in widths of the band at the middle."""
        half = len(self.mean) // 2
        mean, low, high = (np.log(x) if self.element.logarithmic else x for x in (self.mean, self.low, self.high))
        width = (high[half] - low[half]) / BAND_IN_SD
        return float(abs(mean[-1] - mean[half]) / width) if width > 0 else float("nan")


def section(record: Record) -> Section | None:
    """Mean and 90 % band of every parameter, those that drift farthest first."""
    if not record.has(GROUP):
        return None
    days = record.variable(GROUP, "mean")["time"].values.astype("datetime64[s]").astype(np.int64) / 86400.0
    courses = _courses(record)
    if len(days) < 2 or not courses:
        return None
    courses = sorted(courses, key=lambda course: -np.nan_to_num(course.drift))
    far = [course for course in courses if course.drift > FAR]
    noun = "parameter" if len(courses) == 1 else "parameters"
    lead = f"{len(courses)} {noun} as they stood after each of {len(days)} times of observation. "
    lead += (
        f"{len(far)} moved by more than {FAR:g} of their own standard deviations in the second half of the record."
        if far
        else f"None moved by more than {FAR:g} of its own standard deviations in the second half of the record."
    )
    truth = {name: float(np.ravel(record.variable("truth", name).values)[0]) for name in record.names("truth")}
    figures = [_figure(days, course, truth.get(course.element.name)) for course in courses]
    return Section("over_time", "Parameters over time", lead, {"figures": figures, "twin": bool(truth)})


def _courses(record: Record) -> list[Course]:
    names = record.labels(GROUP, "parameter")
    mean, low, high = (record.array(GROUP, key, "time", "parameter") for key in ("mean", "low", "high"))
    found = {element.name: element for element in elements(record)}
    spread = [i for i, name in enumerate(names) if name in found and np.max(high[:, i] - low[:, i]) > 0]
    return [Course(found[names[i]], mean[:, i], low[:, i], high[:, i]) for i in spread]


def _figure(days: np.ndarray, course: Course, truth: float | None) -> Figure:
    one = course.element
    places = np.unique(np.linspace(0, len(days) - 1, min(len(days), MOST_POINTS)).round().astype(int))
    layers: list[Layer] = [
        Band(course.low[places], course.high[places], "band total"),
        Line(course.mean[places], "trace series-0"),
    ]
    ends = [float(course.low.min()), float(course.high.max())]
    if truth is not None:
        layers.append(Line(np.full(len(places), truth), "mark truth"))
        ends = [min(ends[0], truth), max(ends[1], truth)]
    wide = one.logarithmic and ends[1] > WIDE * ends[0] > 0
    drawing = line_band(
        days[places],
        layers,
        label=f"{one.name} over time",
        x_ticks=date_ticks(days[0], days[-1], 5),
        y_title=units(one.units),
        y_scale=Scale(ends[0] / 1.05, ends[1] * 1.05, 0, 1, True) if wide else None,
    )
    first, last = number(course.mean[0]), number(course.mean[-1])
    caption = f"{one.meaning or one.name}. From {first} to {last}; moved by {number(course.drift)} sd since the middle."
    return Figure(drawing, caption, title=one.name)
