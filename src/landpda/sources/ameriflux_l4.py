"""AmeriFlux Level 4 half-hourly text files of 2005 to 2012, also gzipped: month, day, hour and no year."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import QUALITY, Field, assemble
from landpda.sources.doorway import header_names
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import Table, content_of, read_table

if TYPE_CHECKING:
    import xarray as xr

STEPS_A_DAY = 48
NAMES = {
    "tair": ("Ta_f", "degC"),
    "shortwave": ("Rg_f", "W m-2"),
    "vpd": ("VPD_f", "hPa"),
    "soil_temperature_1": ("Ts_f", "degC"),
    "swc_1": ("SWC", "%"),
    "h": ("H_f", "W m-2"),
    "le": ("LE_f", "W m-2"),
    "nee": ("NEE_st_fMDS", "umol m-2 s-1"),
    "gpp": ("GPP_st_MDS", "umol m-2 s-1"),
    "reco": ("Reco_st", "umol m-2 s-1"),
}
FLAGS = {
    "tair": "Ta_fqc",
    "shortwave": "Rg_fqc",
    "vpd": "VPD_fqc",
    "soil_temperature_1": "Ts_fqc",
    "h": "H_fqc",
    "le": "LE_fqc",
    "nee": "NEE_st_fMDSqc",
}


class AmerifluxL4(Source):
    """AmeriFlux Level 4 half-hourly text file (AMF_<site>_<year>_L4_h): gap-filled fluxes, partitioned."""

    name: ClassVar[str] = "ameriflux_l4"
    description: ClassVar[str] = "AmeriFlux Level 4 half-hourly text, plain or gzipped"

    def recognises(self, path: Path) -> bool:
        """Whether its first columns and its fluxes are those of Level 4."""
        names = header_names(path)
        return names[:4] == ["Month", "Day", "Hour", "DoY"] and "NEE_st_fMDS" in names

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Forcing and fluxes from the storage-corrected NEE filled by marginal distribution sampling (`_st`, MDS)."""
        table = read_table(content_of(path), path, missing=declared.missing)
        table.require(("Month", "Day", "Hour", "DoY"))
        times = _times(table, _year(path, declared), path)
        fields = [
            Field(name, table.numbers(column), units, column) for name, (column, units) in NAMES.items() if column in table
        ]
        if "Precip" in table:
            fields.append(Field("precipitation", table.numbers("Precip") * STEPS_A_DAY, "mm d-1", "Precip"))
        fields += [Field(name + QUALITY, table.numbers(flag), "1", flag) for name, flag in FLAGS.items() if flag in table]
        remarks = [
            "Times are local standard time; the file stamps the end of each half hour and has no year (taken from its name).",
            "NEE, GPP and RECO are the `_st` (standardised storage) variant, filled by MDS; `_or` and ANN were not read.",
            "Quality: 0 measured, 1 to 3 filled, 3 worst. Precipitation per step became mm d-1.",
        ]
        return assemble(fields, times, "30min", site_of(path, declared), source_format=self.name, path=path, remarks=remarks)


def _year(path: Path, declared: Declaration) -> int:
    if declared.year is not None:
        return int(declared.year)
    found = re.search(r"_((?:19|20)\d{2})_", path.name)
    if not found:
        raise DataError(
            f"The year of {path} was looked for.",
            "The file holds months and days only, and its name no year.",
            "Declare year=…",
        )
    return int(found.group(1))


def _times(table: Table, year: int, path: Path) -> np.ndarray:
    # Three decimals of a day are good to a minute and a half, so the half hour is certain.
    count = np.round((table.numbers("DoY") - 1.0) * STEPS_A_DAY)
    if np.isnan(count).any() or count.min() < 0 or count.max() > 367 * STEPS_A_DAY:
        raise DataError(
            f"The day of the year in {path} was read.", "It is missing or out of range.", "Download the file again."
        )
    ends = np.datetime64(f"{year}-01-01", "ns") + count.astype(int) * np.timedelta64(30, "m")
    months = (ends.astype("datetime64[M]").astype(int) % 12) + 1
    wrong = np.flatnonzero(months != table.numbers("Month"))
    if wrong.size:
        raise DataError(
            f"The dates of {path} were read as those of {year}.",
            f"Data row {wrong[0] + 1} has Month {table.numbers('Month')[wrong[0]]:g}, but DoY of month {months[wrong[0]]}.",
            "Check the year: leap years differ after February.",
        )
    return ends - np.timedelta64(30, "m")
