"""Twin experiments: the truth that made the data, and whether it was found again."""

from __future__ import annotations

from typing import Any

import numpy as np

from landpda.report.charts.axes import Scale
from landpda.report.charts.rows import Row, rows
from landpda.report.elements import Element, elements
from landpda.report.numbers import listed, number, percent, units
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 35


def section(record: Record) -> Section | None:
    """Truth, posterior, inside or not."""
    if not record.has("recovery"):
        return None
    names = record.labels("recovery", "parameter")
    truth, inside, score = (record.array("recovery", key, "parameter") for key in ("truth", "inside90", "z_score"))
    known = {one.name: one for one in elements(record)}
    table = [_row(known.get(name), name, truth[i], inside[i], score[i]) for i, name in enumerate(names)]
    missed = [row["name"] for row in table if row["inside"] is False]
    found, counted = sum(row["inside"] is True for row in table), sum(row["inside"] is not None for row in table)
    expected = f"about {round(0.9 * counted)} are expected if the posterior is honest"
    lead = f"The 90 % interval holds the truth for {found} of {counted} parameters ({expected})."
    lead += f" Missed: {listed(missed)}." if missed else ""
    figure = _figure(known, names, truth)
    share = percent(found / counted) if counted else percent(float("nan"))
    return Section("recovery", "Was the truth found again?", lead, {"rows": table, "figures": [figure], "share": share})


def _row(one: Element | None, name: str, truth: float, inside: float, score: float) -> dict[str, Any]:
    summary = one.summary if one else {}
    return {
        "name": name,
        "units": units(one.units) if one else "",
        "truth": truth,
        "posterior": [summary.get(key, float("nan")) for key in ("q50", "q05", "q95")],
        "inside": bool(inside > 0.5) if np.isfinite(inside) else None,
        "score": score,
    }


def _figure(known: dict[str, Element], names: list[str], truth: np.ndarray) -> Figure:
    content = []
    for name, value in zip(names, truth, strict=True):
        one = known.get(name)
        if one is None:
            continue
        q05, q50, q95 = (float(one.place(one.summary[key])) for key in ("q05", "q50", "q95"))
        words = f"truth {number(value)}, posterior {number(one.summary['q05'])} to {number(one.summary['q95'])}"
        content.append(Row(name, [(q05, q95, q50, "posterior")], [(np.array([float(one.place(value))]), "truth")], words))
    ticks = [(0.0, "low"), (0.25, ""), (0.5, ""), (0.75, ""), (1.0, "high")]
    label = f"Posterior 90 % intervals and the truth of {len(content)} parameters, within each one's range"
    drawing = rows(content, Scale(-0.02, 1.02, 0, 1), ticks, label=label, title="Place within the prior's range")
    return Figure(drawing, "Bar: posterior 90 %; blue dot: its median; black square: the truth.", wide=True)
