"""DALEC2 with fire: six carbon pools, 23 parameters, and the ecological and dynamic constraints on them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.engine.exponential import exp
from landpda.core.model import Model
from landpda.core.parameter_table import ParameterTable, read_parameter_table
from landpda.core.scenario import Scenario
from landpda.core.types import Needs, Outputs, Theta, Variable
from landpda.models.dalec.acm import CanopyWeather, canopy_weather, gross_primary_production
from landpda.models.dalec.constraints import CONSTRAINTS, Run, TurnoverRates, Verdict, judge
from landpda.models.dalec.fire import PUBLISHED_COMBUSTION
from landpda.models.dalec.forcing import CARBON_FORCING, dalec_forcing, plain_step
from landpda.models.dalec.outputs import CARBON_DIAGNOSES, CARBON_OUTPUTS, CARBON_STATES
from landpda.models.dalec.phenology import LABILE_LIFESPAN, Season, season
from landpda.models.dalec.pools import POOL_NAMES, CarbonPools, initial_pools
from landpda.models.dalec.run import Loop, check_wanted, run_loop
from landpda.models.dalec.step import CarbonStep, CarbonTerms, Exposure, carbon_step, carbon_terms
from landpda.models.dalec.totals import Anniversaries, Totals, anniversaries


class Dalec2(Model):
    """Carbon of an ecosystem in six pools, from a big-leaf canopy to soil organic matter, with leaf phenology and fire.

    Needs weather at any fixed step (daily and monthly are usual), CO2 and, where there is fire, burned area. Gives NBE, its
    parts, leaf area and pools, the gradients of all, and 30 constraints. Carbon is conserved to rounding. There is no water in
    it: photosynthesis does not feel drought, so where the soil dries out use `DalecWater`.

    Source: [bloom2015], [bloom2016]; photosynthesis [williams1997] with the constants of [fox2009].
    """

    name: ClassVar[str] = "dalec2"
    source: ClassVar[str] = "bloom2016"
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.GRADIENT | Needs.LEAST_SQUARES

    @property
    def parameters(self) -> ParameterTable:
        """The 23 parameters p1–p23 of the published code, in its order."""
        return _table()

    @property
    def outputs(self) -> Mapping[str, Variable]:
        """Fluxes, leaf area, pools at the start of each step and at its edges, and the verdicts on the constraints."""
        return CARBON_OUTPUTS

    @property
    def forcing(self) -> Mapping[str, Variable]:
        """Weather and CO2; `day_of_year`, `time_index` and `burned_area` are derived if the scenario lacks them."""
        return CARBON_FORCING

    @property
    def constraints(self) -> tuple[str, ...]:
        """EDC1–12, ranges of the mean pools, and positive pools."""
        return CONSTRAINTS

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        """Run the model and return the outputs named in `wanted`, and only those."""
        check_wanted(wanted, self.outputs)
        dtype = jnp.result_type(*theta.values())
        forcing = dalec_forcing(scenario, CARBON_FORCING)
        dt = plain_step(scenario.dt, dtype)
        years = anniversaries(forcing["time_index"])
        drivers = _drivers(forcing, scenario.constants["latitude"])
        drivers, years = jax.tree.map(lambda x: jnp.asarray(x, dtype), (drivers, years))
        p = {name: jnp.asarray(value, dtype) for name, value in theta.items()}
        carbon = carbon_terms(p, jnp.asarray(LABILE_LIFESPAN, dtype), PUBLISHED_COMBUSTION, dt)
        loop = Loop(
            step=partial(
                _step, Terms(carbon, p["canopy_efficiency"], 1.0 / p["leaf_carbon_per_area"], p["temperature_exponent"])
            ),
            initial=initial_pools(p),
            drivers=drivers,
            diagnoses=CARBON_DIAGNOSES,
            states=CARBON_STATES,
            pools=lambda pools: pools,
            carbon=lambda step: step,
            judge=partial(_judge, p, carbon, drivers.temperature, years),
            years=years,
        )
        return run_loop(loop, wanted)


class Terms(NamedTuple):
    """What the parameters alone say; made once, outside the loop.

    Args:
        carbon: of the pools.
        canopy_efficiency: [gC m-2 d-1] per leaf area.
        leaf_area: [m2 gC-1] of a gram of foliage.
        temperature_exponent: [K-1] of decomposition.
    """

    carbon: CarbonTerms
    canopy_efficiency: Float[Array, "*B"]
    leaf_area: Float[Array, "*B"]
    temperature_exponent: Float[Array, "*B"]


class Drivers(NamedTuple):
    """What the weather alone says, per step; made once, outside the loop.

    Args:
        canopy: of photosynthesis.
        season: of phenology.
        temperature: [degC] mean of the day's lowest and highest.
        burned: [1] fraction of the area.
    """

    canopy: CanopyWeather
    season: Season
    temperature: Float[Array, "T"]
    burned: Float[Array, "T"]


def _drivers(forcing: Mapping[str, Float[Array, "T"]], latitude: Float[Array, ""] | float) -> Drivers:
    return Drivers(
        canopy=canopy_weather(forcing, latitude),
        season=season(forcing["time_index"]),
        temperature=0.5 * (forcing["tmin"] + forcing["tmax"]),
        burned=forcing["burned_area"],
    )


def _step(terms: Terms, pools: CarbonPools, now: Drivers) -> tuple[CarbonPools, CarbonStep]:
    lai = pools.foliar * terms.leaf_area
    gpp = gross_primary_production(lai, terms.canopy_efficiency, now.canopy)
    decomposition = exp(terms.temperature_exponent * now.temperature)
    return carbon_step(terms.carbon, pools, Exposure(lai, gpp, decomposition, now.season, now.burned))


def _judge(
    p: Theta,
    terms: CarbonTerms,
    temperature: Float[Array, "T"],
    years: Anniversaries,
    totals: Totals,
    final: CarbonPools,
) -> Verdict:
    rates = TurnoverRates(
        litter_to_som=p["litter_to_som_rate"],
        litter_respiration=p["litter_respiration_rate"],
        som_respiration=p["som_respiration_rate"],
        wood=p["wood_turnover_rate"],
        root=p["root_turnover_rate"],
        leaf_lifespan=p["leaf_lifespan"],
        mean_temperature_factor=jnp.exp(p["temperature_exponent"] * jnp.mean(temperature)),
    )
    run = Run(terms.share, terms.combustion, initial_pools(p), final, totals, years, temperature.shape[0], terms.dt)
    return judge(rates, run, CarbonPools(*(_table()[f"c_{name}_initial"].high for name in POOL_NAMES)))


@cache
def _table() -> ParameterTable:
    return read_parameter_table(Path(__file__).with_name("parameters_dalec2.csv"))
