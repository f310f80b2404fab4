"""Drivers of DALEC as PEcAn ships them: nine columns, no header, no dates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import Field, assemble
from landpda.sources.doorway import first_lines
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, decode, parse_dates

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = (
    ("tair", "degC"),
    ("tmax", "degC"),
    ("tmin", "degC"),
    ("shortwave", "MJ m-2 d-1"),
    ("leaf_water_potential", "MPa"),
    ("co2", "ppm"),
    ("hydraulic_resistance", "MPa m2 s mmol-1"),
    ("foliar_nitrogen", "g m-2"),
)


class PecanDalec(Source):
    """DALEC drivers as PEcAn ships them (dalec_drivers.*.dat): daily, without dates; declare `start`."""

    name: ClassVar[str] = "pecan_dalec"
    description: ClassVar[str] = "PEcAn's DALEC drivers (.dat): nine columns, no header; needs start=YYYY-01-01"

    def recognises(self, path: Path) -> bool:
        """Whether the first two rows are days 1 and 2 with eight numbers each."""
        rows = [line.split() for line in first_lines(path)[:2]]
        return len(rows) == 2 and all(len(row) == 9 for row in rows) and [row[0] for row in rows] == ["1", "2"]

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Daily forcing from the declared first day on; the days of the year in the file must agree."""
        values = _matrix(path)
        if not declared.start:
            raise DataError(
                f"The dates of {path} were looked for.",
                f"The file holds days of the year only ({values.shape[0]} days from day {values[0, 0]:g}).",
                'Declare its first day, e.g. start="2000-01-01".',
            )
        first = parse_dates([declared.start], "", path, "start")[0].astype("datetime64[D]")
        times = first + np.arange(values.shape[0])
        days = (times - times.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
        wrong = np.flatnonzero(days != values[:, 0])
        if wrong.size:
            raise DataError(
                f"The days of {path} were counted from {declared.start}.",
                f"On {times[wrong[0]]} the file's day of the year is {values[wrong[0], 0]:g}.",
                "Declare another first day: leap years must fall where the file has a day 366.",
            )
        fields = [
            Field(name, values[:, index + 1], units, f"column {index + 2}") for index, (name, units) in enumerate(COLUMNS)
        ]
        remarks = [f"The file has no dates: {declared.start} was declared as its first day. It holds no observations."]
        site = site_of(path, declared)
        return assemble(fields, times.astype("datetime64[ns]"), "1D", site, source_format=self.name, path=path, remarks=remarks)


def _matrix(path: Path) -> np.ndarray:
    rows = [line.split() for line in decode(content_of(path), path).split("\n") if line.strip()]
    lengths = {len(row) for row in rows}
    if lengths != {9}:
        wrong = next((number for number, row in enumerate(rows, start=1) if len(row) != 9), 0)
        raise DataError(
            f"The drivers {path} were read.", f"Line {wrong} has not nine columns.", "Download or copy the file again."
        )
    try:
        return np.array(rows, dtype=float)
    except ValueError as unread:
        raise DataError(f"The drivers {path} were read.", f"A cell is no number: {unread}.", "Mend the file.") from unread
