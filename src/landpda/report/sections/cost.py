"""The cost by term, before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from landpda.report.charts.bars import Bar, bars
from landpda.report.numbers import number
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.streams import measured_streams

ORDER = 80


def section(record: Record) -> Section | None:
    """What each stream, constraint and the prior cost at the prior median and at the best vector."""
    if not record.has("cost"):
        return None
    terms = record.labels("cost", "term")
    before, after = (record.array("cost", key, "term") for key in ("before", "after"))
    counts = {stream.name: int(stream.fitted.sum()) for stream in measured_streams(record)}
    rows = [_row(term, before[i], after[i], counts.get(term)) for i, term in enumerate(terms)]
    rows.append(_row("total", float(np.sum(before)), float(np.sum(after)), None))
    lead = f"From {number(rows[-1]['before'])} at the prior median to {number(rows[-1]['after'])} at the best vector."
    content = [
        (
            row["term"],
            [Bar(row["before"], "prior", number(row["before"])), Bar(row["after"], "posterior", number(row["after"]))],
        )
        for row in rows[:-1]
    ]
    drawing = bars(content, label="Cost by term, before and after", title="Cost J (negative log posterior, up to a constant)")
    caption = "Grey: prior median; blue: best vector. A term that hardly fell is not what the parameters could mend."
    return Section("cost", "Cost by stream", lead, {"rows": rows, "figures": [Figure(drawing, caption)]})


def _row(term: str, before: float, after: float, data: int | None) -> dict[str, Any]:
    per_datum = 2 * after / data if data else None
    return {"term": term, "before": before, "after": after, "change": after - before, "data": data, "per_datum": per_datum}
