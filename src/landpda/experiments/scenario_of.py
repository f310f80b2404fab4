"""The forcing that a model needs, from a site's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, nearest
from landpda.core.model import Model
from landpda.core.scenario import Scenario
from landpda.core.units import convert

if TYPE_CHECKING:
    import xarray as xr

OPTIONAL_FORCING = ("burned_area", "day_of_year", "time_index")
"""What a model derives itself, or takes as none, where a site's file does not have it."""


def scenario_from(site: xr.Dataset, model: Model) -> Scenario:
    """The forcing that `model` needs, in its units, from a site's data.

    Raises:
        DataError: a forcing is missing, has gaps, or cannot be brought to the model's units.
    """
    days = site["time"].values.astype("datetime64[s]").astype(np.int64) / 86400.0
    if len(days) < 2:
        raise DataError(f"Forcing of {site_name(site)} was asked for.", "It has fewer than two steps.", "Give a longer record.")
    forcing = {}
    for name, variable in model.forcing.items():
        if name in site:
            values = convert(site[name].values, str(site[name].attrs.get("units", "1")), variable.units, what=name)
            _refuse_gaps(name, values, site)
            forcing[name] = np.asarray(values, dtype=float)
        elif name not in OPTIONAL_FORCING:
            raise DataError(
                f"The model {model.name} needs the forcing {name!r} [{variable.units}].",
                f"The file of {site_name(site)} does not have it.",
                nearest(name, [str(key) for key in site.data_vars]),
            )
    if "latitude" not in site.attrs:
        raise DataError(
            f"The latitude of {site_name(site)} was asked for.", "The file does not hold it.", "Give it: site.latitude=51.08"
        )
    constants = {"latitude": float(site.attrs["latitude"])}
    return Scenario(forcing=forcing, constants=constants, times=days, dt=float(np.median(np.diff(days))), site=site_name(site))


def site_name(site: xr.Dataset) -> str:
    """What messages call the site."""
    return str(site.attrs.get("site", "the site"))


def _refuse_gaps(name: str, values: np.ndarray, site: xr.Dataset) -> None:
    missing = ~np.isfinite(values)
    if missing.any():
        days = site["time"].values[missing].astype("datetime64[D]")
        shown = ", ".join(str(day) for day in days[:3]) + (f" and {missing.sum() - 3} more" if missing.sum() > 3 else "")
        raise DataError(
            f"The forcing {name!r} of {site_name(site)} must have a value at every step.",
            f"It is missing on {shown}.",
            "Fill the gaps in the file, or choose a period without them.",
        )
