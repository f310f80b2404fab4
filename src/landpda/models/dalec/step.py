"""One step of DALEC's carbon, the terms it needs of the parameters, and the record of what happened in it."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Float

from landpda.core.types import Theta
from landpda.models.dalec.fire import Burned, Combustion, Fire, after_fire, fire_shares
from landpda.models.dalec.phenology import Season, SeasonalPulse, daily_share, seasonal_pulse
from landpda.models.dalec.pools import Allocation, CarbonFluxes, CarbonPools, allocation, lost_per_day, updated

Step = float | Float[Array, ""]


class CarbonTerms(NamedTuple):
    """What the parameters alone say; made once, outside the loop.

    Args:
        canopy_efficiency: [gC m-2 d-1] per leaf area.
        leaf_area: [m2 gC-1] of a gram of foliage.
        temperature_exponent: [K-1] of decomposition.
        share: [1] of GPP, to each destination.
        onset: release of labile carbon over the year.
        fall: of leaves over the year.
        root: [d-1] share of fine roots lost per day, as the mean over a step.
        wood: [d-1] share of wood lost per day, as the mean over a step.
        litter_respiration: [d-1] at 0 degC.
        som_respiration: [d-1] at 0 degC.
        litter_to_som: [d-1] at 0 degC.
        combustion: [1] shares of what is on burned area.
        dt: [d] length of a step.
    """

    canopy_efficiency: Float[Array, "*B"]
    leaf_area: Float[Array, "*B"]
    temperature_exponent: Float[Array, "*B"]
    share: Allocation
    onset: SeasonalPulse
    fall: SeasonalPulse
    root: Float[Array, "*B"]
    wood: Float[Array, "*B"]
    litter_respiration: Float[Array, "*B"]
    som_respiration: Float[Array, "*B"]
    litter_to_som: Float[Array, "*B"]
    combustion: Fire
    dt: Step


def carbon_terms(p: Theta, labile_lifespan: Float[Array, "*B"] | float, combustion: Combustion, dt: Step) -> CarbonTerms:
    """The terms of parameters under their names.

    Args:
        p: parameters.
        labile_lifespan: [yr] of labile carbon.
        combustion: [1] factors of fire.
        dt: [d] length of a step.
    """
    return CarbonTerms(
        canopy_efficiency=p["canopy_efficiency"],
        leaf_area=1.0 / p["leaf_carbon_per_area"],
        temperature_exponent=p["temperature_exponent"],
        share=allocation(p["autotrophic_fraction"], p["foliar_fraction"], p["labile_fraction"], p["root_fraction"]),
        onset=seasonal_pulse(p["onset_day"], p["onset_period"], labile_lifespan),
        fall=seasonal_pulse(p["fall_day"], p["fall_period"], p["leaf_lifespan"]),
        root=lost_per_day(p["root_turnover_rate"], dt),
        wood=lost_per_day(p["wood_turnover_rate"], dt),
        litter_respiration=p["litter_respiration_rate"],
        som_respiration=p["som_respiration_rate"],
        litter_to_som=p["litter_to_som_rate"],
        combustion=fire_shares(combustion),
        dt=dt,
    )


class Exposure(NamedTuple):
    """What the step does to carbon from outside.

    Args:
        lai: [m2 m-2] leaf area index at its start.
        gpp: [gC m-2 d-1] gross primary production.
        decomposition: [1] factor of temperature (and moisture) on decomposition.
        season: where in the year it lies.
        burned: [1] fraction of the area burned in it; None where there is never fire.
    """

    lai: Float[Array, "*B"]
    gpp: Float[Array, "*B"]
    decomposition: Float[Array, "*B"]
    season: Season
    burned: Float[Array, ""] | None


class CarbonStep(NamedTuple):
    """What happened to carbon in one step.

    Args:
        start: [gC m-2] pools at its start.
        exposure: what came from outside.
        share: [1] of GPP, to each destination.
        onset: [d-1] share of labile carbon released per day.
        fall: [d-1] share of foliage shed per day.
        fluxes: [gC m-2 d-1] between pools and air.
        burned: [gC m-2] what fire did.
        dt: [d] its length.
    """

    start: CarbonPools
    exposure: Exposure
    share: Allocation
    onset: Float[Array, "*B"]
    fall: Float[Array, "*B"]
    fluxes: CarbonFluxes
    burned: Burned
    dt: Step


def carbon_step(terms: CarbonTerms, pools: CarbonPools, now: Exposure) -> tuple[CarbonPools, CarbonStep]:
    """Pools at the end of a step [gC m-2] and its record. All fluxes start from the pools at its start; then comes the fire.

    Args:
        terms: of the parameters.
        pools: [gC m-2] at the start.
        now: what comes from outside.

    Source: [bloom2015] A1–A12; fire [bloom2016].
    """
    dt = terms.dt
    onset, fall = daily_share(terms.onset, now.season), daily_share(terms.fall, now.season)
    fluxes = CarbonFluxes(
        gpp=now.gpp,
        labile_release=pools.labile * lost_per_day(onset, dt),
        foliar_litter=pools.foliar * lost_per_day(fall, dt),
        root_litter=pools.root * terms.root,
        wood_litter=pools.wood * terms.wood,
        rh_litter=pools.litter * lost_per_day(now.decomposition * terms.litter_respiration, dt),
        rh_som=pools.som * lost_per_day(now.decomposition * terms.som_respiration, dt),
        litter_to_som=pools.litter * lost_per_day(now.decomposition * terms.litter_to_som, dt),
    )
    burned = after_fire(updated(pools, fluxes, terms.share, dt), now.burned, terms.combustion)
    return burned.pools, CarbonStep(pools, now, terms.share, onset, fall, fluxes, burned, dt)
