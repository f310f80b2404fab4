"""Daily drivers and observations, one NetCDF per site, as published with DifferLand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import UNCERTAINTY, Field, Site, assemble
from landpda.sources.cardamom_names import NAMES
from landpda.sources.doorway import netcdf_names
from landpda.sources.netcdf import dates, open_netcdf, require, scalar, series
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

EPOCH = "days since 2001-01-01"
"""The file gives none. With this epoch NBE meets the half-hourly fluxes of the same sites (r = 0.9999)."""

EXPECTED = ("time", "LAT", "T2M_MIN", "T2M_MAX", "SSRD")
SIGNATURE = frozenset({"nodays", "LAT", "T2M_MIN", "DOY", "NBE", "RECO"})


class SiteDaily(Source):
    """Daily forcing and observations of a site in one NetCDF file, the set published with DifferLand v1.0."""

    name: ClassVar[str] = "site_daily"
    description: ClassVar[str] = "daily drivers and observations, one NetCDF per site (DifferLand)"

    def recognises(self, path: Path) -> bool:
        """Whether its variables are those of the set; CARDAMOM's own files have no RECO."""
        return netcdf_names(path) >= SIGNATURE

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Forcing, fluxes with the random error of the day, LAI, soil water and water storage."""
        dataset = open_netcdf(path)
        require(dataset, EXPECTED, path)
        times = dates(dataset, "time", path, units=str(dataset["time"].attrs.get("units", "")) or EPOCH)
        _check_day_of_year(dataset, times, path)
        fields, marked = [], []
        for origin, (name, units) in NAMES.items():
            for suffix, ending in (("", ""), ("unc", UNCERTAINTY)):
                if origin + suffix in dataset:
                    values = series(dataset, origin + suffix, path)
                    marked += [f"{origin + suffix} ({int((values == -9999.0).sum())})"] if (values == -9999.0).any() else []
                    fields.append(Field(name + ending, values, units, origin + suffix))
        remarks = [
            f"Time carries no units in the file: read as {EPOCH}; the day of the year agrees.",
            "NBE includes good gap-filled half hours; GPP and RECO are partitioned from it: they are not independent streams.",
            "LAI is interpolated to days from 8-day MODIS composites: use every eighth day or inflate its error.",
            "NBE's error is the random error of the daily flux only: add a structural error.",
            "CO2 is measured at the tower, not the background.",
        ]
        if marked:
            remarks.append(f"Values of -9999 left in the series were taken as missing: {', '.join(marked)}.")
        site = site_of(path, declared, Site(latitude=scalar(dataset, "LAT")))
        return assemble(fields, times, "1D", site, source_format=self.name, path=path, remarks=remarks)


def _check_day_of_year(dataset: xr.Dataset, times: np.ndarray, path: Path) -> None:
    if "DOY" not in dataset:
        return
    days = series(dataset, "DOY", path)
    if days.shape != times.shape:
        return
    expected = (times.astype("datetime64[D]") - times.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
    wrong = np.flatnonzero(np.isfinite(days) & (days != expected))
    if wrong.size:
        raise DataError(
            f"The dates of {path} were read as {EPOCH}.",
            f"On {str(times[wrong[0]])[:10]} the file's DOY is {days[wrong[0]]:g}, not {expected[wrong[0]]}.",
            "The file counts its time from another day: set units on its time.",
        )
