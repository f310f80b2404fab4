"""Pairs of numbers as dots: the model against the data, one parameter against another."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, bottom_axis, left_axis, spanning
from landpda.report.charts.svg import dots, element, picture

SIZE, LEFT, TOP, RIGHT, BOTTOM = 320, 48, 26, 12, 42
MOST_DOTS = 4000


def scatter(
    x: np.ndarray,
    y: np.ndarray,
    *,
    label: str,
    x_title: str,
    y_title: str,
    class_: str,
    alike: Scale | None = None,
    logarithmic: tuple[bool, bool] = (False, False),
) -> Markup:
    """Dots at (x, y).

    Args:
        x: (N,) places from left to right; a pair with a missing number is left out.
        y: (N,) places from below.
        label: what the chart shows, for those who cannot see it.
        x_title: what the horizontal axis shows.
        y_title: what the vertical axis shows.
        class_: colour of the dots.
        logarithmic: whether x and y have logarithmic axes.
        alike: where both axes measure the same thing, their common ends; then the line of equality is drawn.
    """
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(keep) > MOST_DOTS:
        keep = keep[np.linspace(0, len(keep) - 1, MOST_DOTS).round().astype(int)]
    floor, right = SIZE - BOTTOM, SIZE - RIGHT
    across, up = (
        spanning(values[keep], start=start, stop=stop, logarithmic=log)
        if alike is None
        else Scale(alike.low, alike.high, start, stop)
        for values, start, stop, log in ((x, LEFT, right, logarithmic[0]), (y, floor, TOP, logarithmic[1]))
    )
    parts = [
        bottom_axis(across, across.ticks(4), floor, x_title, top=TOP),
        left_axis(up, up.ticks(5), LEFT, y_title, right=right),
    ]
    if alike is not None:
        parts.append(element("path", d=f"M{LEFT} {floor}L{right} {TOP}", class_="equality"))
    size = "few" if len(keep) < 150 else "many"
    parts.append(element("path", d=dots(across(x[keep]), up(y[keep])), class_=f"dots {size} {class_}"))
    return picture(SIZE, SIZE, label, *parts)
