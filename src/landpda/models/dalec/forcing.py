"""Forcing as DALEC wants it, with what can be derived from the time axis filled in."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.core.errors import DataError
from landpda.core.model import check_forcing
from landpda.core.scenario import Scenario
from landpda.core.types import Variable, variables

CARBON_FORCING = variables(
    Variable("tmin", "degC", meaning="lowest air temperature of the day"),
    Variable("tmax", "degC", meaning="highest air temperature of the day"),
    Variable("shortwave", "MJ m-2 d-1", meaning="incoming solar radiation"),
    Variable("co2", "ppm", meaning="mole fraction of CO2 in the air"),
)
"""What a scenario must hold."""

WATER_FORCING = variables(
    Variable("vpd", "hPa", meaning="vapour pressure deficit"),
    Variable("precipitation", "mm d-1", meaning="rain and snow"),
)
"""What DALEC with water needs besides."""

DERIVED_FORCING = variables(
    Variable("day_of_year", "d", meaning="1 on the first of January; from the dates if absent"),
    Variable("time_index", "d", meaning="days since the start of the run at mid-step; from the times if absent"),
    Variable("burned_area", "1", meaning="fraction of the area burned during the step; none if absent"),
)
"""What a scenario may hold. Without the first two they are derived from its times; without the last there is no fire."""


def dalec_forcing(scenario: Scenario, needed: dict[str, Variable]) -> dict[str, Float[Array, "T"]]:
    """The forcing of a DALEC run: what is needed, and what can be derived.

    Args:
        scenario: whose forcing is read.
        needed: the variables that must be there.

    Raises:
        DataError: one of them is missing, or the site has no latitude.
    """
    if "latitude" not in scenario.constants:
        raise DataError(
            "DALEC needs the constant latitude [degrees_north] for the length of the day.",
            f"The site {scenario.site or ''} has {', '.join(sorted(scenario.constants)) or 'no constants'}.",
            "Give the scenario constants={'latitude': …}.",
        )
    forcing = check_forcing(scenario, needed)
    for name, derive in (("day_of_year", _day_of_year), ("time_index", _time_index)):
        forcing[name] = scenario.forcing[name] if name in scenario.forcing else derive(scenario)
    if "burned_area" in scenario.forcing:
        forcing["burned_area"] = scenario.forcing["burned_area"]
    return {name: jnp.asarray(values) for name, values in forcing.items()}


def _day_of_year(scenario: Scenario) -> np.ndarray:
    """Day of the year in which each step's middle lies [d]; a whole number for daily steps."""
    middle = scenario.dates + np.timedelta64(round(float(scenario.dt) * 43200), "s")
    since_new_year = (middle - middle.astype("datetime64[Y]").astype("datetime64[s]")).astype(float) / 86400.0
    return np.floor(since_new_year) + 1.0 if float(scenario.dt) <= 1.0 else since_new_year + 0.5


def _time_index(scenario: Scenario) -> np.ndarray:
    """Days since the start of the run at mid-step [d]."""
    times = np.asarray(scenario.times, dtype=float)
    return times - times[0] + 0.5 * float(scenario.dt)


def plain_step(dt: float | Float[Array, ""], dtype: Any) -> float | Float[Array, ""]:
    """Length of a step [d]: a plain number where it is known, so that a daily run needs no power, else of the given type."""
    return float(dt) if isinstance(dt, int | float | np.number) else jnp.asarray(dt, dtype)
