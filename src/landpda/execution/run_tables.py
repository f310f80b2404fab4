"""The result of a run as files: `result.nc`, and the tables of it that a spreadsheet reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from landpda.execution.run_folder import RESULT, write_whole

if TYPE_CHECKING:
    import xarray as xr

MOST_DRAWS = 4000
"""Rows of posterior.csv; all draws are in result.nc."""


def write_result(tree: xr.DataTree, folder: Path) -> Path:
    """Write the tables, then `result.nc`, whose being there says that the folder is whole.

    Args:
        tree: with the groups of docs/run_folder.md.
        folder: of the run.

    Raises:
        FolderError: a file cannot be written.
    """
    for name, rows in (
        ("posterior.csv", draws_table(tree)),
        ("summary.csv", summary_table(tree)),
        ("skill.csv", skill_table(tree)),
        ("comparison.csv", methods_table(tree, "comparison")),
        ("moments.csv", methods_table(tree, "moments")),
    ):
        if rows is not None:
            _write_csv(folder / name, rows)
    return write_whole(folder / RESULT, lambda part: tree.to_netcdf(part, engine="h5netcdf"))


def draws_table(tree: xr.DataTree) -> list[list[object]] | None:
    """Header and rows: chain, draw, and every parameter; evenly thinned. None where there are no draws."""
    if "posterior" not in tree.children:
        return None
    posterior = tree["posterior"].to_dataset()
    names = [str(name) for name in posterior.data_vars if set(posterior[name].dims) == {"chain", "draw"}]
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    columns = [posterior[name].transpose("chain", "draw").values.reshape(-1) for name in names]
    total = chains * draws
    kept = np.unique(np.linspace(0, total - 1, min(total, MOST_DRAWS)).round().astype(int)) if total else np.array([], int)
    rows = [[int(row // draws), int(row % draws), *(column[row] for column in columns)] for row in kept]
    return [["chain", "draw", *names], *rows]


def methods_table(tree: xr.DataTree, group: str) -> list[list[object]] | None:
    """Header and one row a method, or a method and parameter. None where methods were not compared."""
    if group not in tree.children:
        return None
    frame = tree[group].to_dataset().to_dataframe().reset_index()
    return [list(frame.columns), *frame.values.tolist()]


def summary_table(tree: xr.DataTree) -> list[list[object]] | None:
    """Header and one row a parameter. None where there is no summary."""
    if "summary" not in tree.children:
        return None
    summary = tree["summary"].to_dataset()
    names = [str(name) for name in summary.data_vars if summary[name].dims == ("parameter",)]
    labels = summary["parameter"].values
    return [
        ["parameter", *names],
        *([str(label), *(summary[name].values[row] for name in names)] for row, label in enumerate(labels)),
    ]


def skill_table(tree: xr.DataTree) -> list[list[object]] | None:
    """Header and one row a stream and period; the prior's skill has columns of its own. None where there is no skill."""
    if "skill" not in tree.children:
        return None
    group = tree["skill"].to_dataset()
    metrics = [str(metric) for metric in group["metric"].values]
    kinds = [name for name in ("skill", "skill_prior") if name in group]
    header = [f"{metric}_prior" if kind == "skill_prior" else metric for kind in kinds for metric in metrics]
    rows: list[list[object]] = [["stream", "period", *header]]
    for stream in group["stream"].values:
        for period in group["period"].values:
            cell = group.sel(stream=stream, period=period)
            rows.append(
                [str(stream), str(period), *(cell[kind].sel(metric=metric).item() for kind in kinds for metric in metrics)]
            )
    return rows


def _write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_written(cell) for cell in row] for row in rows])
    write_whole(path, lambda part: part.write_text(text.getvalue(), encoding="utf-8"))


def _written(cell: object) -> object:
    """Numbers with the digits that give the same number back; nothing for what is not a number."""
    if isinstance(cell, np.bool_ | bool):
        return int(cell)
    if isinstance(cell, float | np.floating):
        return "" if np.isnan(cell) else repr(float(cell))
    return cell.item() if isinstance(cell, np.generic) else cell
