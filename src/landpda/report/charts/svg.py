"""SVG as text: elements with escaped words, and paths with short numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from markupsafe import Markup, escape

Attribute = str | float | int | None


def element(name: str, *children: Markup | str, **attributes: Attribute) -> Markup:
    """One element; words among the children are escaped, `_` in an attribute's name stands for `-`, None leaves it out.

    >>> element("text", "a < b", x=1.25, class_="tick")
    Markup('<text x="1.2" class="tick">a &lt; b</text>')
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup(f"<{name}{words}>{inner}</{name}>" if inner else f"<{name}{words}/>")  # noqa: S704


def _short(value: Attribute) -> str:
    if isinstance(value, str):
        return value
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def picture(width: float, height: float, label: str, *children: Markup, class_: str = "chart") -> Markup:
    """A whole drawing; `label` says to those who cannot see it what it shows."""
    box = f"0 0 {width:g} {height:g}"
    return element("svg", element("title", label), *children, viewBox=box, class_=class_, role="img", aria_label=label)


def group(*children: Markup, **attributes: Attribute) -> Markup:
    """Several elements with the same attributes."""
    return element("g", *children, **attributes)


def line(x: np.ndarray, y: np.ndarray) -> str:
    """Path data of a line through points; it is broken where a number is missing.

    >>> line(np.array([0.0, 1, 2, 3, 4]), np.array([0.0, 1, np.nan, 3, 4]))
    'M0 0L1 1M3 3L4 4'
    """
    known = np.isfinite(x) & np.isfinite(y)
    commands, pen_down = [], False
    for here, right, down in zip(known.tolist(), x.tolist(), y.tolist(), strict=True):
        if here:
            commands.append(f"{'L' if pen_down else 'M'}{_short(right)} {_short(down)}")
        pen_down = here
    return "".join(commands)


def dots(x: np.ndarray, y: np.ndarray) -> str:
    """Path data of dots: strokes of no length, which round line ends make visible.

    >>> dots(np.array([1.0, np.nan]), np.array([2.0, 3.0]))
    'M1 2h0'
    """
    known = np.isfinite(x) & np.isfinite(y)
    return "".join(
        f"M{_short(right)} {_short(down)}h0" for right, down in zip(x[known].tolist(), y[known].tolist(), strict=True)
    )


def area(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    """Path data of the ground between two lines; broken where a number is missing.

    >>> area(np.array([0.0, 1]), np.array([0.0, 0]), np.array([1.0, 2]))
    'M0 1L1 2L1 0L0 0Z'
    """
    known = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    outlines = []
    for run in runs(known):
        there, back = line(x[run], high[run]), line(x[run][::-1], low[run][::-1])
        outlines.append(f"{there}L{back[1:]}Z")
    return "".join(outlines)


def runs(mask: np.ndarray) -> list[slice]:
    """The unbroken stretches where a mask is true.

    >>> runs(np.array([True, True, False, True]))
    [slice(0, 2, None), slice(3, 4, None)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def join(parts: Iterable[Markup]) -> Markup:
    """Elements one after another."""
    return Markup("").join(parts)
