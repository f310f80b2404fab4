"""DALEC with water equals its published runs in their form, and keeps its books in ours."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landpda.core.scenario import Scenario
from landpda.models.dalec.dalec_water import DalecWater
from landpda.models.dalec.pools import POOL_NAMES
from landpda.models.dalec.water import PublishedSoil, drainage

MODEL = DalecWater()
NAMES = tuple(MODEL.parameters)
LOW = np.array([row.low for row in MODEL.parameters.values()])
HIGH = np.array([row.high for row in MODEL.parameters.values()])

FLUXES = (
    *("gpp", "decomposition_factor", "ra", "foliar_production", "labile_production", "root_production", "wood_production"),
    *("labile_release", "fall_factor", "foliar_litter", "wood_litter", "root_litter", "rh_litter", "rh_som", "litter_to_som"),
    *("onset_factor", "fire", *(f"fire_{pool}" for pool in POOL_NAMES), *(f"fire_{pool}_litter" for pool in POOL_NAMES[:5])),
    *("et", "q_paw", "paw_to_puw", "q_puw"),
)
"""Columns f0, f1, … of the published runs."""

CARBON_EDGES = tuple(f"c_{pool}_edges" for pool in POOL_NAMES)
WATER_EDGES = ("paw_edges", "puw_edges")


def theta_of(rows):
    return {name: jnp.asarray(rows[..., i]) for i, name in enumerate(NAMES)}


def of_unit(unit):
    return theta_of(LOW * (HIGH / LOW) ** np.asarray(unit))


def test_equals_every_published_run_in_the_published_form(water_references):
    assert water_references, "the reference folder holds no runs of DALEC with water"
    model = DalecWater(soil=PublishedSoil())
    for run in water_references:
        theta = theta_of(run.parameters)
        out = model.simulate(theta, run.scenario, (*FLUXES, *CARBON_EDGES, *WATER_EDGES))
        for k, name in enumerate((*CARBON_EDGES, *WATER_EDGES)):
            np.testing.assert_allclose(out[name], run.pools[f"s{k}"], rtol=1e-10, err_msg=f"{run.name} {name}")
        lai = out["c_foliar_edges"] / theta["leaf_carbon_per_area"]
        np.testing.assert_allclose(lai, run.pools["s8"], rtol=1e-10, err_msg=f"{run.name} lai")
        for k, name in enumerate(FLUXES):
            np.testing.assert_allclose(out[name], run.fluxes[f"f{k}"], rtol=1e-9, atol=1e-11, err_msg=f"{run.name} {name}")


def test_table_is_that_of_the_published_code():
    assert len(NAMES) == 37
    for row in MODEL.parameters.values():
        assert row.low <= row.default <= row.high


def test_the_run_makes_its_own_means(water_references):
    """Without the constants, means are the run's: the reference's own were made from the same columns."""
    run = water_references[0]
    own = Scenario(run.scenario.forcing, {"latitude": run.scenario.constants["latitude"]}, run.scenario.times, run.scenario.dt)
    theta = theta_of(run.parameters)
    given, made = (MODEL.simulate(theta, scenario, ("nbe",))["nbe"] for scenario in (run.scenario, own))
    np.testing.assert_allclose(given, made, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(unit=st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=37, max_size=37))
def test_books_close_and_stores_stay_positive_all_over_the_ranges(unit, weather):
    theta = of_unit(np.array(unit))
    forcing = {name: jnp.asarray(values[150:330]) for name, values in weather.forcing.items()}
    out = jax.tree.map(np.asarray, SHORT_RUN(theta, forcing))
    for name, values in out.items():
        assert np.isfinite(values).all(), name
    water, carbon = (sum(out[name] for name in names) for names in (WATER_EDGES, CARBON_EDGES))
    gain = np.asarray(forcing["precipitation"]) - out["et"] - out["q_paw"] - out["q_puw"]
    np.testing.assert_allclose(np.diff(water), gain, atol=1e-12 * max(water.max(), 1.0))
    np.testing.assert_allclose(np.diff(carbon), -out["nbe"], atol=1e-12 * carbon.max())
    for name in (*WATER_EDGES, *CARBON_EDGES):
        assert out[name].min() >= -1e-12 * out[name].max(), name
    for name, values in SHORT_GRADIENT(theta, forcing).items():
        assert np.isfinite(values).all(), name


def _short(theta, forcing):
    scenario = Scenario(forcing, {"latitude": 51.0}, times=11107.0 + np.arange(180.0), dt=1.0)
    return MODEL.simulate(theta, scenario, ("nbe", "et", "q_paw", "q_puw", *CARBON_EDGES, *WATER_EDGES, "constraint_margin"))


SHORT_RUN = jax.jit(_short)
SHORT_GRADIENT = jax.jit(
    jax.grad(lambda theta, forcing: sum(jnp.sum(_short(theta, forcing)[name]) for name in ("nbe", "et", "constraint_margin")))
)


def test_published_form_takes_water_that_is_not_there(water_references):
    """Why the other form is the default: with the published one the store falls below zero, and photosynthesis with it."""
    run = water_references[0]
    theta = theta_of(run.parameters)
    for model, sign in ((DalecWater(soil=PublishedSoil()), -1), (MODEL, 1)):
        out = model.simulate(theta, run.scenario, ("paw_edges", "gpp"))
        assert sign * float(jnp.min(out["paw_edges"])) > -1e-9
        assert sign * float(jnp.min(out["gpp"])) > -1e-9


def test_drainage_is_smooth_where_its_forms_meet():
    half = jnp.asarray(50.0)
    below, above = (float(drainage(half + step, jnp.asarray(100.0), 1.0)) for step in (-1e-7, 1e-7))
    np.testing.assert_allclose([below, above], 25.0, atol=1e-6)
    slope = [float(jax.grad(drainage)(half + step, jnp.asarray(100.0), 1.0)) for step in (-1e-9, 1e-9)]
    np.testing.assert_allclose(slope, 1.0, atol=1e-8)


def test_drought_slows_photosynthesis_and_rain_quickens_decomposition(weather):
    theta = {name: jnp.asarray(value) for name, value in MODEL.parameters.defaults.items()}
    dry = theta | {"paw_initial": jnp.asarray(1.0), "paw_capacity": jnp.asarray(10.0)}
    wet, parched = (MODEL.simulate(p, weather, ("gpp", "decomposition_factor")) for p in (theta, dry))
    assert float(jnp.sum(parched["gpp"])) < 0.8 * float(jnp.sum(wet["gpp"]))
    rain = np.asarray(weather.forcing["precipitation"])
    factor = np.asarray(wet["decomposition_factor"])
    assert factor[rain > 5.0].mean() > factor[rain == 0.0].mean()


def test_a_block_is_its_members_and_forward_agrees_with_adjoint(weather):
    wanted = ("nbe", "et", "paw")
    run = jax.jit(lambda theta: MODEL.simulate(theta, weather, wanted))
    theta = of_unit(np.random.default_rng(4).uniform(0.2, 0.8, size=(3, 37)))
    block = run(theta)
    one = run({name: value[1] for name, value in theta.items()})
    for name in wanted:
        scale = np.max(np.abs(one[name]))
        np.testing.assert_allclose(block[name][..., 1], one[name], rtol=1e-10, atol=1e-11 * scale, err_msg=name)
    rng = np.random.default_rng(5)
    v = {name: value * rng.standard_normal(3) for name, value in theta.items()}
    _, along = jax.jvp(run, (theta,), (v,))
    u = jax.tree.map(lambda y: jnp.asarray(rng.standard_normal(y.shape)), along)
    (back,) = jax.vjp(run, theta)[1](u)
    forward = sum(float(jnp.vdot(u[name], along[name])) for name in wanted)
    adjoint = sum(float(jnp.vdot(back[name], v[name])) for name in NAMES)
    assert abs(forward / adjoint - 1.0) <= 1e-12


def test_gradient_equals_finite_differences(weather):
    def cost(log_theta):
        out = MODEL.simulate({name: jnp.exp(x) for name, x in log_theta.items()}, weather, ("nbe", "et"))
        return jnp.mean((out["nbe"] + 1.0) ** 2) + jnp.mean(out["et"] ** 2)

    log_theta = {name: jnp.log(value) for name, value in MODEL.parameters.defaults.items()}
    cost, step = jax.jit(cost), 1e-5
    gradient = jax.grad(cost)(log_theta)
    for name in NAMES:
        moved = [cost(log_theta | {name: log_theta[name] + sign * step}) for sign in (1, -1)]
        # Stress and supply have kinks, which a step of finite size may straddle.
        np.testing.assert_allclose(gradient[name], (moved[0] - moved[1]) / (2 * step), rtol=1e-4, atol=1e-7, err_msg=name)
