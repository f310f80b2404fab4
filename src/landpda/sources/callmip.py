"""CalLMIP Phase 1 daily flux files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.sources.canon import UNCERTAINTY, Field, Site, assemble, mask
from landpda.sources.doorway import netcdf_names
from landpda.sources.netcdf import dates, open_netcdf, require, scalar, series
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

NAMES = {"NEE": "nee", "Qle": "le", "Qh": "h"}
UNITS = {"nee": "gC m-2 d-1", "le": "W m-2", "h": "W m-2"}

HALVED = frozenset({"US-MMS"})
"""Hourly sites whose NEE was summed as if it were half-hourly: US-MMS has slope 0.499 (r = 0.9998) against the daily fluxes
of the same tower in another product; US-NR1, FI-Hyy, FR-Pue, DE-Hai and AU-How have 0.997 to 1.001."""
HALVED_BY = "* 1800"
"""How the files say that they were summed over half hours; a mended release would say otherwise, and is then left alone."""
SPARSE = 0.05


class Callmip(Source):
    """CalLMIP Phase 1 daily NEE, latent and sensible heat of a site, with joint uncertainty."""

    name: ClassVar[str] = "callmip"
    description: ClassVar[str] = "CalLMIP Phase 1 daily flux NetCDF"

    def recognises(self, path: Path) -> bool:
        """Whether it holds CalLMIP's daily fluxes."""
        return netcdf_names(path) >= {"NEE_daily", "NEE_uc_daily"}

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """NEE (> 0 to the atmosphere), latent and sensible heat with their errors."""
        dataset = open_netcdf(path)
        require(dataset, ("time", "NEE_daily", "NEE_uc_daily"), path)
        times = dates(dataset, "time", path)
        code = str(dataset.attrs.get("site_code", ""))
        found = Site(code, scalar(dataset, "latitude"), scalar(dataset, "longitude"))
        site = site_of(path, declared, found)
        halved = site.name in HALVED and HALVED_BY in str(dataset.attrs.get("scaling_factor_NEE", HALVED_BY))
        fields = []
        for origin, name in NAMES.items():
            for ending, suffix in (("_daily", ""), ("_uc_daily", UNCERTAINTY)):
                if origin + ending in dataset:
                    values = mask(series(dataset, origin + ending, path))
                    values = 2.0 * values if halved and name == "nee" else values
                    fields.append(Field(name + suffix, values, UNITS[name], origin + ending))
        valid = float(np.isfinite(fields[0].values).mean()) if fields[0].values.size else 0.0
        return assemble(
            fields, times, "1D", site, source_format=self.name, path=path, remarks=_remarks(dataset, halved, valid)
        )  # fmt: skip


def _remarks(dataset: xr.Dataset, halved: bool, valid: float) -> list[str]:
    remarks = [
        "NEE is > 0 to the atmosphere, although its attributes say net downward and nep.",
        "Days with more than a quarter of filled half hours are missing: what is left leans to fair weather.",
        "The uncertainty joins random error and the choice of the ustar threshold.",
    ]
    if halved:
        remarks.append("NEE and its uncertainty were doubled: the file sums this hourly site as if it were half-hourly.")
    if valid < SPARSE:
        remarks.append(f"Only {100 * valid:.1f} % of the days have NEE: too few to calibrate with.")
    return remarks
