"""AmeriFlux Level 2 NetCDF files of the ORNL archive."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import Field, Site, assemble, mask
from landpda.sources.doorway import netcdf_names
from landpda.sources.netcdf import open_netcdf, require, series
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

NAMES = {
    "TA": ("tair", "degC"),
    "Rg": ("shortwave", "W m-2"),
    "Rgl": ("longwave", "W m-2"),
    "VPD": ("vpd", "kPa"),
    "PREC": ("precipitation", "mm per step"),
    "PRESS": ("pressure", "kPa"),
    "WS": ("wind", "m s-1"),
    "CO2": ("co2", "ppm"),
    "RH": ("relative_humidity", "%"),
    "PAR": ("ppfd", "umol m-2 s-1"),
    "Rn": ("net_radiation", "W m-2"),
    "UST": ("friction_velocity", "m s-1"),
    "FG": ("ground_heat", "W m-2"),
    "LE": ("le", "W m-2"),
    "H": ("h", "W m-2"),
    "NEE": ("nee", "umol m-2 s-1"),
    "GPP": ("gpp", "umol m-2 s-1"),
    "RE": ("reco", "umol m-2 s-1"),
    "SWC1": ("swc_1", "%"),
    "SWC2": ("swc_2", "%"),
    "TS1": ("soil_temperature_1", "degC"),
    "TS2": ("soil_temperature_2", "degC"),
}
CLASSES = {"evergreen needleleaf": "ENF", "deciduous broadleaf": "DBF", "evergreen broadleaf": "EBF", "mixed": "MF",
           "grassland": "GRA", "cropland": "CRO", "woody savanna": "WSA", "savanna": "SAV", "wetland": "WET"}  # fmt: skip


class AmerifluxL2(Source):
    """AmeriFlux Level 2 NetCDF file (AMF_<site>_<year>_L2): half-hourly measurements."""

    name: ClassVar[str] = "ameriflux_l2"
    description: ClassVar[str] = "AmeriFlux Level 2 NetCDF, half-hourly"

    def recognises(self, path: Path) -> bool:
        """Whether it counts days of the year and clock time as the archive did."""
        return netcdf_names(path) >= {"YEAR", "DOY", "HRMIN", "DTIME"}

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Forcing and fluxes; VPD in kPa became hPa, -9999 and -6999 are missing."""
        dataset = open_netcdf(path)
        require(dataset, ("YEAR", "DOY", "HRMIN"), path)
        times = _times(dataset, path)
        fields = []
        for origin, (name, units) in NAMES.items():
            if origin in dataset:
                values = mask(series(dataset, origin, path), (-9999.0, -6999.0, *declared.missing))
                if units == "mm per step":
                    values, units = values * 48, "mm d-1"
                fields.append(Field(name, values, units, origin))
        remarks = [
            "Times are local standard time, on the start of each half hour.",
            "-9999 (missing) and -6999 (never reported) were both taken as missing.",
            "VPD is in kPa here, in hPa in Level 4. Precipitation per step became mm d-1.",
        ]
        site = site_of(path, declared, _site(dataset))
        return assemble(fields, times, "30min", site, source_format=self.name, path=path, remarks=remarks)


def _times(dataset: xr.Dataset, path: Path) -> np.ndarray:
    years, days, clock = (series(dataset, name, path) for name in ("YEAR", "DOY", "HRMIN"))
    fine = np.isfinite(years) & np.isfinite(days) & np.isfinite(clock)
    fine &= (years > 1900) & (years < 2200) & (days >= 0) & (days <= 367) & (clock >= 0) & (clock <= 2400)
    if not fine.all():
        raise DataError(
            f"The times of {path} were read.", f"{int((~fine).sum())} of them make no date.", "Download the file again."
        )
    starts = (years.astype(int) - 1970).astype("datetime64[Y]").astype("datetime64[m]")
    minutes = (days.astype(int) - 1) * 1440 + (clock.astype(int) // 100) * 60 + clock.astype(int) % 100
    return (starts + minutes.astype("timedelta64[m]")).astype("datetime64[ns]")


def _site(dataset: xr.Dataset) -> Site:
    def number(name: str) -> float | None:
        found = re.match(r"\s*(-?\d+(?:\.\d+)?)", str(dataset.attrs.get(name, "")))
        return float(found.group(1)) if found else None

    kind = str(dataset.attrs.get("ecosystem_type", "")).lower()
    igbp = next((code for words, code in CLASSES.items() if words in kind), "")
    return Site(latitude=number("geospatial_lat_min"), longitude=number("geospatial_lon_min"), igbp=igbp)
