"""CARDAMOM's monthly validation fluxes of FLUXNET sites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from landpda.sources.canon import Field, assemble
from landpda.sources.doorway import header_names
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr

NAMES = {"NEE": ("nee", "gC m-2 d-1"), "GPP": ("gpp", "gC m-2 d-1"), "ET": ("et", "mm d-1")}


class CardamomValidation(Source):
    """Monthly GPP, NEE and ET of a FLUXNET site from CARDAMOM's validation set (validation_<site>.csv)."""

    name: ClassVar[str] = "cardamom_validation"
    description: ClassVar[str] = "CARDAMOM monthly validation fluxes, validation_<site>.csv"

    def recognises(self, path: Path) -> bool:
        """Whether the header is that of the set."""
        return header_names(path) == ["ID", "Date", "GPP", "NEE", "ET"]

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Fluxes on the first of each month that was observed; months between may be absent."""
        table = read_table(content_of(path), path, missing=declared.missing)
        times = parse_dates(table.words("Date"), "%Y%m", path, "Date")
        fields = [
            Field(name, table.numbers(column), units, column) for column, (name, units) in NAMES.items() if column in table
        ]
        remarks = ["Months without observations are absent: compare by month, not by row."]
        return assemble(fields, times, "MS", site_of(path, declared), source_format=self.name, path=path, remarks=remarks)
