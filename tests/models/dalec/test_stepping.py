"""A DALEC that goes step by step gives the numbers of a whole run."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landpda.core.scenario import Scenario
from landpda.core.stepped import SteppedModel, simulate_by_steps
from landpda.core.types import Needs
from landpda.models.dalec.dalec2 import Dalec2
from landpda.models.dalec.dalec_water import DalecWater

DAYS = 400
WANTED = ("nbe", "gpp", "lai", "c_foliar", "c_som", "fire")


def weather() -> Scenario:
    """Thirteen made-up months with a fire."""
    rng = np.random.default_rng(1)
    day = np.arange(DAYS, dtype=float)
    season = np.sin(2 * np.pi * (day - 110.0) / 365.25)
    mean = 9.0 + 10.0 * season + 3.0 * rng.standard_normal(DAYS)
    burned = np.zeros(DAYS)
    burned[[100, 250]] = 0.1, 0.5
    forcing = {
        "tmin": mean - 5.0,
        "tmax": mean + 5.0,
        "shortwave": 12.0 + 9.0 * season + rng.uniform(0, 2, DAYS),
        "co2": np.full(DAYS, 400.0),
        "vpd": rng.uniform(0, 10, DAYS),
        "precipitation": rng.gamma(0.2, 10.0, DAYS),
        "burned_area": burned,
    }
    return Scenario(forcing, {"latitude": 45.0}, times=day, dt=1.0, site="made up")


def block(model: SteppedModel, num: int) -> dict[str, jnp.ndarray]:
    """Members between the ends of the table's ranges."""
    rng = np.random.default_rng(0)
    return {
        name: jnp.asarray(row.low * (row.high / row.low) ** rng.uniform(0.2, 0.8, num))
        for name, row in model.parameters.items()
    }


MODELS = pytest.mark.parametrize("model", [Dalec2(), DalecWater()], ids=lambda model: model.name)


@MODELS
def test_steps_are_the_whole_run(model: SteppedModel) -> None:
    scenario = weather()
    wanted = (*WANTED, *(variable.name for variable in model.states))
    for theta in (block(model, 5), {name: jnp.asarray(value) for name, value in model.parameters.defaults.items()}):
        whole = jax.jit(lambda theta: model.simulate(theta, scenario, wanted))(theta)
        steps = jax.jit(lambda theta: simulate_by_steps(model, theta, scenario, wanted))(theta)
        for name in wanted:
            np.testing.assert_allclose(steps[name], whole[name], rtol=1e-12, atol=1e-12, err_msg=name)


@MODELS
def test_a_run_can_be_stopped_and_taken_up(model: SteppedModel) -> None:
    scenario = weather()
    theta = block(model, 3)
    terms, drivers = model.terms(theta, scenario), model.drivers(scenario)

    @jax.jit
    def steps(state: dict, first: int) -> dict:
        def step(index, state):
            return model.advance(terms, state, jax.tree.map(lambda driver: driver[index], drivers), ())[0]

        return jax.lax.fori_loop(first, first + 100, step, state)

    state = steps(steps(model.initial(theta, scenario), 0), 100)
    names = tuple(variable.name for variable in model.states)
    whole = model.simulate(theta, scenario, names)
    for name in names:
        np.testing.assert_allclose(state[name], whole[name][200], rtol=1e-12, err_msg=name)


@MODELS
def test_a_stepped_model_offers_it_and_declares_all_of_its_state(model: SteppedModel) -> None:
    assert Needs.STEPPING in model.offers
    state = model.initial(block(model, 2), weather())
    assert [variable.name for variable in model.states] == list(state)
    for variable in model.states:
        assert model.outputs[variable.name].units == variable.units


@MODELS
def test_no_update_of_a_store_makes_it_negative_and_none_changes_nothing(model: SteppedModel) -> None:
    for variable in model.states:
        values = jnp.asarray([0.0, 1e-3, 2.0, 5e4])
        free = variable.coordinate.to_free(values)
        np.testing.assert_allclose(variable.coordinate.from_free(free), values, rtol=1e-12)
        assert jnp.all(variable.coordinate.from_free(free - 100.0) >= 0.0)
