"""Whether predicted intervals hold as many data as they should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from landpda.core.types import Finding
from landpda.diagnostics.wording import percent

NEAR = 0.05
"""[1] share by which coverage may differ from its level and be called right."""
FAR = 0.20
"""[1] share from which the intervals mislead."""


class PartCoverage(NamedTuple):
    """Coverage of one part of the data, e.g. the held-out years.

    Args:
        share: [1] of the data inside the interval.
        num: data counted.
        width: mean width of the interval, in the data's units.
        below: [1] share below the interval.
        above: [1] share above it.
    """

    share: float
    num: int
    width: float
    below: float
    above: float


class Coverage(NamedTuple):
    """Coverage by part.

    Args:
        level: [1] share that should be inside.
        parts: part → its coverage; parts without data are left out.
        findings: sentences.
    """

    level: float
    parts: dict[str, PartCoverage]
    findings: tuple[Finding, ...]


def interval(predictive: Float[np.ndarray, "N m"], level: float) -> tuple[np.ndarray, np.ndarray]:
    """(m,) and (m,): ends of the central interval of each datum over N draws."""
    tail = 0.5 * (1.0 - level)
    lower, upper = np.quantile(predictive, [tail, 1.0 - tail], axis=0)
    return lower, upper


def coverage(
    observed: Float[np.ndarray, "m"],
    lower: Float[np.ndarray, "m"],
    upper: Float[np.ndarray, "m"],
    parts: Mapping[str, Bool[np.ndarray, "m"]],
    *,
    level: float = 0.9,
    name: str = "the data",
) -> Coverage:
    """Share of the data inside their predicted intervals, part by part.

    Args:
        observed: data; missing ones (NaN) are not counted.
        lower: lower end of each datum's interval, with observation and structural error in it.
        upper: upper end.
        parts: part → which data belong to it, e.g. {"fitted years": …, "held-out years": …}.
        level: [1] what the intervals are meant to hold.
        name: what was observed, for the sentences.
    """
    counted: dict[str, PartCoverage] = {}
    for part, mask in parts.items():
        use = np.asarray(mask, dtype=bool) & np.isfinite(observed) & np.isfinite(lower) & np.isfinite(upper)
        if use.any():
            below, above = float(np.mean(observed[use] < lower[use])), float(np.mean(observed[use] > upper[use]))
            width = float(np.mean(upper[use] - lower[use]))
            counted[part] = PartCoverage(1.0 - below - above, int(use.sum()), width, below, above)
    return Coverage(level, counted, tuple(_sentence(part, one, level, name) for part, one in counted.items()))


def _sentence(part: str, one: PartCoverage, level: float, name: str) -> Finding:
    start = f"{percent(one.share)} of {name} in the {part} lie inside the {percent(level)} interval ({one.num} data)"
    # a share of few data is uncertain by itself; two standard errors are granted
    chance = 2.0 * np.sqrt(level * (1.0 - level) / one.num)
    error = one.share - level
    if abs(error) <= max(NEAR, chance):
        return Finding("good", "coverage", f"{start}, as many as should.")
    severity = "serious" if error < -FAR else "warning" if error < 0.0 else "note"
    if error > 0.0:
        return Finding(severity, "coverage", f"{start}: the intervals are wider than they need to be.")
    side = ""
    if max(one.below, one.above) > 3.0 * min(one.below, one.above):
        side = " Most of the others lie " + ("below" if one.below > one.above else "above") + " it: the prediction is biased."
    return Finding(severity, "coverage", f"{start}: the intervals are too narrow.{side}")
