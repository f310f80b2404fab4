"""A parameter table as a file that `landpda.core.parameter_table.read_parameter_table` reads back."""

from __future__ import annotations

import csv
from pathlib import Path

import yaml

from landpda.core.errors import DataError
from landpda.core.parameter_table import COLUMNS, ParameterTable


def write_parameter_table(path: Path | str, table: ParameterTable) -> None:
    """Write the table as CSV or YAML, by the ending of `path`; numbers keep all their digits.

    Raises:
        DataError: the ending is neither.
    """
    path = Path(path)
    match path.suffix:
        case ".csv":
            _write_csv(path, table)
        case ".yaml" | ".yml":
            content = {name: dict(zip(COLUMNS[1:], row[1:], strict=True)) for name, row in table.items()}
            path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        case ending:
            raise DataError(
                f"The parameter table {path} was to be written.", f"Its ending is {ending!r}.", "Use .csv or .yaml."
            )


def _write_csv(path: Path, table: ParameterTable) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(table.values())
