"""The two water stores of DALEC: plant-available (PAW) and plant-unavailable (PUW), what fills and what drains them."""

from __future__ import annotations

import abc
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from landpda.core.stepped import NonNegative, State, StateVariable
from landpda.core.types import Theta


class WaterStores(NamedTuple):
    """Water in each store [mm]."""

    paw: Float[Array, "*B"]
    puw: Float[Array, "*B"]


STORE_STATES = (
    StateVariable("paw", "mm", NonNegative(1.0), "plant-available water at the start of the step"),
    StateVariable("puw", "mm", NonNegative(1.0), "plant-unavailable water at the start of the step"),
)
"""The stores as variables that a filter may change."""


def stores_of(state: State) -> WaterStores:
    """The stores among the variables of a state."""
    return WaterStores(*(state[variable.name] for variable in STORE_STATES))


class Soil(eqx.Module):
    """Whether more may leave the plant-available store than there is. A subclass is final."""

    @abc.abstractmethod
    def deep_share(self, fraction: Float[Array, "*B"], is_full: Bool[Array, "*B"]) -> Float[Array, "*B"]:
        """Share of the plant-available store's drainage that goes to the deep store [1].

        Args:
            fraction: [1] x, a parameter.
            is_full: whether the store is more than half full.
        """

    @abc.abstractmethod
    def evaporation(self, demand: Float[Array, "*B"], supply: Float[Array, "*B"]) -> Float[Array, "*B"]:
        """Evapotranspiration [mm d-1].

        Args:
            demand: [mm d-1] of plants and sun.
            supply: [mm d-1] that is left once the store has drained.
        """


class ConservingSoil(Soil):
    """Nothing leaves that is not there: runoff and deep drainage share what drains, and evaporation ends with the water."""

    def deep_share(self, fraction: Float[Array, "*B"], is_full: Bool[Array, "*B"]) -> Float[Array, "*B"]:
        """The fraction x itself [1]."""
        return fraction

    def evaporation(self, demand: Float[Array, "*B"], supply: Float[Array, "*B"]) -> Float[Array, "*B"]:
        """The demand, as far as there is water [mm d-1]."""
        return jnp.minimum(demand, supply)


class PublishedSoil(Soil):
    """As coded for identities 990 and 1005 [bloom2020]: a full store drains more than it holds above its quarter, and a dry one
    evaporates. Its water then falls below zero, and photosynthesis with it. Use it to compare with runs of that code only.
    """

    def deep_share(self, fraction: Float[Array, "*B"], is_full: Bool[Array, "*B"]) -> Float[Array, "*B"]:
        """The fraction x, but x/(1 − x) of a store more than half full [1]."""
        return jnp.where(is_full, fraction / (1.0 - fraction), fraction)

    def evaporation(self, demand: Float[Array, "*B"], supply: Float[Array, "*B"]) -> Float[Array, "*B"]:
        """The demand [mm d-1]."""
        return demand


class WaterTerms(NamedTuple):
    """What the parameters alone say.

    Args:
        wilting: [mm] plant-available water below which photosynthesis falls.
        paw_capacity: [mm] size of the plant-available store.
        puw_capacity: [mm] size of the plant-unavailable store.
        deep_fraction: [1] x, of the plant-available store's drainage.
        water_per_carbon: [kg gC-1 hPa^-0.5] one over the water use efficiency.
        radiation_evaporation: [mm m2 MJ-1] evaporation per shortwave radiation.
    """

    wilting: Float[Array, "*B"]
    paw_capacity: Float[Array, "*B"]
    puw_capacity: Float[Array, "*B"]
    deep_fraction: Float[Array, "*B"]
    water_per_carbon: Float[Array, "*B"]
    radiation_evaporation: Float[Array, "*B"]


def water_terms(p: Theta) -> WaterTerms:
    """The terms of parameters under their names."""
    return WaterTerms(
        wilting=p["wilting_water"],
        paw_capacity=p["paw_capacity"],
        puw_capacity=p["puw_capacity"],
        deep_fraction=p["deep_drainage_fraction"],
        water_per_carbon=1.0 / p["water_use_efficiency"],
        radiation_evaporation=p["radiation_evaporation"],
    )


class WaterWeather(NamedTuple):
    """What the weather says of a step's water.

    Args:
        rain: [mm d-1] rain and snow.
        dryness: [hPa^0.5] root of the vapour pressure deficit.
        shortwave: [MJ m-2 d-1] radiation.
    """

    rain: Float[Array, "T"]
    dryness: Float[Array, "T"]
    shortwave: Float[Array, "T"]


class WaterStep(NamedTuple):
    """What happened to water in one step [mm d-1].

    Args:
        evapotranspiration: to the air.
        runoff: out of the plant-available store, to the river.
        deep_drainage: out of the plant-available into the plant-unavailable store.
        baseflow: out of the plant-unavailable store, to the river.
    """

    evapotranspiration: Float[Array, "*B"]
    runoff: Float[Array, "*B"]
    deep_drainage: Float[Array, "*B"]
    baseflow: Float[Array, "*B"]


def drought_stress(paw: Float[Array, "*B"], wilting: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """Factor on photosynthesis min(W/W_wilt, 1) [1].

    Args:
        paw: [mm] W.
        wilting: [mm] W_wilt.

    Source: [bloom2020].
    """
    return jnp.minimum(paw / wilting, 1.0)


def water_step(
    soil: Soil, terms: WaterTerms, stores: WaterStores, gpp: Float[Array, "*B"], now: WaterWeather, dt: float | Array
) -> tuple[WaterStores, WaterStep]:
    """Stores at the end of a step [mm] and its fluxes [mm d-1].

        ET = GPP √D/uWUE + r I
        W ← W + (P − ET − q − d)Δt,  U ← U + (d − b)Δt

    Args:
        soil: how the stores limit what leaves them.
        terms: of the parameters.
        stores: [mm] at the start.
        gpp: [gC m-2 d-1] gross primary production.
        now: the weather.
        dt: [d] length of the step.

    Source: [bloom2020]; the radiation term [boese2017].
    """
    drained = drainage(stores.paw, terms.paw_capacity, dt)
    deep = drained * soil.deep_share(terms.deep_fraction, stores.paw > 0.5 * terms.paw_capacity)
    runoff = drained * (1.0 - terms.deep_fraction)
    baseflow = drainage(stores.puw, terms.puw_capacity, dt)
    demand = gpp * now.dryness * terms.water_per_carbon + now.shortwave * terms.radiation_evaporation
    evapotranspiration = soil.evaporation(demand, stores.paw / dt + now.rain - runoff - deep)
    end = WaterStores(
        paw=stores.paw + (now.rain - evapotranspiration - runoff - deep) * dt,
        puw=stores.puw + (deep - baseflow) * dt,
    )
    return end, WaterStep(evapotranspiration, runoff, deep, baseflow)


def drainage(store: Float[Array, "*B"], capacity: Float[Array, "*B"], dt: float | Array) -> Float[Array, "*B"]:
    """What a store loses by drainage [mm d-1]: W²/Q over the step, or all above Q/4 if it is more than half full.

    Args:
        store: [mm] W.
        capacity: [mm] Q.
        dt: [d] length of the step.

    Source: [bloom2020]. The two meet at W = Q/2 with the same value and slope.
    """
    return jnp.where(store > 0.5 * capacity, store - 0.25 * capacity, store * store / capacity) / dt
