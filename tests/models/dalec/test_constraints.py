"""Constraints: margins tell how far, verdicts tell whether."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from landpda.core.scenario import Scenario
from landpda.models.dalec.constraints import CONSTRAINTS
from landpda.models.dalec.dalec2 import Dalec2
from landpda.models.dalec.dalec_water import DalecWater
from landpda.models.dalec.totals import anniversaries

MODEL = Dalec2()
DEFAULTS = {name: jnp.asarray(value) for name, value in MODEL.parameters.defaults.items()}


@jax.jit
def judge(theta, forcing):
    scenario = Scenario(forcing, {"latitude": 51.0}, times=10957.0 + np.arange(730.0), dt=1.0)
    out = MODEL.simulate(theta, scenario, ("constraint_margin", "constraints_met"))
    return out["constraint_margin"], out["constraints_met"]


def verdict(weather, name, **changes):
    theta = DEFAULTS | {key: jnp.asarray(value) for key, value in changes.items()}
    margin, met = judge(theta, weather.forcing)
    row = CONSTRAINTS.index(name)
    return float(margin[row]), bool(met[row])


@pytest.mark.parametrize(
    ("name", "parameter", "edge"),
    [
        ("edc1_litter_turns_faster_than_som", "litter_respiration_rate", 2e-5),
        ("edc2_litter_decomposes_faster_than_som_respires", "litter_to_som_rate", 2e-5),
        ("edc3_wood_turns_slower_than_leaves", "leaf_lifespan", 1.0 / (365.25 * 5e-5)),
    ],
)
def test_static_margins_are_log_distances(weather, name, parameter, edge):
    side = -1.0 if parameter == "leaf_lifespan" else 1.0
    for factor in (0.5, 0.99, 1.01, 2.0):
        margin, met = verdict(weather, name, **{parameter: edge * factor})
        np.testing.assert_allclose(margin, side * np.log(factor), rtol=1e-9, atol=1e-12)
        assert met == (margin >= 0)


def test_allocation_margin_is_zero_at_the_bound(weather):
    """EDC5 with equal shares has its full margin, ln 5, and none where foliage and labile get five times what roots do."""
    name = "edc5_allocation_to_leaves_and_roots"
    shares = {"foliar_fraction": 0.0001, "labile_fraction": 0.2}
    direct = 0.0001 + 0.9999 * 0.2
    for ratio, expected in ((1.0, np.log(5.0)), (5.0, 0.0), (0.2, 0.0)):
        root = direct / ratio / (1.0 - direct)
        if root > 1.0:
            shares = {"foliar_fraction": 0.0001, "labile_fraction": 0.1}
            root = (0.0001 + 0.9999 * 0.1) / ratio / (0.9999 * 0.9)
        margin, _ = verdict(weather, name, **shares, root_fraction=root)
        np.testing.assert_allclose(margin, expected, atol=1e-9)


def test_range_margin_is_the_log_of_what_is_left(weather):
    margin, met = verdict(weather, "range_som", c_som_initial=4e5)
    assert not met
    np.testing.assert_allclose(margin, np.log(2e5 / 4e5), atol=0.02)  # the mean lies a little below the start


def test_a_pool_in_balance_has_its_full_margin(weather):
    """A pool at rest has R_m = R_s = 1: margins ln 2 and ½ ln 2. A wood pool ten times too large decays, and fails."""
    theta = DEFAULTS | {"wood_turnover_rate": jnp.asarray(2e-4)}
    out = MODEL.simulate(theta, weather, ("wood_production",))
    unburned = dict(weather.forcing, burned_area=np.zeros(730))
    balanced = float(jnp.mean(out["wood_production"])) / 2e-4
    growth, decay = CONSTRAINTS.index("edc10_wood_growth"), CONSTRAINTS.index("edc10_wood_decay")
    margin, met = judge(theta | {"c_wood_initial": jnp.asarray(balanced)}, unburned)
    assert met[growth]
    assert met[decay]
    np.testing.assert_allclose(margin[growth], np.log(2.0), atol=0.1)
    margin, met = judge(theta | {"c_wood_initial": jnp.asarray(10 * balanced)}, unburned)
    assert not met[growth]
    assert float(margin[growth]) < -1.0


def test_margins_slope_the_right_way(weather):
    """Along the right parameter a violated margin rises, so that a penalty on it leads to where the constraint holds."""
    theta = DEFAULTS | {"c_wood_initial": jnp.asarray(100.0), "litter_respiration_rate": jnp.asarray(1e-5)}
    for name, parameter in (
        ("edc10_wood_growth", "c_wood_initial"),
        ("edc1_litter_turns_faster_than_som", "litter_respiration_rate"),
    ):
        row, value = CONSTRAINTS.index(name), theta[parameter]
        margin = lambda x, parameter=parameter: judge(theta | {parameter: x}, weather.forcing)[0]  # noqa: E731
        margins, slopes = jax.jvp(margin, (value,), (jnp.ones(()),))
        assert float(margins[row]) < 0
        assert float(slopes[row]) > 0


def test_years_are_counted_in_whole_steps():
    monthly = anniversaries(jnp.asarray(15.21875 + 30.4375 * np.arange(192)))
    np.testing.assert_array_equal(np.flatnonzero(monthly.flags), 12 * np.arange(16))
    assert (float(monthly.last), float(monthly.number)) == (1.0, 17.0)
    daily = anniversaries(jnp.arange(1.0, 3654.0))
    np.testing.assert_array_equal(np.flatnonzero(daily.flags), 365 * np.arange(11))
    assert (float(daily.last), float(daily.number)) == (0.0, 11.0)
    lone = anniversaries(jnp.array([0.5]))
    assert (float(lone.flags[0]), float(lone.number)) == (1.0, 1.0)


@pytest.mark.parametrize("model", [Dalec2(), DalecWater()], ids=lambda model: model.name)
def test_the_defaults_are_an_ecosystem(model, data_dir):
    """At a beech forest (DE-Hai, 2001-2009) the default parameters meet every constraint, and its GPP to a third."""
    names = {
        "tmin": "T2M_MIN",
        "tmax": "T2M_MAX",
        "shortwave": "SSRD",
        "co2": "CO2",
        "vpd": "VPD",
        "precipitation": "TOTAL_PREC",
    }
    with xr.open_dataset(data_dir / "site_daily" / "DE-Hai.nc") as site:
        forcing = {name: np.asarray(site[column]).ravel() for name, column in names.items()}
        days = site["time"].values.astype("datetime64[D]").astype(float)
    scenario = Scenario(forcing, {"latitude": 51.079}, times=days, dt=1.0)
    out = model.simulate(model.parameters.defaults, scenario, ("gpp", "constraints_met"))
    failed = [name for name, met in zip(CONSTRAINTS, out["constraints_met"], strict=True) if not met]
    assert not failed
    assert 1100 < 365.25 * float(jnp.mean(out["gpp"])) < 2200
