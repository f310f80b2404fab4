"""What a scenario lacks is derived from its times as the reference sets have it."""

from __future__ import annotations

import numpy as np

from landpda.core.scenario import Scenario
from landpda.models.dalec.forcing import CARBON_FORCING, dalec_forcing

NEW_YEAR_2001 = 11323.0


def derived(times, dt):
    forcing = {name: np.ones(len(times)) for name in CARBON_FORCING}
    return dalec_forcing(Scenario(forcing, {"latitude": 0.0}, times=times, dt=dt), CARBON_FORCING)


def test_days():
    forcing = derived(NEW_YEAR_2001 + np.arange(731.0), 1.0)
    np.testing.assert_array_equal(np.asarray(forcing["day_of_year"])[[0, 364, 365, 730]], [1, 365, 1, 1])
    np.testing.assert_array_equal(np.asarray(forcing["time_index"])[[0, 1, 730]], [0.5, 1.5, 730.5])
    assert "burned_area" not in forcing


def test_leap_days_are_counted():
    times = (np.datetime64("2004-01-01") - np.datetime64("1970-01-01")).astype(float) + np.arange(366.0)
    np.testing.assert_array_equal(derived(times, 1.0)["day_of_year"], np.arange(1.0, 367.0))


def test_months():
    dt = 365.25 / 12
    forcing = derived(NEW_YEAR_2001 + dt * np.arange(12), dt)
    np.testing.assert_allclose(forcing["time_index"], dt * (np.arange(12) + 0.5))
    np.testing.assert_allclose(forcing["day_of_year"], dt * (np.arange(12) + 0.5) + 0.5, atol=1e-4)


def test_what_is_given_stays():
    forcing = {name: np.ones(3) for name in (*CARBON_FORCING, "time_index", "burned_area", "day_of_year")}
    out = dalec_forcing(Scenario(forcing, {"latitude": 0.0}, times=np.arange(3.0), dt=1.0), CARBON_FORCING)
    for name in ("time_index", "burned_area", "day_of_year"):
        np.testing.assert_array_equal(out[name], 1.0)
