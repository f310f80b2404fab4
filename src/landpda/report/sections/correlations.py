"""Which parameters the data tie together."""

from __future__ import annotations

import numpy as np

from landpda.report.charts.heatmap import Cell, heatmap
from landpda.report.charts.scatter import scatter
from landpda.report.elements import Element, elements
from landpda.report.judgement import correlations
from landpda.report.numbers import in_units, signed
from landpda.report.palette import diverging
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 90
SHOWN, STRONG, DRAWN, MOST_DOTS = 8, 0.5, 3, 800


def section(record: Record) -> Section | None:
    """The table of rank correlations, and the strongest pairs as clouds."""
    names, table = correlations(record)
    if len(names) < 2 or not np.isfinite(table[~np.eye(len(names), dtype=bool)]).any():
        return None
    pairs = [(i, j) for i in range(len(names)) for j in range(i) if np.isfinite(table[i, j])]
    pairs.sort(key=lambda pair: (-abs(table[pair]), pair))
    strong = [pair for pair in pairs if abs(table[pair]) >= STRONG]
    lead = f"{len(strong)} of {len(pairs)} pairs are tied by {STRONG} or more (rank correlation in the posterior)."
    found = elements(record)
    strongest = [{"first": names[j], "second": names[i], "value": float(table[i, j])} for i, j in pairs[:SHOWN]]
    clouds = [_cloud(found[j], found[i], table[i, j]) for i, j in pairs[:DRAWN]]
    content = {"pairs": strongest, "figures": [_map(names, table)], "clouds": clouds}
    return Section("correlations", "Correlations", lead, content)


def _map(names: list[str], table: np.ndarray) -> Figure:
    numbered = [f"{name}  {index + 1}" for index, name in enumerate(names)]

    def cell(row: int, column: int) -> Cell:
        if column >= row:
            return None
        return diverging(table[row, column]), f"{names[column]} and {names[row]}: {signed(table[row, column])}"

    side = float(np.clip(440 / len(names), 14, 26))
    longest = max(len(name) for name in numbered)
    label = f"Rank correlations between {len(names)} parameters"
    columns = [str(index + 1) for index in range(len(names))]
    drawing = heatmap(numbered, columns, cell, label=label, side=(side, side), left=min(6.1 * longest + 16, 260))
    return Figure(
        drawing,
        "Blue: rise together; orange: one rises as the other falls; white: apart. Columns are numbered as rows.",
        wide=True,
    )


def _cloud(first: Element, second: Element, value: float) -> Figure:
    x, y = first.posterior.reshape(-1), second.posterior.reshape(-1)
    keep = np.linspace(0, len(x) - 1, min(len(x), MOST_DOTS)).round().astype(int)
    drawing = scatter(
        x[keep],
        y[keep],
        label=f"Posterior draws of {first.name} and {second.name}",
        x_title=f"{first.name}{in_units(first.units)}",
        y_title=f"{second.name}{in_units(second.units)}",
        class_="posterior",
        logarithmic=(first.logarithmic, second.logarithmic),
    )
    return Figure(drawing, f"Rank correlation {signed(value)}.")
