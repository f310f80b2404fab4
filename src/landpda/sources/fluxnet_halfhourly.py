"""Half-hourly FLUXNET2015 slices in NetCDF, as cut from the EXCITED-CO2 zarr store: packed integers, UTC, end of interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.sources.canon import QUALITY, Field, Site, assemble
from landpda.sources.doorway import netcdf_names
from landpda.sources.netcdf import dates, open_netcdf, require, scalar, series
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

NAMES = {
    "ta": ("tair", "degC"),
    "sw_in": ("shortwave", "W m-2"),
    "vpd": ("vpd", "hPa"),
    "nee": ("nee", "umol m-2 s-1"),
    "gpp_nt": ("gpp", "umol m-2 s-1"),
    "gpp_dt": ("gpp_daytime", "umol m-2 s-1"),
}
UTC_OFFSETS = {"BR-Sa1": -3.0, "DE-Hai": 1.0, "FI-Hyy": 2.0, "FR-Pue": 1.0, "US-NR1": -7.0, "US-Ton": -8.0}
"""[h] what the store took away to reach UTC. For BR-Sa1, whose clock is UTC-4, it took -3: adding -3 gives the clock back."""


class FluxnetHalfhourly(Source):
    """Half-hourly air temperature, shortwave, VPD, NEE and GPP of FLUXNET2015 from the EXCITED-CO2 store."""

    name: ClassVar[str] = "fluxnet_halfhourly"
    description: ClassVar[str] = "FLUXNET2015 half-hourly NetCDF slice (EXCITED-CO2 zarr)"

    def recognises(self, path: Path) -> bool:
        """Whether it has the store's lower-case names and flags."""
        return netcdf_names(path) >= {"ta", "sw_in", "nee", "nee_qc"}

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Half hours in the tower's own clock, on their start, from the first full day to the last."""
        dataset = open_netcdf(path)
        require(dataset, ("time", "nee"), path)
        latitude, longitude = (_attribute(dataset, name) for name in ("latitude", "longitude"))
        site = site_of(path, declared, Site(str(dataset.attrs.get("site", "")), latitude, longitude))
        ends = dates(dataset, "time", path)
        offset = declared.utc_offset if declared.utc_offset is not None else UTC_OFFSETS.get(site.name)
        zone = "UTC" if offset is None else f"local standard time (UTC{offset:+g} h)"
        starts = ends + np.timedelta64(round((offset or 0.0) * 60), "m") - np.timedelta64(30, "m")
        whole = _whole_days(starts)
        fields = []
        for origin, (name, units) in NAMES.items():
            if origin in dataset:
                fields.append(Field(name, series(dataset, origin, path)[whole], units, origin))
            if f"{origin}_qc" in dataset:
                # Flags are packed as fractions of the integer range: 0.99998 is a 1.
                flag = np.round(series(dataset, f"{origin}_qc", path)[whole])
                fields.append(Field(name + QUALITY, flag, "1", f"{origin}_qc"))
        remarks = [
            f"Times are {zone}, on the start of each half hour; the file has UTC and the end.",
            "Carbon fluxes in umol m-2 s-1 became gC m-2 d-1. Values are packed to 16 bits (0.0025 umol m-2 s-1 for NEE).",
            "Quality: 0 measured, 1 good, 2 medium, 3 poor or reanalysis; unpacked flags were rounded.",
            f"Half hours outside whole days were cut ({int((~whole).sum())} of {whole.size}).",
        ]
        return assemble(fields, starts[whole], "30min", site, source_format=self.name, path=path, remarks=remarks)


def _whole_days(starts: np.ndarray) -> np.ndarray:
    """Which half hours lie in days with all 48 of them, so without the padding of 14 h at either end."""
    days = starts.astype("datetime64[D]")
    names, counts = np.unique(days, return_counts=True)
    return np.isin(days, names[counts == 48])


def _attribute(dataset: xr.Dataset, name: str) -> float | None:
    if name in dataset.variables:
        return scalar(dataset, name)
    try:
        return float(dataset.attrs[name])
    except (KeyError, TypeError, ValueError):
        return None
