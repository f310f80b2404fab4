"""CARDAMOM driver files (cbf.nc): monthly forcing and observations, uncertainty rules in attributes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.sources.canon import UNCERTAINTY, VALIDATION, Field, Site, assemble, mask
from landpda.sources.cardamom_names import NAMES
from landpda.sources.doorway import netcdf_names
from landpda.sources.netcdf import dates, open_netcdf, require, scalar, series
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.time_axis import step_of

if TYPE_CHECKING:
    import xarray as xr

RULES = (
    "opt_unc_type",
    "opt_filter",
    "opt_normalization",
    "min_threshold",
    "single_unc",
    "single_mean_unc",
    "single_annual_unc",
    "single_monthly_unc",
    "structural_unc",
    "Uncertainty",
    "Annual_Uncertainty",
    "Uncertainty_Threshold",
)
ABSOLUTE, FACTOR = 0.0, 1.0
"""CARDAMOM's opt_unc_type: an error in the units of the data, or a factor of their logarithm."""


class Cardamom(Source):
    """CARDAMOM driver file (cbf.nc): monthly forcing with GPP, NBE, ET, LAI, biomass and snow cover where observed."""

    name: ClassVar[str] = "cardamom"
    description: ClassVar[str] = "CARDAMOM cbf.nc: monthly forcing and observations"

    def recognises(self, path: Path) -> bool:
        """Whether it has CARDAMOM's names; the daily set of DifferLand, with RECO, is another reader's."""
        names = netcdf_names(path)
        return names >= {"T2M_MIN", "SSRD", "TOTAL_PREC", "DOY", "LAT"} and "RECO" not in names

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Forcing and observations on the first of each month; its uncertainty rules stay in the attributes."""
        dataset = open_netcdf(path)
        require(dataset, ("time", "T2M_MIN", "T2M_MAX", "SSRD"), path)
        times = dates(dataset, "time", path)
        step = step_of(times, path)
        if step == "MS":
            times = times.astype("datetime64[M]").astype("datetime64[ns]")
        fields, rules = [], {}
        for origin, (name, units) in NAMES.items():
            for ending, suffix in (("", ""), ("_val", VALIDATION)):
                if origin + ending in dataset and dataset[origin + ending].ndim == 1:
                    fields.append(Field(name + suffix, series(dataset, origin + ending, path), units, origin + ending))
            if origin in dataset:
                rules[name] = _rules(dataset[origin])
                fields += _error(dataset, origin, path, rules[name])
        longitude = scalar(dataset, "LON") if scalar(dataset, "LON") is not None else scalar(dataset, "lon")
        latitude = scalar(dataset, "LAT") if scalar(dataset, "LAT") is not None else scalar(dataset, "lat")
        site = site_of(path, declared, Site(latitude=latitude, longitude=longitude))
        remarks = _remarks(rules, dataset)
        result = assemble(fields, times, step, site, source_format=self.name, path=path, remarks=remarks)
        for name, rule in rules.items():
            result[name].attrs |= {f"cardamom_{key}": value for key, value in rule.items()}
        return result


def _rules(variable: xr.DataArray) -> dict[str, float]:
    found = {}
    for key in RULES:
        try:
            value = float(variable.attrs[key])
        except (KeyError, TypeError, ValueError):
            continue
        if value != -9999.0 and np.isfinite(value):
            found[key] = value
    return found


def _error(dataset: xr.Dataset, origin: str, path: Path, rule: dict[str, float]) -> list[Field]:
    """The error as a series: the file's own, or what its rule for single values gives."""
    name, units = NAMES[origin]
    if f"{origin}unc" in dataset:
        return [Field(name + UNCERTAINTY, series(dataset, f"{origin}unc", path), units, f"{origin}unc")]
    if "single_unc" not in rule or "opt_unc_type" not in rule:
        return []
    values = mask(series(dataset, origin, path))
    single, floor = rule["single_unc"], rule.get("min_threshold", 0.0)
    if rule["opt_unc_type"] == ABSOLUTE:
        error = np.where(np.isnan(values), np.nan, single)
    elif rule["opt_unc_type"] == FACTOR and single > 1.0:
        # A factor f is a standard deviation ln f of the logarithm: to first order ln f times the value, floored as in CARDAMOM.
        error = np.maximum(np.abs(values), floor) * np.log(single)
    else:
        return []
    return [Field(name + UNCERTAINTY, error, units, f"single_unc of {origin}")]


def _remarks(rules: dict[str, dict[str, float]], dataset: xr.Dataset) -> list[str]:
    factors = sorted(name for name, rule in rules.items() if rule.get("opt_unc_type") == FACTOR and "single_unc" in rule)
    filtered = sorted(name for name, rule in rules.items() if rule.get("opt_filter", 0.0) > 0.0)
    remarks = ["-9999 was taken as missing, as fill value and as it stands.", "Times stand on the first of the month."]
    if factors:
        remarks.append(f"Uncertainty of {', '.join(factors)} is a factor f in the file; given as ln f times the value.")
    if filtered:
        remarks.append(
            f"Only means of {', '.join(filtered)} are to be compared by the file's opt_filter (see cardamom_ attributes)."
        )
    priors = sorted(str(name) for name in dataset.variables if str(name).startswith("PEQ_"))
    if priors:
        remarks.append(f"Priors on quantities in the file, not read: {', '.join(priors)}.")
    return remarks
