"""What a model says of its parameters: default, range, units, meaning, source; read from a table, not from code."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from landpda.core.errors import DataError, nearest


class ParameterRow(NamedTuple):
    """One parameter of a model.

    Args:
        name: as the model's `theta` calls it.
        units: as pint reads them; "1" if it has none.
        default: a value to run with.
        low: lower end of the sensible range.
        high: upper end of the sensible range.
        prior: the name of the prior family over that range, e.g. "log_uniform".
        meaning: a phrase for a reader.
        source: where range and default come from (a key of references.bib, or "unconfirmed: …").
        period: [as the parameter] values this far apart are the same model; 0 if it is not circular.
    """

    name: str
    units: str
    default: float
    low: float
    high: float
    prior: str
    meaning: str
    source: str
    period: float = 0.0


class ParameterTable(Mapping[str, ParameterRow]):
    """Parameter rows by name, in the model's order."""

    def __init__(self, rows: list[ParameterRow]) -> None:
        self._rows = {row.name: row for row in rows}

    def __getitem__(self, name: str) -> ParameterRow:
        if name not in self._rows:
            raise DataError(f"Parameter {name!r} was asked for.", "The model has no such parameter.", nearest(name, self._rows))
        return self._rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def defaults(self) -> dict[str, float]:
        """Name → default value."""
        return {name: row.default for name, row in self._rows.items()}


COLUMNS = ("name", "units", "default", "low", "high", "prior", "meaning", "source", "period")


def read_parameter_table(path: Path | str) -> ParameterTable:
    """Parameter table of a CSV or YAML file with the columns of `ParameterRow`.

    Raises:
        DataError: the file is missing, a column is missing, or a value is not a number.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"The parameter table {path} was asked for.", "There is no such file.", "Check the path.")
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yaml", ".yml"):
        import yaml

        content = yaml.safe_load(text)
        records = [{"name": name, **fields} for name, fields in content.items()]
    else:
        records = list(csv.DictReader(io.StringIO(text)))
    return ParameterTable([_row(record, path) for record in records])


def _row(record: Mapping[str, object], path: Path) -> ParameterRow:
    missing = [column for column in COLUMNS[:-1] if record.get(column) in (None, "")]
    if missing:
        raise DataError(
            f"A row of the parameter table {path} was read.",
            f"Parameter {record.get('name', '?')!r} has nothing under {', '.join(missing)}.",
            f"Each row needs: {', '.join(COLUMNS[:-1])}; {COLUMNS[-1]} where the parameter is circular.",
        )
    numbers: dict[str, float] = {}
    for column in ("default", "low", "high", "period"):
        text = str(record.get(column) or 0.0)
        try:
            numbers[column] = float(text)
        except ValueError:
            raise DataError(
                f"The number {column!r} of parameter {record['name']!r} in {path} was read.",
                f"Found {text!r}.",
                "Write a number, with a point for the decimals.",
            ) from None
    words = {column: str(record[column]) for column in ("name", "units", "prior", "meaning", "source")}
    return ParameterRow(**words, **numbers)  # pyright: ignore[reportArgumentType]  one dict holds words, the other numbers
