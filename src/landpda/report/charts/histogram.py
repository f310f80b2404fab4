"""How often residuals of each size occur, against the bell they are assumed to follow."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, bottom_axis
from landpda.report.charts.svg import element, line, picture

WIDTH, HEIGHT, SIDE, TOP, FLOOR = 340, 220, 14, 14, 180


def histogram(groups: list[tuple[np.ndarray, str]], *, label: str, title: str) -> Markup:
    """Outlines of histograms, each of area 1, with the normal density of the first group's mean and sd.

    Args:
        groups: values and the class of each group.
        label: what the chart shows, for those who cannot see it.
        title: what the axis shows.
    """
    everything = np.concatenate([values for values, _ in groups])
    low, high = np.quantile(everything, [0.002, 0.998])
    reach = max(abs(low), abs(high)) or 1.0
    across = Scale(-1.05 * reach, 1.05 * reach, SIDE, WIDTH - SIDE)
    number = int(np.clip(2 * len(groups[0][0]) ** (1 / 3), 9, 61)) | 1
    edges = np.linspace(across.low, across.high, number + 1)
    shares = [np.histogram(values, edges)[0] / (len(values) * (edges[1] - edges[0])) for values, _ in groups]
    grid, bell = _bell(groups[0][0], across)
    tallest = max(*(float(np.max(share)) for share in shares), float(np.max(bell)))
    up = Scale(0.0, 1.05 * tallest, FLOOR, TOP)
    parts = [bottom_axis(across, across.ticks(6), FLOOR, title, top=TOP)]
    for share, (_, class_) in zip(shares, groups, strict=True):
        parts.append(element("path", d=_outline(across(edges), up(share)), class_=f"steps {class_}"))
    parts.append(element("path", d=line(across(grid), up(bell)), class_="bell"))
    parts.append(element("path", d=f"M{float(across(0.0)):.1f} {TOP}V{FLOOR}", class_="axis"))
    return picture(WIDTH, HEIGHT, label, *parts)


def _bell(values: np.ndarray, across: Scale) -> tuple[np.ndarray, np.ndarray]:
    grid = across.grid(91)
    sd = float(np.std(values)) or 1.0
    return grid, np.exp(-0.5 * ((grid - np.mean(values)) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))


def _outline(edges: np.ndarray, tops: np.ndarray) -> str:
    steps = "".join(f"V{top:.1f}H{edge:.1f}" for top, edge in zip(tops.tolist(), edges[1:].tolist(), strict=True))
    return f"M{edges[0]:.1f} {FLOOR}{steps}V{FLOOR}Z"
