"""Bars that lie: costs before and after, coverage by part."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, bottom_axis, spanning
from landpda.report.charts.svg import element, picture

WIDTH, LEFT, RIGHT, TOP = 360, 6, 70, 14
BAR, NAME, GAP = 13, 17, 7


@dataclass(frozen=True)
class Bar:
    """A bar.

    Args:
        value: its length.
        class_: its colour.
        words: what stands at its end.
    """

    value: float
    class_: str
    words: str


def bars(
    rows: list[tuple[str, list[Bar]]],
    *,
    label: str,
    title: str,
    scale: Scale | None = None,
    target: tuple[float, str] | None = None,
) -> Markup:
    """Groups of bars from zero.

    Args:
        rows: a name and the bars under it.
        label: what the chart shows, for those who cannot see it.
        title: what the axis shows.
        scale: the axis's ends, if given; its places are set here.
        target: a value at which a line stands, and its name.
    """
    floor = TOP + sum(NAME + len(group) * BAR + GAP for _, group in rows)
    values = np.array([bar.value for _, group in rows for bar in group])
    across = spanning(values, start=LEFT, stop=WIDTH - RIGHT, zero=True)
    if scale is not None:
        across = Scale(scale.low, scale.high, LEFT, WIDTH - RIGHT)
    parts, y = [bottom_axis(across, across.ticks(5), floor, title, top=TOP)], float(TOP)
    parts.append(element("path", d=f"M{float(across(0.0)):.1f} {TOP}V{floor}", class_="axis"))
    if target is not None:
        x = float(across(target[0]))
        parts.append(element("path", d=f"M{x:.1f} {TOP}V{floor}", class_="target"))
        parts.append(element("text", target[1], x=x, y=TOP - 3, class_="tick", text_anchor="middle"))
    for name, group in rows:
        parts.append(element("text", name, x=max(float(across(0.0)), LEFT) + 3, y=y + NAME - 4, class_="label"))
        y += NAME
        for bar in group:
            parts.extend(_bar(across, bar, y))
            y += BAR
        y += GAP
    return picture(WIDTH, floor + 44, label, *parts)


def _bar(across: Scale, bar: Bar, y: float) -> list[Markup]:
    if not math.isfinite(bar.value):
        return [element("text", bar.words, x=float(across(0.0)) + 5, y=y + BAR - 3, class_="tick")]
    zero, end = float(across(0.0)), float(across(bar.value))
    rect = element("rect", x=min(zero, end), y=y + 1, width=abs(end - zero), height=BAR - 2, class_=f"bar {bar.class_}")
    return [rect, element("text", bar.words, x=max(end, zero) + 5, y=y + BAR - 3, class_="tick")]
