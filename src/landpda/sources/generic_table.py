"""Any comma-, semicolon- or tab-separated text, with columns and units declared by the user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError, UnitsError
from landpda.core.units import scale
from landpda.sources.canon import Field, assemble
from landpda.sources.declared_columns import check_columns, starts
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import Table, content_of, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr

PARTS = ("year", "month", "day", "doy", "hour")


class GenericTable(Source):
    """Any text table with a header: the user declares which column is what, in which units, and how time is written."""

    name: ClassVar[str] = "generic_table"
    description: ClassVar[str] = "any text table with declared columns, units and time"

    def recognises(self, path: Path) -> bool:
        """Never by itself: it needs to be told what the columns are."""
        return False

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The declared columns in canonical units."""
        wanted = check_columns(declared, path)
        table = read_table(content_of(path), path, missing=declared.missing)
        table.require([column for column, _ in wanted.values()])
        times, step = starts(_times(table, declared, path), declared, path)
        fields = [
            Field(name, *_rate(name, table.numbers(column), units, step), column) for name, (column, units) in wanted.items()
        ]
        remarks = ["Columns, units and times are as declared by the user."]
        return assemble(fields, times, step, site_of(path, declared), source_format=self.name, path=path, remarks=remarks)


def _rate(name: str, values: np.ndarray, units: str, step: str) -> tuple[np.ndarray, str]:
    """Precipitation in mm is a sum over the step; everything else is as declared."""
    if name not in ("precipitation", "snowfall", "et"):
        return values, units
    try:
        depth = scale(units, "mm")
    except UnitsError:
        return values, units
    from landpda.sources.time_axis import step_length

    if step in ("MS", "YS", "irregular"):
        raise DataError(
            f"{name} was declared in {units}, a sum over the step.",
            f"The steps are {step}, not all alike.",
            "Declare a rate (mm d-1).",
        )
    return values * depth * (np.timedelta64(1, "D") / step_length(step)), "mm d-1"


def _times(table: Table, declared: Declaration, path: Path) -> np.ndarray:
    time = declared.time
    if "column" in time:
        return parse_dates(table.words(time["column"]), time.get("format", ""), path, time["column"])
    parts = {part: time[part] for part in PARTS if part in time}
    if "year" in parts or (declared.year is not None and parts):
        return _from_parts(table, parts, declared, path)
    for column in ("time", "TIMESTAMP", "date", "Date", "TIMESTAMP_START"):
        if column in table:
            return parse_dates(table.words(column), time.get("format", ""), path, column)
    raise DataError(
        f"The time of {path} was looked for.",
        f"None is declared; its columns are {', '.join(table.names[:12])}.",
        'Declare it, e.g. time={"column": "TIMESTAMP_END", "format": "%Y-%m-%d %H:%M:%S", "stamp": "end"}.',
    )


def _from_parts(table: Table, parts: dict[str, str], declared: Declaration, path: Path) -> np.ndarray:
    """Times from columns of year, month and day or day of the year, and hour."""
    numbers = {part: table.numbers(column) for part, column in parts.items()}
    years = numbers.get("year", np.full(len(table), float(declared.year or 0)))
    months, days = numbers.get("month", np.ones(len(table))), numbers.get("day", np.ones(len(table)))
    if "doy" in numbers:
        months, days = np.ones(len(table)), np.floor(numbers["doy"])
    hours = numbers.get("hour", np.zeros(len(table)))
    fine = (years >= 1678) & (years <= 2261) & (months >= 1) & (months <= 12) & (days >= 0) & (days <= 367)
    fine &= (hours >= 0) & (hours <= 24)
    if not fine.all():
        row = int(np.flatnonzero(~fine)[0])
        found = ", ".join(f"{parts[part]}={numbers[part][row]:g}" for part in parts)
        raise DataError(
            f"The times of {path} were read.", f"Data row {row + 1} makes no date: {found}.", "Mend or cut that row."
        )
    start = (years.astype(int) - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (months.astype(int) - 1).astype(
        "timedelta64[M]"
    )
    minutes = np.round(hours * 60.0).astype(int).astype("timedelta64[m]")
    return (start.astype("datetime64[D]") + (days.astype(int) - 1).astype("timedelta64[D]") + minutes).astype("datetime64[ns]")
