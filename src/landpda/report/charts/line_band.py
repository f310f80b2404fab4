"""Lines, bands and dots over a shared horizontal axis: time series, seasonal cycles, traces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, Ticks, bottom_axis, left_axis, spanning
from landpda.report.charts.svg import area, dots, element, line, picture

LEFT, TOP, BOTTOM, RIGHT = 46, 26, 40, 10
"""Room around the plot for tick labels and titles."""


@dataclass(frozen=True)
class Line:
    """A line; `class_` gives its colour and dash. T points."""

    y: np.ndarray
    class_: str


@dataclass(frozen=True)
class Band:
    """The ground between two lines."""

    low: np.ndarray
    high: np.ndarray
    class_: str


@dataclass(frozen=True)
class Dots:
    """A dot for each number that is there."""

    y: np.ndarray
    class_: str


@dataclass(frozen=True)
class Whiskers:
    """A vertical stroke for each pair of numbers."""

    low: np.ndarray
    high: np.ndarray
    class_: str


@dataclass(frozen=True)
class Shades:
    """Stretches of the horizontal axis that are tinted from top to bottom."""

    stretches: list[tuple[float, float]]


Layer = Line | Band | Dots | Whiskers | Shades


def line_band(
    x: np.ndarray,
    layers: list[Layer],
    *,
    label: str,
    x_ticks: Ticks,
    y_title: str,
    x_title: str = "",
    size: tuple[float, float] = (320, 215),
    y_scale: Scale | None = None,
) -> Markup:
    """A chart of layers, the first at the back.

    Args:
        x: (T,) places along the horizontal axis, ascending.
        layers: what to draw at them.
        label: what the chart shows, for those who cannot see it.
        x_ticks: values of x and their labels.
        y_title: what the vertical axis shows, with units.
        x_title: what the horizontal axis shows.
        size: width and height.
        y_scale: the vertical scale, if its ends are given; its places are set here.
    """
    width, height = size
    floor = height - BOTTOM + (14 if not x_title else 0)
    pad = 0.02 * float(x[-1] - x[0]) if len(x) > 1 and x[-1] > x[0] else 0.5
    across = Scale(float(x[0]) - pad, float(x[-1]) + pad, LEFT, width - RIGHT)
    up = spanning(*(edge for layer in layers for edge in _edges(layer)), start=floor, stop=TOP)
    if y_scale is not None:
        up = Scale(y_scale.low, y_scale.high, floor, TOP, y_scale.logarithmic)
    places = across(x)
    marks = [_shade(across, *ends, floor) for layer in layers if isinstance(layer, Shades) for ends in layer.stretches]
    axes = [bottom_axis(across, x_ticks, floor, x_title), left_axis(up, up.ticks(4), LEFT, y_title, right=width - RIGHT)]
    return picture(
        width, height, label, *marks, *axes, *(_draw(layer, places, up) for layer in layers if not isinstance(layer, Shades))
    )


def _edges(layer: Layer) -> tuple[np.ndarray, ...]:
    if isinstance(layer, Shades):
        return ()
    return (layer.low, layer.high) if isinstance(layer, Band | Whiskers) else (layer.y,)


def _draw(layer: Line | Band | Dots | Whiskers, places: np.ndarray, up: Scale) -> Markup:
    if isinstance(layer, Band):
        return element("path", d=area(places, up(layer.low), up(layer.high)), class_=layer.class_)
    if isinstance(layer, Line):
        return element("path", d=line(places, up(layer.y)), class_=layer.class_)
    if isinstance(layer, Dots):
        return element("path", d=dots(places, up(layer.y)), class_=layer.class_)
    low, high = up(layer.low), up(layer.high)
    known = np.isfinite(low) & np.isfinite(high)
    strokes = zip(places[known].tolist(), low[known].tolist(), high[known].tolist(), strict=True)
    return element("path", d="".join(f"M{x:.1f} {start:.1f}V{end:.1f}" for x, start, end in strokes), class_=layer.class_)


def _shade(across: Scale, start: float, stop: float, floor: float) -> Markup:
    left, right = float(across(max(start, across.low))), float(across(min(stop, across.high)))
    return element("rect", x=left, y=TOP, width=max(right - left, 1.0), height=floor - TOP, class_="shade")
