"""The aggregated canopy model (ACM): daily photosynthesis of a canopy from its leaf area and the weather."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

PUBLISHED_PI = 3.1415927
"""[1] π as the published code has it, everywhere. Its eight digits shift a phase of years by 1e-5, so they are kept."""

# [fox2009] table 2 with a1 = canopy efficiency (nitrogen set to one) and a total plant–soil resistance R_tot of one.
DAYLENGTH_SLOPE = 0.0156935  # a2 [h-1]
COMPENSATION_POINT = 4.22273  # a3 [ppm]
HALF_SATURATION = 208.868  # a4 [ppm]
DAYLENGTH_OFFSET = 0.0453194  # a5 [1]
HYDRAULIC_COEFFICIENT = 0.37836  # a6 [1]
LIGHT_EFFICIENCY = 7.19298  # a7 [gC MJ-1]
TEMPERATURE_EXPONENT = 0.011136  # a8 [K-1]
LAI_HALF_SQUARE = 2.1001  # a9 [m4 m-4]
WATER_POTENTIAL_EXPONENT = 0.789798  # a10 [1]
WATER_POTENTIAL_DIFFERENCE = 2.0  # |ψ_d| [MPa]


class CanopyWeather(NamedTuple):
    """What the weather alone says of photosynthesis, per step; made once, outside the loop.

    Args:
        diffusion: [m2 d gC-1 ppm] exp(a8 Tmax)/g_c: turns leaf area times efficiency into p.
        linear: [ppm] 2 (Ca + q − 2 a3), of the square root's argument p² − linear p + square.
        constant: [ppm] Ca − q.
        square: [ppm2] (Ca − q)².
        limit: [gC m-2 d-1] a7 I (a2 s + a5), what light and day length allow.
        light_to_supply: [ppm-1] a7 I/(2 exp(a8 Tmax) (Ca − a3)).
    """

    diffusion: Float[Array, "T"]
    linear: Float[Array, "T"]
    constant: Float[Array, "T"]
    square: Float[Array, "T"]
    limit: Float[Array, "T"]
    light_to_supply: Float[Array, "T"]


def canopy_weather(forcing: Mapping[str, Float[Array, "T"]], latitude: Float[Array, ""] | float) -> CanopyWeather:
    """The terms of ACM that depend on weather and place only.

    Args:
        forcing: tmin [degC], tmax [degC], shortwave [MJ m-2 d-1], co2 [ppm], day_of_year [d].
        latitude: [degrees_north] of the site.
    """
    tmin, tmax, co2 = forcing["tmin"], forcing["tmax"], forcing["co2"]
    conductance = WATER_POTENTIAL_DIFFERENCE**WATER_POTENTIAL_EXPONENT / (HYDRAULIC_COEFFICIENT + 0.5 * (tmax - tmin))
    warmth = jnp.exp(TEMPERATURE_EXPONENT * tmax)
    q = COMPENSATION_POINT - HALF_SATURATION
    light = LIGHT_EFFICIENCY * forcing["shortwave"]
    return CanopyWeather(
        diffusion=warmth / conductance,
        linear=2.0 * (co2 + q - 2.0 * COMPENSATION_POINT),
        constant=co2 - q,
        square=(co2 - q) ** 2,
        limit=light * (DAYLENGTH_SLOPE * daylength(forcing["day_of_year"], latitude) + DAYLENGTH_OFFSET),
        light_to_supply=light / (2.0 * warmth * (co2 - COMPENSATION_POINT)),
    )


def daylength(day_of_year: Float[Array, "T"], latitude: Float[Array, ""] | float) -> Float[Array, "T"]:
    """Hours from sunrise to sunset [h].

        s = (24/π) acos(−tan φ tan δ),   δ = −23.4° cos(2π (N + 10)/365)

    Args:
        day_of_year: [d] N, 1 on the first of January.
        latitude: [degrees_north] φ.

    Source: [fox2009]. The cosine is held within ±(1 − 1e-12), where polar day and night have a slope without end.

    >>> round(float(daylength(jnp.array(180.0), 51.0)), 4)
    16.2621
    """
    degrees = PUBLISHED_PI / 180.0
    declination = -23.4 * jnp.cos(2.0 * PUBLISHED_PI * (day_of_year + 10.0) / 365.0) * degrees
    cosine = jnp.tan(latitude * degrees) * jnp.tan(declination)
    return 24.0 * jnp.arccos(jnp.clip(-cosine, -1.0 + 1e-12, 1.0 - 1e-12)) / PUBLISHED_PI


def gross_primary_production(
    lai: Float[Array, "*B"], canopy_efficiency: Float[Array, "*B"], weather: CanopyWeather
) -> Float[Array, "*B"]:
    """Gross primary production GPP [gC m-2 d-1].

        g_c = |ψ_d|^a10/(a6 R_tot + ½(Tmax − Tmin)),  p = (LAI a1/g_c) exp(a8 Tmax),  q = a3 − a4
        C_i = ½[Ca + q − p + √((Ca + q − p)² − 4(Ca q − p a3))]
        P_d = g_c (Ca − C_i),  E0 = a7 LAI²/(LAI² + a9),  GPP = (a2 s + a5) E0 I P_d/(E0 I + P_d)

    Written with one division: Ca − C_i = 2 p (Ca − a3)/D with D = Ca − q + p + √…, whose terms are all positive; then g_c
    cancels and the light limit joins the same fraction. So a leafless canopy gives 0, not 0/0, and no digits cancel.

    Args:
        lai: [m2 m-2] leaf area index.
        canopy_efficiency: [gC m-2 d-1] a1, per leaf area.
        weather: of this step.

    Source: [williams1997], with the constants of [fox2009].
    """
    p = canopy_efficiency * lai * weather.diffusion
    denominator = weather.constant + p + jnp.sqrt((p - weather.linear) * p + weather.square)
    square = lai * lai
    resistance = weather.light_to_supply * lai * denominator + canopy_efficiency * (square + LAI_HALF_SQUARE)
    return weather.limit * canopy_efficiency * square / resistance
