"""Whether methods give the same answer, and where they do not."""

from __future__ import annotations

import numpy as np

from landpda.diagnostics.agreement import NEAR, NEAR_RATIO
from landpda.report.charts.axes import Scale
from landpda.report.charts.rows import Row, rows
from landpda.report.judgement import disagreements, reference
from landpda.report.numbers import count, listed
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 120
REACH = 4.0


def section(record: Record) -> Section | None:
    """Mean and sd of each method, in the reference's sd."""
    if not record.has("agreement"):
        return None
    methods, names = record.labels("agreement", "method"), record.labels("agreement", "parameter")
    mean, sd = (record.array("agreement", key, "method", "parameter") for key in ("mean", "sd"))
    if len(methods) < 2:
        return None
    own, apart = reference(record, methods), disagreements(record)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift, spread = (mean - mean[own]) / sd[own], sd / sd[own]
    differing = list(dict.fromkeys(name for name, _ in apart))
    lead = f"{count(len(methods))} methods: {listed(methods)}. "
    lead += f"They do not agree on {listed(differing)}." if differing else "They agree on every parameter."
    table = [_row(name, i, methods, own, shift, spread, apart) for i, name in enumerate(names)]
    rule = f"“Apart”: the means differ by more than {NEAR} pooled sd, or one sd is over {NEAR_RATIO} times the other"
    content = {
        "methods": methods,
        "own": methods[own],
        "rows": table,
        "rule": rule,
        "figures": [_figure(names, methods, own, shift, spread)],
    }
    return Section("agreement", "Do the methods agree?", lead, content)


def _row(
    name: str, i: int, methods: list[str], own: int, shift: np.ndarray, spread: np.ndarray, apart: list[tuple[str, str]]
) -> dict[str, object]:
    others = [
        {"shift": float(shift[m, i]), "spread": float(spread[m, i]), "apart": (name, method) in apart}
        for m, method in enumerate(methods)
        if m != own
    ]
    return {"name": name, "others": others, "apart": any(other["apart"] for other in others)}


def _figure(names: list[str], methods: list[str], own: int, shift: np.ndarray, spread: np.ndarray) -> Figure:
    order = [own, *(m for m in range(len(methods)) if m != own)]
    content = [
        Row(
            name,
            [
                (float(shift[m, i] - spread[m, i]), float(shift[m, i] + spread[m, i]), float(shift[m, i]), f"series-{place}")
                for place, m in enumerate(order)
            ],
        )
        for i, name in enumerate(names)
    ]
    ticks = [(float(value), f"{value:+d}".replace("-", "−") if value else "0") for value in range(-4, 5)]
    drawing = rows(
        content,
        Scale(-REACH, REACH, 0, 1),
        ticks,
        label=f"Mean ± sd of each parameter by {len(methods)} methods",
        title=f"Difference from {methods[own]}, in its posterior sd",
        target=0.0,
        height=8.0 + 7.0 * len(methods),
    )
    caption = "Mean ± sd; from the top in each row: " + ", ".join(methods[m] for m in order) + f". Cut at ±{REACH:g} sd."
    return Figure(drawing, caption, wide=True)
