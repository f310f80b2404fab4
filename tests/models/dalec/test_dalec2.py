"""DALEC2 equals its published runs, conserves carbon, and has the right derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landpda.core.errors import DataError, StudyError
from landpda.core.scenario import Scenario
from landpda.models.dalec.dalec2 import Dalec2
from landpda.models.dalec.pools import POOL_NAMES

MODEL = Dalec2()
NAMES = tuple(MODEL.parameters)
LOW = np.array([row.low for row in MODEL.parameters.values()])
HIGH = np.array([row.high for row in MODEL.parameters.values()])

PUBLISHED = {
    "lai": "lai",
    "nee": "nbe",
    "gpp": "gpp",
    "temprate": "decomposition_factor",
    "ra": "ra",
    "leaf_prod": "foliar_production",
    "lab_prod": "labile_production",
    "root_prod": "root_production",
    "wood_prod": "wood_production",
    "lab_release": "labile_release",
    "leaffall_factor": "fall_factor",
    "leaf_litter": "foliar_litter",
    "wood_litter": "wood_litter",
    "root_litter": "root_litter",
    "rh_litter": "rh_litter",
    "rh_som": "rh_som",
    "litter2som": "litter_to_som",
    "labrelease_factor": "onset_factor",
    "fire_total": "fire",
    "fire_lab": "fire_labile",
    "fire_fol": "fire_foliar",
    "fire_roo": "fire_root",
    "fire_woo": "fire_wood",
    "fire_lit": "fire_litter",
    "fire_som": "fire_som",
    "ft_lab": "fire_labile_litter",
    "ft_fol": "fire_foliar_litter",
    "ft_roo": "fire_root_litter",
    "ft_woo": "fire_wood_litter",
    "ft_lit": "fire_litter_litter",
}
"""The published code's column → ours. Its `nee` holds the fire: it is our `nbe`."""

SHORT = {"lab": "labile", "fol": "foliar", "roo": "root", "woo": "wood", "lit": "litter", "som": "som"}


def theta_of(rows):
    return {name: jnp.asarray(rows[..., i]) for i, name in enumerate(NAMES)}


def of_unit(unit):
    """Parameters from shares of their ranges, in the logarithm."""
    return theta_of(LOW * (HIGH / LOW) ** np.asarray(unit))


def published_flags(met, k):
    """The published code's flags of member k, by its columns: a pair of ours is one of its, and so are the six ranges."""
    row = np.asarray(met[:, k])
    dynamic = row[6:12] & row[12:18]
    text = lambda flags: "".join(str(int(flag)) for flag in flags)  # noqa: E731
    return {
        "edc1_to_5_pass": text(row[:5]),
        "edc6_to_12_pass": text([row[5], *dynamic]),
        "edc35_to_41_pass": text([row[18:24].all(), *row[24:30]]),
    }


def test_equals_every_published_run(dalec2_references):
    assert dalec2_references, "the reference folder holds no runs of DALEC2"
    edges = tuple(f"c_{pool}_edges" for pool in POOL_NAMES)
    for run in dalec2_references:
        out = MODEL.simulate(theta_of(run.parameters), run.scenario, (*PUBLISHED.values(), *edges))
        for column, pool in SHORT.items():
            np.testing.assert_allclose(out[f"c_{pool}_edges"], run.pools[column], rtol=1e-10, err_msg=f"{run.name} {pool}")
        for column, name in PUBLISHED.items():
            # Files have 12 digits: NBE, the small difference of large fluxes, is known to 1e-12 of those.
            rtol, atol = (0.0, 1e-9) if name == "nbe" else (1e-9, 1e-11)
            np.testing.assert_allclose(out[name], run.fluxes[column], rtol=rtol, atol=atol, err_msg=f"{run.name} {name}")


def test_constraints_agree_with_every_published_verdict(dalec2_references):
    judged = [run for run in dalec2_references if run.flags]
    assert judged, "the reference folder holds no verdicts on constraints"
    for run in judged:
        out = MODEL.simulate(theta_of(run.parameters), run.scenario, ("constraints_met", "constraint_margin"))
        met, margin = np.asarray(out["constraints_met"]), np.asarray(out["constraint_margin"])
        assert met.shape == (len(MODEL.constraints), len(run.parameters))
        for k in range(len(run.parameters)):
            ours = published_flags(met, k)
            assert {name: run.flags[name][k] for name in ours} == ours, f"{run.name} {k}"
        assert np.isfinite(margin).all()
        np.testing.assert_array_equal(margin >= 0, met)


def test_table_is_that_of_the_published_code():
    assert len(NAMES) == 23
    assert [row.meaning.split(":")[0] for row in MODEL.parameters.values()] == [f"p{k}" for k in range(1, 24)]
    for row in MODEL.parameters.values():
        assert row.low <= row.default <= row.high


def test_a_block_is_its_members(weather):
    units = np.random.default_rng(0).uniform(size=(5, 23))
    wanted = ("nbe", "lai", "c_som_edges", "constraint_margin")
    block = MODEL.simulate(of_unit(units), weather, wanted)
    for k, unit in enumerate(units):
        one = MODEL.simulate(of_unit(unit), weather, wanted)
        for name in wanted:
            scale = np.max(np.abs(one[name]))
            np.testing.assert_allclose(block[name][..., k], one[name], rtol=1e-11, atol=1e-11 * scale, err_msg=name)


def test_a_row_may_stand_beside_scalars(weather):
    theta = {name: jnp.asarray(value) for name, value in MODEL.parameters.defaults.items()}
    theta["canopy_efficiency"] = jnp.array([10.0, 15.0, 20.0])
    out = MODEL.simulate(theta, weather, ("gpp", "onset_factor", "c_wood_edges", "constraint_margin"))
    assert {name: values.shape for name, values in out.items()} == {
        "gpp": (730, 3),
        "onset_factor": (730, 3),
        "c_wood_edges": (731, 3),
        "constraint_margin": (30, 3),
    }


@pytest.mark.parametrize("dt", [1.0, 10.0])
def test_carbon_is_conserved(weather, dt):
    scenario = Scenario(weather.forcing, weather.constants, times=weather.times[0] + dt * np.arange(730), dt=dt)
    edges = tuple(f"c_{pool}_edges" for pool in POOL_NAMES)
    out = MODEL.simulate(of_unit(np.full(23, 0.5)), scenario, (*edges, "nbe", "fire", "gpp", "reco"))
    total = sum(np.asarray(out[name]) for name in edges)
    assert float(np.max(out["fire"])) > 0
    np.testing.assert_allclose(np.diff(total), -np.asarray(out["nbe"]) * dt, atol=1e-12 * total.max())
    np.testing.assert_allclose(out["nbe"], out["reco"] - out["gpp"] + out["fire"], atol=1e-12)


def test_float32_follows_float64(weather):
    theta = of_unit(np.full((4, 23), 0.4))
    single = {name: value.astype("float32") for name, value in theta.items()}
    wanted = ("nbe", "lai", "c_som", "constraint_margin")
    full, half = (MODEL.simulate(p, weather, wanted) for p in (theta, single))
    for name in wanted:
        assert half[name].dtype == jnp.float32
        np.testing.assert_allclose(half[name], full[name], rtol=2e-3, atol=2e-3 * np.max(np.abs(full[name])), err_msg=name)


def test_gradient_equals_finite_differences(weather):
    def cost(log_theta):
        out = MODEL.simulate({name: jnp.exp(x) for name, x in log_theta.items()}, weather, ("nbe", "constraint_margin"))
        return jnp.mean((out["nbe"] + 1.0) ** 2) + jnp.mean(jax.nn.softplus(-out["constraint_margin"]))

    log_theta = {name: jnp.log(value) for name, value in MODEL.parameters.defaults.items()}
    cost = jax.jit(cost)
    gradient = jax.grad(cost)(log_theta)
    step = 1e-5
    for name in NAMES:
        moved = [cost(log_theta | {name: log_theta[name] + sign * step}) for sign in (1, -1)]
        np.testing.assert_allclose(gradient[name], (moved[0] - moved[1]) / (2 * step), rtol=1e-5, atol=1e-8, err_msg=name)


def test_forward_and_adjoint_agree(weather):
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩ for DALEC2 with all that a calibration asks of it."""
    run = lambda theta: MODEL.simulate(theta, weather, ("nbe", "lai", "constraint_margin"))  # noqa: E731
    theta = of_unit(np.random.default_rng(2).uniform(0.2, 0.8, size=(3, 23)))
    rng = np.random.default_rng(1)
    v = {name: value * rng.standard_normal(3) for name, value in theta.items()}
    _, along = jax.jvp(run, (theta,), (v,))
    u = jax.tree.map(lambda y: jnp.asarray(rng.standard_normal(y.shape)), along)
    (back,) = jax.vjp(run, theta)[1](u)
    forward = sum(float(jnp.vdot(a, b)) for a, b in zip(jax.tree.leaves(u), jax.tree.leaves(along), strict=True))
    adjoint = sum(float(jnp.vdot(back[name], v[name])) for name in NAMES)
    assert abs(forward / adjoint - 1.0) <= 1e-12


def half_year(weather):
    """Forcing as arrays that a compiled function takes."""
    return {name: jnp.asarray(values[:180]) for name, values in weather.forcing.items()}


def _short(theta, forcing):
    scenario = Scenario(forcing, {"latitude": 51.0}, times=10957.0 + np.arange(180.0), dt=1.0)
    return MODEL.simulate(theta, scenario, ("nbe", "lai", "constraint_margin"))


SHORT_RUN = jax.jit(_short)
SHORT_GRADIENT = jax.jit(jax.grad(lambda theta, forcing: sum(jnp.sum(v) for v in _short(theta, forcing).values())))


@settings(max_examples=40, deadline=None)
@given(unit=st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=23, max_size=23))
def test_runs_and_gradients_are_finite_all_over_the_ranges(unit, weather):
    forcing = half_year(weather)
    theta = of_unit(np.array(unit))
    for name, values in SHORT_RUN(theta, forcing).items():
        assert np.isfinite(values).all(), name
    for name, values in SHORT_GRADIENT(theta, forcing).items():
        assert np.isfinite(values).all(), name


def test_start_and_edge_values_of_a_pool_agree(weather):
    theta = of_unit(np.full(23, 0.5))
    out = MODEL.simulate(theta, weather, ("c_root", "c_root_edges"))
    np.testing.assert_array_equal(out["c_root"], out["c_root_edges"][:-1])
    assert float(out["c_root"][0]) == float(theta["c_root_initial"])


def test_days_a_year_apart_are_the_same_model(weather):
    theta = {name: jnp.asarray(value) for name, value in MODEL.parameters.defaults.items()}
    for name in ("onset_day", "fall_day"):
        period = MODEL.parameters[name].period
        moved = theta | {name: theta[name] + period}
        here, there = (MODEL.simulate(p, weather, ("nbe",))["nbe"] for p in (theta, moved))
        np.testing.assert_allclose(here, there, atol=1e-4)  # the published π, cut to eight digits, shifts a year by 5e-6 d


def test_no_burned_area_is_none_burned(weather):
    theta = of_unit(np.full((2, 23), 0.5))
    zero = Scenario(dict(weather.forcing, burned_area=np.zeros(730)), weather.constants, weather.times, 1.0)
    absent = Scenario({k: v for k, v in weather.forcing.items() if k != "burned_area"}, weather.constants, weather.times, 1.0)
    wanted = ("nbe", "fire", "fire_wood_litter", "constraint_margin")
    left, right = (MODEL.simulate(theta, scenario, wanted) for scenario in (zero, absent))
    for name in wanted:
        np.testing.assert_allclose(left[name], right[name], rtol=1e-12, atol=1e-12, err_msg=name)


def test_gives_only_what_is_wanted(weather):
    assert set(MODEL.simulate(of_unit(np.full(23, 0.5)), weather, ("lai",))) == {"lai"}


def test_what_is_missing_is_named(weather):
    theta = of_unit(np.full(23, 0.5))
    with pytest.raises(StudyError, match="Did you mean lai"):
        MODEL.simulate(theta, weather, ("laii",))
    with pytest.raises(StudyError, match="canopy_efficiency"):
        MODEL.simulate({name: value for name, value in theta.items() if name != "canopy_efficiency"}, weather, ("nbe",))
    dry = {name: values for name, values in weather.forcing.items() if name != "co2"}
    with pytest.raises(DataError, match="co2"):
        MODEL.simulate(theta, Scenario(dry, weather.constants, weather.times, 1.0), ("nbe",))
    with pytest.raises(DataError, match="latitude"):
        MODEL.simulate(theta, Scenario(weather.forcing, {}, weather.times, 1.0), ("nbe",))
