"""Rows of intervals and marks, one row a control element: recovery, agreement, where searches ended."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, Ticks, bottom_axis
from landpda.report.charts.svg import dots, element, picture

WIDTH, RIGHT, TOP = 600, 16, 8


@dataclass(frozen=True)
class Row:
    """One row.

    Args:
        name: at its left.
        intervals: low, high, middle (NaN draws none) and class of each interval; they lie below one another.
        marks: (values, class): dots on the row.
        words: shown when a pointer rests on the name.
    """

    name: str
    intervals: list[tuple[float, float, float, str]] = field(default_factory=list)
    marks: list[tuple[np.ndarray, str]] = field(default_factory=list)
    words: str = ""


def rows(
    content: list[Row], scale: Scale, ticks: Ticks, *, label: str, title: str, target: float | None = None, height: float = 20
) -> Markup:
    """Rows over one axis.

    Args:
        content: the rows, from the top.
        scale: the axis's ends; its places are set here.
        ticks: its ticks.
        label: what the chart shows, for those who cannot see it.
        title: what the axis shows.
        target: a value at which a line stands.
        height: of a row.
    """
    left = min(max((6.2 * len(row.name) for row in content), default=0.0) + 18, 260.0)
    across = Scale(scale.low, scale.high, left, WIDTH - RIGHT)
    floor = TOP + len(content) * height
    parts = [bottom_axis(across, ticks, floor, title, top=TOP)]
    if target is not None:
        parts.append(element("path", d=f"M{float(across(target)):.1f} {TOP}V{floor}", class_="target"))
    for index, row in enumerate(content):
        parts.extend(_row(row, across, TOP + (index + 0.5) * height, height))
    return picture(WIDTH, floor + (42 if title else 24), label, *parts)


def _row(row: Row, across: Scale, y: float, height: float) -> list[Markup]:
    words = [element("title", row.words)] if row.words else []
    parts = [element("text", *words, row.name, x=across.start - 10, y=y + 4, class_="tick", text_anchor="end")]
    spacing = (height - 6) / max(len(row.intervals), 1)
    for place, (low, high, middle, class_) in enumerate(row.intervals):
        level = y + (place - (len(row.intervals) - 1) / 2) * spacing
        left, right = (float(across(np.clip(end, across.low, across.high))) for end in (low, high))
        if np.isfinite([left, right]).all():
            parts.append(element("path", d=f"M{left:.1f} {level:.1f}H{right:.1f}", class_=f"interval {class_}"))
        if np.isfinite(middle) and across.low <= middle <= across.high:
            parts.append(element("circle", cx=float(across(middle)), cy=level, r=3, class_=f"middle {class_}"))
    for values, class_ in row.marks:
        inside = values[(values >= across.low) & (values <= across.high)]
        parts.append(element("path", d=dots(across(inside), np.full(len(inside), y)), class_=f"dots {class_}"))
    return parts
