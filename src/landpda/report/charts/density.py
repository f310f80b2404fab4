"""What was believed before and after of one control element, as two hills over the same ground."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from landpda.report.charts.axes import Scale, bottom_axis
from landpda.report.charts.svg import element, picture

WIDTH, HEIGHT, FLOOR, TOP, SIDE = 300, 132, 100, 12, 14


def density_chart(
    scale: Scale,
    prior: np.ndarray | None,
    posterior: np.ndarray | None,
    *,
    label: str,
    title: str,
    chains: list[np.ndarray] | None = None,
    marks: dict[str, float] | None = None,
    leaning: int = 0,
) -> Markup:
    """Prior and posterior density.

    Args:
        scale: the element's axis; its places are set here.
        prior: (G,) density on `scale.grid(G)`, or None.
        posterior: (G,) the same.
        label: what the chart shows, for those who cannot see it.
        title: name of the axis: the units.
        chains: densities of single chains, where they disagree.
        marks: class of a mark → value where a vertical line stands, e.g. the truth.
        leaning: −1, 0 or 1: the end of the range that the posterior leans on.
    """
    across = Scale(scale.low, scale.high, SIDE, WIDTH - SIDE, scale.logarithmic)
    tallest = max((float(np.max(curve)) for curve in (prior, posterior, *(chains or [])) if curve is not None), default=1.0)
    parts = [bottom_axis(across, across.ticks(4), FLOOR, title)]
    if leaning:
        parts.append(_leaning(leaning))
    for curve, class_ in (
        (prior, "hill prior"),
        (posterior, "hill posterior"),
        *((chain, "chain-hill") for chain in chains or []),
    ):
        if curve is not None:
            parts.append(_hill(across, curve / tallest, class_))
    for class_, value in (marks or {}).items():
        x = float(across(value))
        if np.isfinite(x):
            parts.append(
                element("path", d=f"M{min(max(x, SIDE), WIDTH - SIDE):.1f} {TOP - 6}V{FLOOR}", class_=f"mark {class_}")
            )
    return picture(WIDTH, HEIGHT + (6 if title else -12), label, *parts)


def _hill(across: Scale, curve: np.ndarray, class_: str) -> Markup:
    x = np.linspace(across.start, across.stop, len(curve))
    y = FLOOR - curve * (FLOOR - TOP)
    points = "L".join(f"{right:.1f} {down:.1f}" for right, down in zip(x.tolist(), y.tolist(), strict=True))
    closed = class_.startswith("hill")
    path = f"M{across.start:.1f} {FLOOR}L{points}L{across.stop:.1f} {FLOOR}Z" if closed else f"M{points}"
    return element("path", d=path, class_=class_)


def _leaning(side: int) -> Markup:
    """A hatched wall at the end that the posterior leans on."""
    x = SIDE - 8 if side < 0 else WIDTH - SIDE
    hatch = "".join(f"M{x} {y + 8}L{x + 8} {y}" for y in range(TOP, FLOOR - 7, 5))
    return element("path", d=f"{hatch}M{SIDE if side < 0 else x} {TOP}V{FLOOR}", class_="wall")
