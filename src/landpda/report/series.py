"""A stream's time series as the page's script takes it, and where its lines break."""

from __future__ import annotations

from typing import Any

import numpy as np

from landpda.report.charts.svg import runs
from landpda.report.numbers import units
from landpda.report.streams import PART_KEYS, PARTS, MeasuredStream

SPARSE = 40
"""Up to so many data are drawn as dots with strokes: a band between them would make up what was not seen."""

DIGITS = 4
"""Meaningful digits of a number that is drawn on some hundred pixels."""


def payload(stream: MeasuredStream) -> dict[str, Any] | None:
    """What the script draws; None for a stream too sparse to zoom.

    Numbers are rounded to `DIGITS`, a missing one is None; layers are listed from the back to the front.
    """
    if len(stream.observed) < SPARSE:
        return None
    layers = []
    if stream.prior_interval is not None:
        layers.append(_band("prior 90 %", "prior", 0.16, stream.prior_interval, shown=False))
    for part, opacity in zip(reversed(PARTS), (0.16, 0.24, 0.6), strict=True):
        if part in stream.intervals:
            layers.append(_band(PART_KEYS[part], "posterior", opacity, stream.intervals[part]))
    if np.isfinite(stream.prior).any():
        layers.append(
            {
                "kind": "line",
                "label": "prior median",
                "colour": "prior",
                "dash": True,
                "y": _numbers(stream.prior),
                "shown": False,
            }
        )
    layers.append({"kind": "dots", "label": "data", "colour": "observed", "y": _numbers(stream.observed), "shown": True})
    if np.isfinite(stream.best).any():
        layers.append(
            {
                "kind": "line",
                "label": "best run",
                "colour": "posterior",
                "dash": False,
                "y": _numbers(stream.best),
                "shown": True,
            }
        )
    return {
        "name": stream.name,
        "units": units(stream.units),
        "days": [int(day) if float(day).is_integer() else round(float(day), 4) for day in stream.days],
        "fitted": "".join(
            "1" if fitted else "0" if judged else "2" for fitted, judged in zip(stream.fitted, stream.judged, strict=True)
        ),
        "shades": shades(stream),
        "gap": longest_step(stream),
        "layers": layers,
    }


def shades(stream: MeasuredStream) -> list[tuple[float, float]]:
    """[d] stretches of held-out data; none where they lie scattered among the fitted."""
    held = runs(stream.judged)
    if len(held) > 12:
        return []
    return [(float(stream.days[run][0]) - 0.5, float(stream.days[run][-1]) + 0.5) for run in held]


def longest_step(stream: MeasuredStream) -> float:
    """[d] a time between data that is longer than this breaks the line: four steps, and ten days at least."""
    return max(10.0, 4.0 * stream.step) if len(stream.days) > 1 else 10.0


def broken(stream: MeasuredStream) -> tuple[np.ndarray, np.ndarray]:
    """Days with one more in each long gap, and where the stream's own days are among them."""
    gaps = np.flatnonzero(np.diff(stream.days) > longest_step(stream))
    days = np.insert(stream.days, gaps + 1, (stream.days[gaps] + stream.days[gaps + 1]) / 2)
    return days, np.arange(len(stream.days)) + np.searchsorted(gaps + 1, np.arange(len(stream.days)), side="right")


def _band(label: str, colour: str, opacity: float, values: np.ndarray, *, shown: bool = True) -> dict[str, Any]:
    low, high = _numbers(values[0]), _numbers(values[2])
    return {"kind": "band", "label": label, "colour": colour, "opacity": opacity, "low": low, "high": high, "shown": shown}


def _numbers(values: np.ndarray) -> list[float | None]:
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values.tolist()]
