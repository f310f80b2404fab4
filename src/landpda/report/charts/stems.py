"""Stems from zero: autocorrelation by lag."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, bottom_axis, left_axis
from landpda.report.charts.svg import element, picture

WIDTH, HEIGHT, LEFT, TOP, RIGHT, FLOOR = 340, 220, 46, 26, 10, 180


def stems(groups: list[tuple[np.ndarray, str]], *, noise: float, step: str, label: str, title: str) -> Markup:
    """Correlation at lags 1, 2, … of each group.

    Args:
        groups: (L,) correlations and their class.
        noise: within ± this, a correlation cannot be told from none.
        step: what a lag is counted in.
        label: what the chart shows, for those who cannot see it.
        title: what the vertical axis shows.
    """
    most = len(groups[0][0])
    lowest = min(float(np.nanmin(values, initial=0.0)) for values, _ in groups)
    across = Scale(0.0, most + 1.0, LEFT, WIDTH - RIGHT)
    up = Scale(min(-0.2, lowest - 0.05), 1.0, FLOOR, TOP)
    zero = float(up(0.0))
    parts = [
        element(
            "rect", x=LEFT, y=float(up(noise)), width=across.stop - LEFT, height=float(up(-noise) - up(noise)), class_="noise"
        ),
        bottom_axis(across, across.ticks(6), FLOOR, f"Lag ({step})"),
        left_axis(up, up.ticks(5), LEFT, title, right=across.stop),
        element("path", d=f"M{LEFT} {zero:.1f}H{across.stop}", class_="axis"),
    ]
    for index, (values, class_) in enumerate(groups):
        x = across(np.arange(1, most + 1) + 0.22 * (index - (len(groups) - 1) / 2) * 2)
        known = np.isfinite(values)
        pairs = zip(x[known].tolist(), up(values)[known].tolist(), strict=True)
        strokes = "".join(f"M{place:.1f} {zero:.1f}V{top:.1f}" for place, top in pairs)
        parts.append(element("path", d=strokes, class_=f"stem {class_}"))
    return picture(WIDTH, HEIGHT, label, *parts)
