"""Where searches from many starts ended: one best place, or several."""

from __future__ import annotations

import numpy as np

from landpda.report.charts.axes import Scale, linear_ticks
from landpda.report.charts.line_band import Dots, line_band
from landpda.report.charts.rows import Row, rows
from landpda.report.elements import Element, elements
from landpda.report.numbers import count, listed, number
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 110

NEAR = 2.0
"""Ends within this cost of the best are as good as it: exp(−2) of its density."""

APART = 0.25
"""Equally good ends this far apart, as a share of the range, are different answers."""


def section(record: Record) -> Section | None:
    """Costs of all ends, and where the good ones lie."""
    if not record.has("optima"):
        return None
    cost, theta = record.array("optima", "cost", "start"), record.array("optima", "theta", "start", "parameter")
    names = record.labels("optima", "parameter")
    if not names or not np.isfinite(cost).any():
        return None
    near = cost <= np.nanmin(cost) + NEAR
    known = {one.name: one for one in elements(record)}
    places = np.stack([_places(known.get(name), theta[:, i]) for i, name in enumerate(names)], axis=1)
    apart = [name for i, name in enumerate(names) if _spread(places[near, i], known.get(name)) > APART]
    lowest = number(float(np.nanmin(cost)), 5)
    lead = f"{count(near.sum())} of {count(len(cost))} searches ended within {NEAR:g} of the lowest cost, {lowest}."
    if apart:
        lead += f" They end in different places for {listed(apart)}: what is equally good is not one answer."
    elif near.sum() > 1:
        lead += " They end in the same place."
    return Section(
        "optima", "Where the searches ended", lead, {"figures": [_costs(cost), _ends(names, places, near)], "apart": apart}
    )


def _places(one: Element | None, values: np.ndarray) -> np.ndarray:
    return one.place(values) if one is not None else np.full(len(values), np.nan)


def _spread(places: np.ndarray, one: Element | None) -> float:
    """How far places between 0 and 1 lie apart; round the circle where the element is circular."""
    places = np.sort(places[np.isfinite(places)])
    if len(places) < 2:
        return 0.0
    if one is not None and one.circular:
        return float(1 - np.max(np.diff(np.append(places, places[0] + 1))))
    return float(places[-1] - places[0])


def _costs(cost: np.ndarray) -> Figure:
    above = np.sort(cost[np.isfinite(cost)]) - np.nanmin(cost)
    x = np.arange(1.0, len(above) + 1)
    near = above <= NEAR
    floor = max(float(above[above > 0].min(initial=1.0)) / 2, 1e-3)
    shown = np.maximum(above, floor)
    scale = Scale(floor / 1.5, float(shown.max()) * 1.5, 0, 1, True)
    drawing = line_band(
        x,
        [Dots(np.where(near, shown, np.nan), "dots few posterior"), Dots(np.where(near, np.nan, shown), "dots few prior")],
        label="Cost above the lowest at the end of each search, sorted",
        x_ticks=[tick for tick in linear_ticks(0.5, len(above) + 0.5, 6) if tick[0] == int(tick[0])],
        y_title="Cost above the lowest",
        x_title="Searches, best first",
        y_scale=scale,
    )
    caption = f"Blue: within {NEAR:g} of the lowest; grey: worse. The axis is logarithmic; the best stands at its foot."
    return Figure(drawing, caption)


def _ends(names: list[str], places: np.ndarray, near: np.ndarray) -> Figure:
    content = [
        Row(name, [], [(places[~near, i], "few prior"), (places[near, i], "few posterior")]) for i, name in enumerate(names)
    ]
    ticks = [(0.0, "low"), (0.5, ""), (1.0, "high")]
    drawing = rows(
        content, Scale(-0.02, 1.02, 0, 1), ticks, label="Where the searches ended, by parameter", title="Place within the range"
    )
    return Figure(
        drawing, "Each dot is the end of a search. Blue dots far apart are different answers of equal worth.", wide=True
    )
