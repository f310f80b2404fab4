"""The canopy model's check values, and its limits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from landpda.models.dalec import acm


def weather(**changes):
    given = {"tmin": 10.0, "tmax": 20.0, "shortwave": 20.0, "co2": 400.0, "day_of_year": 180.0} | changes
    return acm.canopy_weather({name: jnp.asarray(value) for name, value in given.items()}, 51.0)


def as_published(lai, efficiency, tmin, tmax, light, ca, day, latitude):
    """The equations in the order of the paper, with both divisions."""
    conductance = 2.0**0.789798 / (0.37836 + 0.5 * (tmax - tmin))
    p = lai * efficiency / conductance * np.exp(0.011136 * tmax)
    q = 4.22273 - 208.868
    m = ca + q - p
    ci = 0.5 * (m + np.sqrt(m * m - 4 * (ca * q - p * 4.22273)))
    e0 = 7.19298 * lai**2 / (lai**2 + 2.1001)
    diffusion = conductance * (ca - ci)
    daylength = float(acm.daylength(jnp.asarray(day), latitude))
    return e0 * light * diffusion / (e0 * light + diffusion) * (0.0156935 * daylength + 0.0453194)


def test_check_values():
    np.testing.assert_allclose(acm.daylength(jnp.asarray(180.0), 51.0), 16.2621, atol=5e-5)
    np.testing.assert_allclose(acm.gross_primary_production(3.0, 20.0, weather()), 9.27148, rtol=1e-6)


def test_one_division_equals_two():
    rng = np.random.default_rng(0)
    for _ in range(200):
        lai, efficiency, tmin, light = rng.uniform([0.01, 5, -20, 0.1], [10, 50, 25, 30])
        tmax, ca, day = tmin + rng.uniform(0, 20), rng.uniform(250, 800), rng.uniform(1, 365)
        now = weather(tmin=tmin, tmax=tmax, shortwave=light, co2=ca, day_of_year=day)
        ours = acm.gross_primary_production(lai, efficiency, now)
        np.testing.assert_allclose(ours, as_published(lai, efficiency, tmin, tmax, light, ca, day, 51.0), rtol=1e-11)


def test_bare_ground_and_darkness_give_nothing_and_have_slopes():
    gpp = lambda lai, light: acm.gross_primary_production(lai, 20.0, weather(shortwave=light))  # noqa: E731
    for lai, light in ((0.0, 20.0), (3.0, 0.0), (0.0, 0.0)):
        value, slope = jax.value_and_grad(gpp, argnums=(0, 1))(lai, light)
        assert float(value) == 0.0
        assert np.isfinite(slope).all()


def test_polar_day_and_night():
    days = jnp.array([172.0, 355.0])
    np.testing.assert_allclose(acm.daylength(days, 80.0), [24.0, 0.0], atol=1e-4)
    assert np.isfinite(jax.vmap(jax.grad(lambda day: acm.daylength(day, 80.0)))(days)).all()
