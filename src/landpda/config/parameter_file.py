"""Parameter values from a file: a table, a YAML mapping, or the posterior of a run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from landpda.config.yaml_text import parse
from landpda.core.errors import DataError, StudyError, nearest

LABELS = ("chain", "draw", "member")
"""Columns that number the rows."""
ERROR_PARAMETER = re.compile(r"_(structural|observation)_sd(_quiet|_active)?$")
"""Estimated errors stand beside the parameters in a posterior, and the model knows nothing of them."""


def read_parameter_values(path: Path, known: Collection[str], *, num_draws: int = 200) -> list[dict[str, float]]:
    """One mapping of parameter values a run.

    Args:
        path: a CSV file with a row a run, a YAML file with `name: value`, a run folder, or its result.nc.
        known: names of the model's parameters.
        num_draws: most runs taken of a posterior, evenly picked.

    Raises:
        DataError: the file cannot be read, or holds what is no number.
        StudyError: a name is not a parameter of the model.
    """
    if path.is_dir() or path.suffix == ".nc":
        rows = _draws(path / "result.nc" if path.is_dir() else path, num_draws)
    else:
        text = _text(path)
        rows = _yaml_rows(text, path) if path.suffix in (".yaml", ".yml") else _csv_rows(text, path)
    if not rows:
        raise DataError(
            f"Parameter values were looked for in {path}.", "There are none.", "Give a header and at least one row."
        )
    wanted = [name for name in rows[0] if name not in LABELS and not ERROR_PARAMETER.search(name)]
    for name in wanted:
        if name not in known:
            raise StudyError(
                f"The parameter {name!r} is given in {path}.", "The model has no such parameter.", nearest(name, known)
            )
    return [{name: _number(row[name], name, place, path) for name in wanted} for place, row in enumerate(rows, 1)]


def _text(path: Path) -> str:
    asked = f"The parameter file {path} was to be read."
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(asked, "There is no such file.", "Check the path.") from None
    except UnicodeDecodeError:
        raise DataError(asked, "It is not text.", "Give a CSV or YAML file, or a run folder.") from None
    except OSError as refused:
        raise DataError(asked, f"{refused.strerror or refused}.", "Check the path and your rights.") from None


def _csv_rows(text: str, path: Path) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        rows = list(reader)
    except csv.Error as damage:
        raise DataError(f"The parameter table {path} was to be read.", f"{damage}.", "Mend it, or write it again.") from None
    names = [name.strip() for name in reader.fieldnames or []]
    for place, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise DataError(
                f"The parameter table {path} was to be read.", f"Row {place} is not as long as the header.", "Mend that row."
            )
    return [dict(zip(names, row.values(), strict=True)) for row in rows]


def _yaml_rows(text: str, path: Path) -> list[dict[str, Any]]:
    asked = f"The parameter file {path} was to be read."
    content = parse(text, asked=asked)
    rows = content if isinstance(content, list) else [content]
    if not all(isinstance(row, dict) for row in rows):
        raise DataError(asked, "It is not `name: value` lines.", "Write one parameter a line, e.g. canopy_efficiency: 20")
    if len({tuple(sorted(row)) for row in rows}) > 1:
        raise DataError(asked, "Its entries do not name the same parameters.", "Give each entry the same parameters.")
    return rows


def _draws(path: Path, num_draws: int) -> list[dict[str, Any]]:
    from landpda.sources.doorway import check_file

    check_file(path)
    import xarray as xr

    try:
        posterior = xr.open_dataset(path, group="posterior", engine="h5netcdf").load()
    # What h5netcdf raises on files that are damaged or are no NetCDF.
    except (OSError, KeyError, ValueError, RuntimeError) as damage:
        raise DataError(
            f"The posterior in {path} was to be read.",
            f"It cannot be: {str(damage).splitlines()[0][:120]}.",
            "Give a run folder.",
        ) from None
    names = [str(name) for name in posterior.data_vars]
    columns = {name: posterior[name].values.reshape(-1) for name in names}
    total = min((len(column) for column in columns.values()), default=0)
    kept = np.unique(np.linspace(0, max(total - 1, 0), min(total, num_draws)).round().astype(int)) if total else []
    return [{name: float(columns[name][row]) for name in names} for row in kept]


def _number(value: Any, name: str, place: int, path: Path) -> float:
    try:
        number = float(value) if not isinstance(value, bool) else float("nan")
    except (TypeError, ValueError):
        number = float("nan")
    if not np.isfinite(number):
        raise DataError(f"{name} was read from row {place} of {path}.", f"It is {str(value)[:30]!r}.", "Write a number.")
    return number
