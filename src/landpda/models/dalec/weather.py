"""What the weather alone says of a step of DALEC's carbon; made once, outside the loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from jaxtyping import Array, Float

from landpda.models.dalec.acm import CanopyWeather, canopy_weather
from landpda.models.dalec.phenology import Season, season


class CarbonWeather(NamedTuple):
    """Of each step.

    Args:
        canopy: of photosynthesis.
        season: of phenology.
        temperature: [degC] mean of the day's lowest and highest.
        burned: [1] fraction of the area; None where there is never fire.
    """

    canopy: CanopyWeather
    season: Season
    temperature: Float[Array, "T"]
    burned: Float[Array, "T"] | None


def carbon_weather(forcing: Mapping[str, Float[Array, "T"]], latitude: Float[Array, ""] | float) -> CarbonWeather:
    """The weather of each step.

    Args:
        forcing: tmin [degC], tmax [degC], shortwave [MJ m-2 d-1], co2 [ppm], day_of_year [d], time_index [d], and
            burned_area [1] if there is fire.
        latitude: [degrees_north] of the site.
    """
    return CarbonWeather(
        canopy=canopy_weather(forcing, latitude),
        season=season(forcing["time_index"]),
        temperature=0.5 * (forcing["tmin"] + forcing["tmax"]),
        burned=forcing.get("burned_area"),
    )
