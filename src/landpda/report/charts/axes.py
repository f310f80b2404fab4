"""Scales from values to places, their ticks, and the frame that charts share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from landpda.report.charts.svg import element, group, join
from landpda.report.numbers import SUPERSCRIPT, THIN

Ticks = list[tuple[float, str]]


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` onto places from `start` to `stop`.

    Args:
        low, high: ends of the values, low < high.
        start, stop: their places in the drawing.
        logarithmic: whether equal factors are equal distances; then low > 0.
    """

    low: float
    high: float
    start: float
    stop: float
    logarithmic: bool = False

    def __call__(self, values: np.ndarray | float) -> np.ndarray:
        """Places of values; a value that is not finite, or has no logarithm, has the place NaN."""
        values = np.asarray(values, dtype=float)
        low, high = self.low, self.high
        if self.logarithmic:
            values = np.log(np.where(values > 0, values, np.nan))
            low, high = np.log(low), np.log(high)
        places = self.start + (values - low) / (high - low) * (self.stop - self.start)
        return np.where(np.isfinite(places), places, np.nan)

    def grid(self, size: int) -> np.ndarray:
        """(size,) values whose places are even."""
        return np.geomspace(self.low, self.high, size) if self.logarithmic else np.linspace(self.low, self.high, size)

    def ticks(self, about: int = 5) -> Ticks:
        """Round values between the ends with their labels."""
        return log_ticks(self.low, self.high, about) if self.logarithmic else linear_ticks(self.low, self.high, about)


def spanning(
    *arrays: np.ndarray, start: float, stop: float, margin: float = 0.05, zero: bool = False, logarithmic: bool = False
) -> Scale:
    """A scale that holds every finite value of the arrays, with a margin.

    Args:
        arrays: the values.
        start: place of the lower end.
        stop: place of the upper end.
        margin: [1] share of the span that is added at each end.
        zero: whether zero is an end or inside.
        logarithmic: whether equal factors are equal distances; values that are not positive are then left out.
    """
    values = np.concatenate([np.ravel(array) for array in arrays]) if arrays else np.array([])
    values = values[np.isfinite(values)]
    if logarithmic:
        inner = spanning(np.log(values[values > 0]), start=start, stop=stop, margin=margin)
        return Scale(float(np.exp(inner.low)), float(np.exp(inner.high)), start, stop, True)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        pad = 0.5 * abs(low) or 1.0
        low, high = low - pad, high + pad
    room = margin * (high - low)
    return Scale(low if zero and low == 0 else low - room, high if zero and high == 0 else high + room, start, stop)


def linear_ticks(low: float, high: float, about: int = 5) -> Ticks:
    """Round values between two ends: steps of 1, 2 or 5 times a power of ten.

    >>> linear_ticks(-0.12, 1.03, 5)
    [(0.0, '0'), (0.2, '0.2'), (0.4, '0.4'), (0.6, '0.6'), (0.8, '0.8'), (1.0, '1.0')]
    """
    rough = (high - low) / max(about, 1)
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10, 20) if (high - low) / (factor * power) <= about + 1.5)
    indices = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return [(float(round(index * step, 12)) + 0.0, _tick(float(index * step), float(step))) for index in indices]


def log_ticks(low: float, high: float, about: int = 5) -> Ticks:
    """Powers of ten between two ends, with 3, or 2 and 5, times them where there is room.

    >>> [label for _, label in log_ticks(0.8, 120.0)]
    ['1', '3', '10', '30', '100']
    """
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    values: list[float] = []
    for factors in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        finer = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
        finer = [value for value in finer if low * 0.999 <= value <= high * 1.001]
        if not values or len(values) < 2 or len(finer) <= about:
            values = finer
    every = max(1, int(np.ceil(len(values) / max(about, 1))))
    return [(value, _log_tick(value)) for value in values[::every]]


def date_ticks(first: float, last: float, about: int = 8) -> Ticks:
    """Starts of years between two days since 1970, or of months where there are few years."""
    start, stop = (np.datetime64("1970-01-01") + np.timedelta64(int(np.floor(day)), "D") for day in (first, last))
    years = np.arange(start.astype("datetime64[Y]"), stop.astype("datetime64[Y]") + np.timedelta64(2, "Y"))
    if len(years) > 3:
        stride = int(np.ceil(len(years) / about))
        marks = [(year, str(year)) for year in years if int(str(year)) % stride == 0]
    else:
        months = np.arange(start.astype("datetime64[M]"), stop.astype("datetime64[M]") + np.timedelta64(2, "M"))
        stride = max(1, int(np.ceil(len(months) / about)))
        marks = [(month, str(month)) for month in months[::stride]]
    placed = [(float(mark.astype("datetime64[D]").astype(int)), label) for mark, label in marks]
    return [(day, label) for day, label in placed if first <= day <= last]


def _tick(value: float, step: float) -> str:
    if abs(value) < step * 1e-6:
        return "0"
    if abs(value) >= 1e6 or step < 1e-4:
        return _log_tick(value)
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    return f"{value:,.{decimals}f}".replace(",", THIN if abs(value) >= 1e4 else "").replace("-", "−")


def _log_tick(value: float) -> str:
    exponent = int(np.floor(np.log10(abs(value)) + 1e-9))
    if -3 <= exponent <= 5:
        return f"{value:,.{max(0, -exponent)}f}".replace(",", THIN if abs(value) >= 1e4 else "").replace("-", "−")
    leading = value / 10.0**exponent
    power = f"10{str(exponent).translate(SUPERSCRIPT)}"
    return power if abs(leading - 1) < 1e-6 else f"{leading:.2g}×{power}".replace("-", "−")


def bottom_axis(scale: Scale, ticks: Ticks, place: float, title: str = "", *, top: float | None = None) -> Markup:
    """The axis below a chart; grid lines up to `top` where it is given."""
    parts = []
    for value, label in ticks:
        x = float(scale(value))
        if top is not None:
            parts.append(element("path", d=f"M{x:.1f} {top:.1f}V{place:.1f}", class_="grid"))
        parts.append(element("text", label, x=x, y=place + 15, class_="tick", text_anchor="middle"))
    parts.append(element("path", d=f"M{scale.start:.1f} {place:.1f}H{scale.stop:.1f}", class_="axis"))
    if title:
        middle = (scale.start + scale.stop) / 2
        parts.append(element("text", title, x=middle, y=place + 33, class_="label", text_anchor="middle"))
    return group(*parts)


def left_axis(scale: Scale, ticks: Ticks, place: float, title: str = "", *, right: float | None = None) -> Markup:
    """The axis left of a chart, its title lying above it; grid lines as far as `right` where it is given."""
    parts = []
    for value, label in ticks:
        y = float(scale(value))
        if right is not None:
            parts.append(element("path", d=f"M{place:.1f} {y:.1f}H{right:.1f}", class_="grid"))
        parts.append(element("text", label, x=place - 6, y=y + 4, class_="tick", text_anchor="end"))
    if title:
        parts.append(element("text", title, x=2, y=min(scale.start, scale.stop) - 10, class_="label"))
    return join(parts)
