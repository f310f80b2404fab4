"""What the streams cost one another: the front between their objectives."""

from __future__ import annotations

import itertools

import numpy as np

from landpda.report.charts.scatter import scatter
from landpda.report.numbers import count, number
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 105

MOST_PAIRS = 6
"""Pairs of objectives that are drawn: all of four objectives."""


def section(record: Record) -> Section | None:
    """Each pair of objectives against one another, above the lowest of each."""
    if not record.has("front"):
        return None
    objectives = record.array("front", "objectives", "member", "objective")
    names = record.labels("front", "objective")
    if len(objectives) == 0 or not np.isfinite(objectives).all():
        return None
    above = objectives - objectives.min(axis=0)
    pairs = list(itertools.combinations(range(len(names)), 2))[:MOST_PAIRS]
    spans = ", ".join(f"{number(float(above[:, i].max()), 3)} for {name}" for i, name in enumerate(names))
    lead = (
        f"{count(len(objectives))} compromises, of which none fits better in everything. From the best to the worst of "
        f"them the cost of each alone rises by {spans}. Their spread is what the data disagree on, and no uncertainty."
    )
    return Section(
        "front", "What the streams cost one another", lead, {"figures": [_figure(above, names, *pair) for pair in pairs]}
    )


def _figure(above: np.ndarray, names: list[str], one: int, other: int) -> Figure:
    drawing = scatter(
        above[:, one],
        above[:, other],
        label=f"Cost of {names[other]} against cost of {names[one]} for every compromise",
        x_title=f"Cost of {names[one]} above its lowest",
        y_title=f"Cost of {names[other]} above its lowest",
        class_="posterior",
    )
    words = "A corner at the lower left means that one set of parameters serves both; a long slope, that they pull apart."
    return Figure(drawing, words, title=f"{names[one]} against {names[other]}")
