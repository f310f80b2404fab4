"""What the answer cost, and what is needed to get it again."""

from __future__ import annotations

import json

from landpda.core.errors import LandpdaError
from landpda.report.numbers import count, seconds
from landpda.report.record import Record
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
    settings = [(name.replace("_", " "), _settings(record, name)) for name in attributes if name not in TOLD]
    lead = "What it took, and what to write down to get the same again."
    content = {
        "numbers": [pair for pair in numbers if pair[1] != "–"],
        "facts": [(name, value) for name, value in facts if value],
        "settings": [pair for pair in settings if pair[1]],
        "version": record.text("landpda_version"),
    }
    return Section("effort", "What it cost", lead, content)


def _settings(record: Record, name: str) -> str:
    """JSON with a line for each entry; any other text as it is."""
    try:
        value = record.json(name, GROUP)
    except LandpdaError:
        return record.text(name, GROUP)
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict | list) else record.text(name, GROUP)
