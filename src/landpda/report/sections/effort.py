"""What the answer cost, and what is needed to get it again."""

from __future__ import annotations

import json
from typing import Any

from landpda.core.errors import LandpdaError
from landpda.report.numbers import count, seconds
from landpda.report.record import Record, as_number, as_text
from landpda.report.section import Section

ORDER = 140
GROUP = "provenance"
TOLD = {"cpu_seconds", "wall_seconds", "runs_used", "gradients_used", "command", "platform"}


def section(record: Record) -> Section | None:
    """Runs, seconds, versions and settings."""
    if GROUP not in record.tree.children:
        return None
    attributes = sorted(str(name) for name in record.tree[GROUP].attrs)
    runs, cpu, wall = (record.number(name, GROUP) for name in ("runs_used", "cpu_seconds", "wall_seconds"))
    numbers = [
        ("model runs", count(runs)),
        ("of them with a gradient", count(record.number("gradients_used", GROUP))),
        ("CPU time", seconds(cpu)),
        ("from start to end", seconds(wall)),
    ]
    facts = [(name, record.text(name, GROUP)) for name in ("command", "platform")]
    methods = _methods(record)
    told = TOLD | ({"methods"} if methods else set())
    texts = [(name, record.text(name, GROUP)) for name in attributes if name not in told and not _is_json(record, name)]
    settings = [
        (name.replace("_", " "), _settings(record, name)) for name in attributes if name not in told and _is_json(record, name)
    ]
    lead = "What it took, and what to write down to get the same again."
    content = {
        "numbers": [pair for pair in numbers if pair[1] != "–"],
        "facts": [(name.replace("_", " "), value) for name, value in [*facts, *texts] if value],
        "methods": methods,
        "settings": [pair for pair in settings if pair[1]],
        "version": record.text("landpda_version"),
    }
    return Section("effort", "What it cost", lead, content)


def _methods(record: Record) -> list[dict[str, Any]]:
    """A row for each method that ran; none where the run does not say."""
    try:
        value = record.json("methods", GROUP)
    except LandpdaError:
        return []
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [
        {
            "method": as_text(row.get("method", "")),
            "source": as_text(row.get("source", "")),
            "runs": as_number(row.get("runs")),
            "gradients": as_number(row.get("gradients")),
            "cpu": as_number(row.get("cpu_seconds")),
        }
        for row in rows
    ]


def _is_json(record: Record, name: str) -> bool:
    """Whether an attribute holds a list or a table of settings."""
    try:
        return isinstance(record.json(name, GROUP), dict | list)
    except LandpdaError:
        return False


def _settings(record: Record, name: str) -> str:
    """Settings with a line for each entry."""
    return json.dumps(record.json(name, GROUP), indent=2, ensure_ascii=False)
