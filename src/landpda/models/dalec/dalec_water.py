"""DALEC with plant-available water: six carbon pools, two water stores, 37 parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.engine.exponential import exp
from landpda.core.parameter_table import ParameterTable, read_parameter_table
from landpda.core.scenario import Scenario
from landpda.core.stepped import State, StateVariable, SteppedModel
from landpda.core.types import Needs, Outputs, Theta, Variable
from landpda.models.dalec.acm import gross_primary_production
from landpda.models.dalec.constraints import CONSTRAINTS, judge_with
from landpda.models.dalec.fire import Combustion
from landpda.models.dalec.forcing import CARBON_FORCING, WATER_FORCING, dalec_forcing, plain_step
from landpda.models.dalec.outputs import CARBON_DIAGNOSES, CARBON_OUTPUTS, CARBON_STATES, state_outputs
from landpda.models.dalec.pools import LARGEST_SHARE, POOL_STATES, CarbonPools, initial_pools, pools_of
from landpda.models.dalec.run import Loop, Readings, check_wanted, like, run_loop, typed
from landpda.models.dalec.step import CarbonStep, CarbonTerms, Exposure, carbon_step, carbon_terms
from landpda.models.dalec.totals import anniversaries
from landpda.models.dalec.water import (
    STORE_STATES,
    ConservingSoil,
    Soil,
    WaterStep,
    WaterStores,
    WaterTerms,
    WaterWeather,
    drought_stress,
    stores_of,
    water_step,
    water_terms,
)
from landpda.models.dalec.weather import CarbonWeather, carbon_weather

FORCING = {**CARBON_FORCING, **WATER_FORCING}

WATER_FLUXES = {
    "et": ("evapotranspiration", "evapotranspiration"),
    "q_paw": ("runoff", "runoff from plant-available water"),
    "paw_to_puw": ("deep_drainage", "drainage from plant-available to plant-unavailable water"),
    "q_puw": ("baseflow", "runoff from plant-unavailable water"),
}
"""Output → field of `WaterStep`, meaning."""

OUTPUTS = {
    **CARBON_OUTPUTS,
    **{name: Variable(name, "mm d-1", ("time",), meaning) for name, (_, meaning) in WATER_FLUXES.items()},
    **state_outputs(
        Variable("paw", "mm", ("time",), "plant-available water"),
        Variable("puw", "mm", ("time",), "plant-unavailable water"),
    ),
}


class Stores(NamedTuple):
    """Carbon [gC m-2] and water [mm]."""

    carbon: CarbonPools
    water: WaterStores


class Record(NamedTuple):
    """What happened in one step."""

    carbon: CarbonStep
    water: WaterStep


class Terms(NamedTuple):
    """What the parameters alone say.

    Args:
        carbon: of the pools.
        water: of the stores.
        moisture_response: [1] slope of decomposition against rain over its mean.
        largest_decomposition: [1] factor at which a pool would be gone within a day.
    """

    carbon: CarbonTerms
    water: WaterTerms
    moisture_response: Float[Array, "*B"]
    largest_decomposition: Float[Array, "*B"]


class Weather(NamedTuple):
    """What the weather alone says, per step.

    Args:
        carbon: of carbon; its temperature [K] is above half the mean.
        water: of water.
        wetness: [1] rain over its mean, less one.
    """

    carbon: CarbonWeather
    water: WaterWeather
    wetness: Float[Array, "T"]


class DalecWater(SteppedModel):
    """Carbon in six pools and water in two stores: drought slows photosynthesis, rain quickens decomposition.

    Needs the forcing of `Dalec2` and also vapour pressure deficit and precipitation; combustion factors are parameters. Gives
    also evapotranspiration, runoff and soil water. Carbon and water are conserved to rounding. The published code lets more
    water leave the soil than there is; here it does not, unless `soil` is `PublishedSoil()`. As published, decomposition rates
    hold at half the run's mean temperature and at its mean rain; a scenario's constants `mean_temperature` [degC] and
    `mean_precipitation` [mm d-1] stand in for the run's own, so that parts of a window agree with the whole. Snow is rain.

    Source: [bloom2020]; radiation term of evapotranspiration [boese2017].
    """

    soil: Soil = ConservingSoil()

    name: ClassVar[str] = "dalec_water"
    source: ClassVar[str] = "bloom2020"
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.GRADIENT | Needs.LEAST_SQUARES | Needs.STEPPING

    @property
    def parameters(self) -> ParameterTable:
        """The 37 parameters of identity 1005, in its order."""
        return _table()

    @property
    def outputs(self) -> Mapping[str, Variable]:
        """Those of `Dalec2`, and water fluxes and stores."""
        return OUTPUTS

    @property
    def forcing(self) -> Mapping[str, Variable]:
        """Weather and CO2; `day_of_year`, `time_index` and `burned_area` are derived if the scenario lacks them."""
        return FORCING

    @property
    def constraints(self) -> tuple[str, ...]:
        """EDC1–12, ranges of the mean carbon pools, and positive carbon pools."""
        return CONSTRAINTS

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        """Run the model and return the outputs named in `wanted`, and only those."""
        check_wanted(wanted, OUTPUTS)
        p = typed(theta, self.parameters)
        forcing = dalec_forcing(scenario, FORCING)
        weather, mean_temperature = _weather(forcing, scenario.constants)
        weather, mean_temperature, years = like(p, (weather, mean_temperature, anniversaries(forcing["time_index"])))
        terms = self.terms(p, scenario)
        mean_decomposition = jnp.exp(p["temperature_exponent"] * 0.5 * mean_temperature)
        loop = Loop(
            step=partial(_step, self.soil, terms),
            initial=_initial(p),
            drivers=weather,
            readings=READINGS,
            pools=lambda stores: stores.carbon,
            carbon=lambda record: record.carbon,
            judge=judge_with(p, terms.carbon, years, mean_decomposition, _table()),
            years=years,
        )
        return run_loop(loop, wanted)

    @property
    def states(self) -> tuple[StateVariable, ...]:
        """Six pools and two stores."""
        return (*POOL_STATES, *STORE_STATES)

    def drivers(self, scenario: Scenario) -> Weather:
        """The weather of each step."""
        return _weather(dalec_forcing(scenario, FORCING), scenario.constants)[0]

    def terms(self, theta: Theta, scenario: Scenario) -> Terms:
        """Rates, shares, phenology and sizes of the stores."""
        p = typed(theta, self.parameters)
        return _terms(p, plain_step(scenario.dt, p["onset_day"].dtype))

    def initial(self, theta: Theta, scenario: Scenario) -> State:
        """Pools and stores, which are parameters."""
        return READINGS.of_state(_initial(typed(theta, self.parameters)))

    def advance(self, terms: Terms, state: State, now: Weather, wanted: tuple[str, ...]) -> tuple[State, Outputs]:
        """One step."""
        before = Stores(pools_of(state), stores_of(state))
        after, record = _step(self.soil, terms, before, now)
        return READINGS.of_state(after), READINGS.of_step(before, record, wanted)


def _initial(p: Theta) -> Stores:
    pools = initial_pools(p)
    water = (jnp.broadcast_to(p[f"{name}_initial"], pools.som.shape) for name in WaterStores._fields)
    return Stores(pools, WaterStores(*water))


def _of_carbon(read: Any) -> Any:
    return lambda whole: read(whole.carbon)


def _of_water(name: str) -> Any:
    return lambda whole: getattr(whole.water, name)


READINGS = Readings(
    diagnoses={name: _of_carbon(read) for name, read in CARBON_DIAGNOSES.items()}
    | {name: _of_water(field) for name, (field, _) in WATER_FLUXES.items()},
    states={name: _of_carbon(read) for name, read in CARBON_STATES.items()}
    | {name: _of_water(name) for name in WaterStores._fields},
)


def _weather(forcing: Mapping[str, Array], constants: Mapping[str, Any]) -> tuple[Weather, Float[Array, ""]]:
    """The weather of each step, and its mean temperature [degC]."""
    carbon = carbon_weather(forcing, constants["latitude"])
    mean_temperature = jnp.asarray(constants.get("mean_temperature", jnp.mean(carbon.temperature)))
    rain = forcing["precipitation"]
    mean_rain = constants.get("mean_precipitation", jnp.mean(rain))
    # Half the mean, not the mean, as the published code has it: a rate then holds at that temperature.
    carbon = carbon._replace(temperature=carbon.temperature - 0.5 * mean_temperature)
    # A run without any rain has no mean to compare with; decomposition then goes at its mean rate.
    wetness = jnp.where(mean_rain > 0.0, rain / jnp.where(mean_rain > 0.0, mean_rain, 1.0) - 1.0, 0.0)
    dryness = jnp.sqrt(jnp.maximum(forcing["vpd"], 0.0))
    return Weather(carbon, WaterWeather(rain, dryness, forcing["shortwave"]), wetness), mean_temperature


def _terms(p: Theta, dt: float | Array) -> Terms:
    ligneous, foliar = p["ligneous_combustion"], p["foliar_combustion"]
    combustion = Combustion(
        labile=ligneous,
        foliar=foliar,
        root=ligneous,
        wood=ligneous,
        litter=0.5 * (foliar + ligneous),
        som=p["som_combustion"],
        resilience=p["resilience"],
    )
    of_litter = p["litter_respiration_rate"] + p["litter_to_som_rate"]
    return Terms(
        carbon=carbon_terms(p, p["labile_lifespan"], combustion, dt),
        water=water_terms(p),
        moisture_response=p["moisture_response"],
        largest_decomposition=LARGEST_SHARE / jnp.maximum(of_litter, p["som_respiration_rate"]),
    )


def _step(soil: Soil, terms: Terms, state: Stores, now: Weather) -> tuple[Stores, Record]:
    carbon = terms.carbon
    lai = state.carbon.foliar * carbon.leaf_area
    potential = gross_primary_production(lai, carbon.canopy_efficiency, now.carbon.canopy)
    gpp = potential * drought_stress(state.water.paw, terms.water.wilting)
    warmth = exp(carbon.temperature_exponent * now.carbon.temperature)
    # A cloudburst can be forty times the mean rain: no more decomposes in a day than there is.
    decomposition = jnp.minimum(warmth * (1.0 + now.wetness * terms.moisture_response), terms.largest_decomposition)
    exposure = Exposure(lai, gpp, decomposition, now.carbon.season, now.carbon.burned)
    pools, carbon_record = carbon_step(carbon, state.carbon, exposure)
    stores, water_record = water_step(soil, terms.water, state.water, gpp, now.water, carbon.dt)
    return Stores(pools, stores), Record(carbon_record, water_record)


@cache
def _table() -> ParameterTable:
    return read_parameter_table(Path(__file__).with_name("parameters_dalec_water.csv"))
