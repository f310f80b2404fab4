"""Several methods on the same question, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from landpda.report.charts.bars import Bar, bars
from landpda.report.numbers import count, number
from landpda.report.record import Record, as_text
from landpda.report.section import Figure, Section

ORDER = 15
EXACT = {"always": "in the limit", "linear": "if linear", "never": "no"}
WORDS = ("exact", "kind", "verdict", "refusal")
NOTHING = (float("nan"), float("nan"), float("nan"))


def section(record: Record) -> Section | None:
    """What each method found, how far it is from the reference, and what it took."""
    if not record.has("comparison"):
        return None
    methods = record.labels("comparison", "method")
    numbers = {name: record.array("comparison", name, "method") for name in record.names("comparison") if name not in WORDS}
    words = {name: [as_text(value) for value in record.variable("comparison", name).values] for name in WORDS}
    said = [finding.sentence for finding in record.findings if finding.topic == "methods"]
    streams = record.labels("skill_by_method", "stream") if record.has("skill_by_method") else []
    content = {
        "rows": [_row(record, i, method, numbers, words, streams) for i, method in enumerate(methods)],
        "said": said[1:],
        "reference": record.text("reference", "comparison"),
        "twin": bool(np.isfinite(numbers["inside90"]).any()),
        "streams": streams,
        "figures": [_effort(methods, numbers["cpu_seconds"], [i for i in range(len(methods)) if not words["refusal"][i]])],
    }
    lead = f"{count(len(methods))} methods on one question. " + (said[0] if said else "")
    return Section("methods_compared", "Methods side by side", lead, content)


def _row(
    record: Record, i: int, method: str, numbers: dict[str, np.ndarray], words: dict[str, list[str]], streams: list[str]
) -> dict[str, Any]:
    verdict, refusal = words["verdict"][i], words["refusal"][i]
    mark = "good" if verdict.startswith(("agrees", "the reference")) else "note"
    mark = "serious" if refusal else "warning" if verdict.startswith("not converged") else mark
    return {
        **{name: float(values[i]) for name, values in numbers.items()},
        "method": method,
        "exact": EXACT.get(words["exact"][i], ""),
        "kind": words["kind"][i],
        "verdict": refusal or verdict,
        "mark": mark,
        "skill": _skill(record, method, streams),
    }


def _skill(record: Record, method: str, streams: list[str]) -> list[tuple[float, float, float]]:
    """r², RMSE and coverage of each stream, held out where anything was."""
    if not streams or method not in record.labels("skill_by_method", "method"):
        return [NOTHING for _ in streams]
    table = record.array("skill_by_method", "skill", "method", "stream", "period", "metric")
    table = table[record.labels("skill_by_method", "method").index(method)]
    periods, metrics = (record.labels("skill_by_method", dim) for dim in ("period", "metric"))
    num = metrics.index("n")
    wanted = [metrics.index(name) for name in ("r2", "rmse", "coverage90_total")]
    rows = [stream[periods.index("held_out" if stream[periods.index("held_out"), num] > 0 else "fitted")] for stream in table]
    return [(float(row[wanted[0]]), float(row[wanted[1]]), float(row[wanted[2]])) for row in rows]


def _effort(methods: list[str], cpu: np.ndarray, answered: list[int]) -> Figure:
    order = sorted(answered, key=lambda i: cpu[i])
    content = [(methods[i], [Bar(float(cpu[i]), "posterior", f"{number(float(cpu[i]))} s")]) for i in order]
    drawing = bars(content, label="CPU time of each method", title="CPU time [s]")
    return Figure(drawing, "What each method took, compilation included, the search before it not.")
