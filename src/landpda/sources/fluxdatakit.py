"""FluxDataKit daily text files: FLUXNET names, other units, LAI and FPAR beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.sources.canon import QUALITY, Field, assemble
from landpda.sources.doorway import first_lines, header_names
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr

CARBON = "umol m-2 s-1"
"""Carbon fluxes are daily means of the half-hourly rate, unlike FLUXNET's own daily files: the same site and days show it."""

NAMES = {
    "tmin": ("TMIN_F_MDS", "degC"),
    "tmax": ("TMAX_F_MDS", "degC"),
    "tair": ("TA_F_MDS", "degC"),
    "shortwave": ("SW_IN_F_MDS", "W m-2"),
    "longwave": ("LW_IN_F_MDS", "W m-2"),
    "vpd": ("VPD_F_MDS", "hPa"),
    "precipitation": ("P_F", "mm d-1"),
    "pressure": ("PA_F", "kPa"),
    "wind": ("WS_F", "m s-1"),
    "co2": ("CO2_F_MDS", "ppm"),
    "net_radiation": ("NETRAD", "W m-2"),
    "friction_velocity": ("USTAR", "m s-1"),
    "nee": ("NEE_VUT_REF", CARBON),
    "gpp": ("GPP_NT_VUT_REF", CARBON),
    "gpp_daytime": ("GPP_DT_VUT_REF", CARBON),
    "reco": ("RECO_NT_VUT_REF", CARBON),
    "le": ("LE_F_MDS", "W m-2"),
    "h": ("H_F_MDS", "W m-2"),
    "le_corrected": ("LE_CORR", "W m-2"),
    "h_corrected": ("H_CORR", "W m-2"),
    "le_corrected_uncertainty": ("LE_CORR_JOINTUNC", "W m-2"),
    "h_corrected_uncertainty": ("H_CORR_JOINTUNC", "W m-2"),
    "lai": ("LAI", "m2 m-2"),
    "fpar": ("FPAR", "1"),
}


class Fluxdatakit(Source):
    """FluxDataKit daily file (FLX_<site>_FLUXDATAKIT_FULLSET_DD): forcing, fluxes, LAI and FPAR."""

    name: ClassVar[str] = "fluxdatakit"
    description: ClassVar[str] = "FluxDataKit daily text file: forcing, fluxes, LAI, FPAR"

    def recognises(self, path: Path) -> bool:
        """Whether FLUXNET's names come with ISO dates, as only FluxDataKit has them."""
        names, lines = header_names(path), first_lines(path)
        known = bool(names) and names[0] == "TIMESTAMP" and {"TA_F_MDS", "TMIN_F_MDS"} <= set(names)
        return known and len(lines) > 1 and "-" in lines[1].split(",")[0]

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Forcing, fluxes and leaf area by day."""
        used = {column for column, _ in NAMES.values()}
        table = read_table(
            content_of(path), path, lambda name: name == "TIMESTAMP" or name in used or name.removesuffix("_QC") in used,
            declared.missing,
        )  # fmt: skip
        times = parse_dates(table.words("TIMESTAMP"), "%Y-%m-%d", path, "TIMESTAMP")
        fields = [
            Field(name, table.numbers(column), units, column) for name, (column, units) in NAMES.items() if column in table
        ]
        for name, (column, _) in NAMES.items():
            if f"{column}_QC" in table:
                fields.append(Field(name + QUALITY, table.numbers(f"{column}_QC"), "1", f"{column}_QC"))
        remarks = ["Carbon fluxes are daily means in umol m-2 s-1 in this product; they became gC m-2 d-1."]
        fields, notes = _without_false_extremes(fields)
        if not any(field.name == "nee" for field in fields):
            notes.append("There is no NEE in the file.")
        return assemble(
            fields, times, "1D", site_of(path, declared), source_format=self.name, path=path, remarks=[*remarks, *notes]
        )  # fmt: skip


def _without_false_extremes(fields: list[Field]) -> tuple[list[Field], list[str]]:
    """Without TMIN and TMAX where both are but the mean: a daily model would see no range of temperature."""
    by_name = {field.name: field.values for field in fields}
    if not {"tmin", "tmax"} <= set(by_name) or not np.array_equal(by_name["tmin"], by_name["tmax"], equal_nan=True):
        return fields, []
    kept = [field for field in fields if field.name not in ("tmin", "tmax")]
    return kept, ["TMIN_F_MDS equals TMAX_F_MDS on every day: both are the daily mean, and were left out."]
