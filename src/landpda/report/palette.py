"""Colours by what they stand for; readable on paper and screen, and apart for readers who are colour-blind.

Source: the hues of [okabe2008], some darkened until they stand out 3:1 from white.
"""

from __future__ import annotations

import math

GRAPHICS: dict[str, str] = {
    "observed": "#2b2f36",
    "posterior": "#0072b2",
    "prior": "#767b83",
    "held-out": "#c2510a",
    "truth": "#0d1014",
}
"""Lines, dots and bands; whatever is drawn in one of these is drawn on `paper`."""

TEXT: dict[str, str] = {"ink": "#1c2026", "quiet": "#565c66", "link": "#005a8f"}
"""Words on `paper`."""

SURFACES: dict[str, str] = {
    "paper": "#ffffff",
    "wash": "#f5f6f8",
    "rule": "#d9dce1",
    "grid": "#e7e9ed",
    "held-out-wash": "#fdf1e7",
}
"""What lies below words and lines."""

SEVERITIES: dict[str, tuple[str, str]] = {
    "serious": ("#a11414", "#fdeceb"),
    "warning": ("#7c4f00", "#fff3d9"),
    "note": ("#1d5484", "#eaf3fb"),
    "good": ("#12674a", "#e6f5ef"),
}
"""Word colour and ground of each severity. None is told by colour alone: each has its word and its own sign."""

SERIES: tuple[str, ...] = ("#0072b2", "#c2510a", "#00795a", "#a53c78", "#4a4f57", "#8a6d00")
"""Colours of methods or chains, in order; each also has its own dash or mark."""


def css_variables() -> str:
    """Every colour as a CSS variable.

    >>> "--posterior: #0072b2;" in css_variables()
    True
    """
    colours = {**GRAPHICS, **TEXT, **SURFACES}
    for name, (word, ground) in SEVERITIES.items():
        colours |= {name: word, f"{name}-ground": ground}
    colours |= {f"series-{index}": colour for index, colour in enumerate(SERIES)}
    return "".join(f"--{name}: {colour};" for name, colour in colours.items())


def diverging(value: float) -> str:
    """A colour from `held-out`'s orange (−1) over white (0) to `posterior`'s blue (+1).

    Args:
        value: [1] between −1 and 1; beyond, the end's colour; NaN gives the grid's grey.

    >>> diverging(0.0), diverging(1.0), diverging(float("nan"))
    ('#ffffff', '#0072b2', '#e7e9ed')
    """
    if math.isnan(value):
        return SURFACES["grid"]
    end = GRAPHICS["posterior"] if value > 0 else GRAPHICS["held-out"]
    return mix(SURFACES["paper"], end, min(abs(value), 1.0))


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(channels(first), channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
