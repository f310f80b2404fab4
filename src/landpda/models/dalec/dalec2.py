"""DALEC2 with fire: six carbon pools, 23 parameters, and the ecological and dynamic constraints on them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import ClassVar

import jax.numpy as jnp

from landpda.core.engine.exponential import exp
from landpda.core.parameter_table import ParameterTable, read_parameter_table
from landpda.core.scenario import Scenario
from landpda.core.stepped import State, StateVariable, SteppedModel
from landpda.core.types import Needs, Outputs, Theta, Variable
from landpda.models.dalec.acm import gross_primary_production
from landpda.models.dalec.constraints import CONSTRAINTS, judge_with
from landpda.models.dalec.fire import PUBLISHED_COMBUSTION
from landpda.models.dalec.forcing import CARBON_FORCING, dalec_forcing, plain_step
from landpda.models.dalec.outputs import CARBON_DIAGNOSES, CARBON_OUTPUTS, CARBON_STATES
from landpda.models.dalec.phenology import LABILE_LIFESPAN
from landpda.models.dalec.pools import POOL_STATES, CarbonPools, initial_pools, pools_of
from landpda.models.dalec.run import Loop, Readings, check_wanted, like, run_loop, typed
from landpda.models.dalec.step import CarbonStep, CarbonTerms, Exposure, carbon_step, carbon_terms
from landpda.models.dalec.totals import anniversaries
from landpda.models.dalec.weather import CarbonWeather, carbon_weather

READINGS = Readings(CARBON_DIAGNOSES, CARBON_STATES)


class Dalec2(SteppedModel):
    """Carbon of an ecosystem in six pools, from a big-leaf canopy to soil organic matter, with leaf phenology and fire.

    Needs weather at any fixed step (daily and monthly are usual), CO2 and, where there is fire, burned area. Gives NBE, its
    parts, leaf area and pools, the gradients of all, and 30 constraints. Carbon is conserved to rounding. There is no water in
    it: photosynthesis does not feel drought, so where the soil dries out use `DalecWater`.

    Source: [bloom2015], [bloom2016]; photosynthesis [williams1997] with the constants of [fox2009].
    """

    name: ClassVar[str] = "dalec2"
    source: ClassVar[str] = "bloom2016"
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.GRADIENT | Needs.LEAST_SQUARES | Needs.STEPPING

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
        p = typed(theta, self.parameters)
        forcing = dalec_forcing(scenario, CARBON_FORCING)
        weather = carbon_weather(forcing, scenario.constants["latitude"])
        weather, years = like(p, (weather, anniversaries(forcing["time_index"])))
        terms = self.terms(p, scenario)
        mean_decomposition = jnp.exp(p["temperature_exponent"] * jnp.mean(weather.temperature))
        loop = Loop(
            step=partial(_step, terms),
            initial=initial_pools(p),
            drivers=weather,
            readings=READINGS,
            pools=lambda pools: pools,
            carbon=lambda step: step,
            judge=judge_with(p, terms, years, mean_decomposition, _table()),
            years=years,
        )
        return run_loop(loop, wanted)

    @property
    def states(self) -> tuple[StateVariable, ...]:
        """The six pools."""
        return POOL_STATES

    def drivers(self, scenario: Scenario) -> CarbonWeather:
        """The weather of each step."""
        return carbon_weather(dalec_forcing(scenario, CARBON_FORCING), scenario.constants["latitude"])

    def terms(self, theta: Theta, scenario: Scenario) -> CarbonTerms:
        """Rates, shares and phenology."""
        p = typed(theta, self.parameters)
        return carbon_terms(p, LABILE_LIFESPAN, PUBLISHED_COMBUSTION, plain_step(scenario.dt, p["onset_day"].dtype))

    def initial(self, theta: Theta, scenario: Scenario) -> State:
        """The six pools, which are parameters."""
        return READINGS.of_state(initial_pools(typed(theta, self.parameters)))

    def advance(self, terms: CarbonTerms, state: State, now: CarbonWeather, wanted: tuple[str, ...]) -> tuple[State, Outputs]:
        """One step."""
        before = pools_of(state)
        after, record = _step(terms, before, now)
        return READINGS.of_state(after), READINGS.of_step(before, record, wanted)


def _step(terms: CarbonTerms, pools: CarbonPools, now: CarbonWeather) -> tuple[CarbonPools, CarbonStep]:
    lai = pools.foliar * terms.leaf_area
    gpp = gross_primary_production(lai, terms.canopy_efficiency, now.canopy)
    decomposition = exp(terms.temperature_exponent * now.temperature)
    return carbon_step(terms, pools, Exposure(lai, gpp, decomposition, now.season, now.burned))


@cache
def _table() -> ParameterTable:
    return read_parameter_table(Path(__file__).with_name("parameters_dalec2.csv"))
