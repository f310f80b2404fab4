"""A few lines on a finished run: how well it does on what it did not see, what there is to mind, and where to read on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from landpda.cli.tables import number, table
from landpda.execution.run_folder import REPORT

if TYPE_CHECKING:
    import xarray as xr

SHOWN = ("r2", "rmse", "bias", "n", "coverage90_total")
HEADER = ("stream", "period", "r2", "rmse", "bias", "n", "in 90 %")
RECOVERY = "recovery"
"""Topic that is told whether good or bad: it is what a twin experiment is made for."""
MARKS = {"good": "+", "note": " ", "warning": "!", "serious": "!!"}


def summary(tree: xr.DataTree, folder: Path) -> str:
    """The lines."""
    attributes = tree.attrs
    what = ", ".join(str(attributes.get(key, "")) for key in ("site", "model", "method"))
    lines = [f"{attributes.get('study', '')} ({what})"]
    if "skill" in tree.children:
        lines += ["", _skill(tree)]
    findings = json.loads(attributes.get("findings", "[]"))
    urgent = [finding for severity in ("serious", "warning") for finding in findings if finding[0] == severity]
    recovered = [finding for finding in findings if finding[1] == RECOVERY and finding not in urgent]
    if recovered:
        lines += ["", *(f"{MARKS[severity]:2} {sentence}" for severity, _, sentence in recovered)]
    notes = sum(finding[0] == "note" for finding in findings)
    if urgent:
        lines += ["", *(f"{MARKS[severity]:2} {sentence}" for severity, _, sentence in urgent)]
    if notes:
        lines += ["", f"The report has {notes} more note(s) on the fit and the parameters."]
    return "\n".join([*lines, "", f"Report: {folder / REPORT}", f"Files:  {folder}"])


def _skill(tree: xr.DataTree) -> str:
    skill = tree["skill"]["skill"]
    known = [str(metric) for metric in skill["metric"].values]
    rows = []
    for stream in skill["stream"].values:
        for period in skill["period"].values:
            cell = skill.sel(stream=stream, period=period)
            values = [float(cell.sel(metric=name)) if name in known else float("nan") for name in SHOWN]
            # A period without data has no skill to show.
            if values[SHOWN.index("n")] > 0:
                rows.append([str(stream), str(period).replace("_", " "), *map(number, values)])
    return table(HEADER, rows)
