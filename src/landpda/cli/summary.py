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
COMPARED = ("cost", "shift_median", "shift_worst", "ratio_median", "rhat", "r2", "coverage90", "runs", "cpu_seconds")
COMPARISON_HEADER = (
    "method", "J at best", "shift", "worst", "sd ratio", "R-hat", "r2", "in 90 %", "runs", "CPU s", "against the reference",
)  # fmt: skip
ALWAYS_TOLD = ("recovery", "methods")
"""Topics that are told whether good or bad: what a twin experiment, and a comparison, are made for."""
MARKS = {"good": "+", "note": " ", "warning": "!", "serious": "!!"}


def summary(tree: xr.DataTree, folder: Path) -> str:
    """The lines."""
    attributes = tree.attrs
    what = ", ".join(str(attributes.get(key, "")) for key in ("site", "model", "method"))
    lines = [f"{attributes.get('study', '')} ({what})"]
    if "comparison" in tree.children:
        lines += ["", _comparison(tree)]
    if "skill" in tree.children:
        lines += ["", _skill(tree)]
    findings = json.loads(attributes.get("findings", "[]"))
    urgent = [finding for severity in ("serious", "warning") for finding in findings if finding[0] == severity]
    told = [finding for finding in findings if finding[1] in ALWAYS_TOLD and finding not in urgent]
    if told:
        lines += ["", *(f"{MARKS[severity]:2} {sentence}" for severity, _, sentence in told)]
    notes = sum(finding[0] == "note" for finding in findings)
    if urgent:
        lines += ["", *(f"{MARKS[severity]:2} {sentence}" for severity, _, sentence in urgent)]
    if notes:
        lines += ["", f"The report has {notes} more note(s) on the fit and the parameters."]
    return "\n".join([*lines, "", f"Report: {folder / REPORT}", f"Files:  {folder}"])


def _comparison(tree: xr.DataTree) -> str:
    """One row a method; skill is that of the first stream, held out where anything was."""
    said = tree["comparison"].to_dataset()
    rows = []
    for method in said["method"].values:
        one = said.sel({"method": method})  # `sel` has an argument of that name, too
        cells = [number(float(one[name]), 6 if name == "cost" else 3) for name in COMPARED]
        rows.append([str(method), *cells, str(one["verdict"].values)])
    return table(COMPARISON_HEADER, rows)


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
