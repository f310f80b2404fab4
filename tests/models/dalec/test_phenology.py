"""Leaf onset and fall: check values of the published form."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from landpda.models.dalec.phenology import daily_share, season, seasonal_pulse

ONSET = seasonal_pulse(jnp.asarray(470.25), jnp.asarray(30.0), jnp.asarray(1.001))
FALL = seasonal_pulse(jnp.asarray(650.25), jnp.asarray(60.0), jnp.asarray(1.05))


def test_check_values():
    onset = daily_share(ONSET, season(jnp.array([95.5, 105.5, 120.5])))
    np.testing.assert_allclose(onset, [0.0323467, 0.0882935, 0.179523], rtol=3e-6)
    np.testing.assert_allclose(daily_share(FALL, season(jnp.array([285.5, 300.5]))), [0.0287892, 0.0383184], rtol=3e-6)


def test_the_offset_moves_the_peak():
    day = jnp.arange(0.0, 365.0, 0.1)
    for pulse, peak, height in ((ONSET, 123.7, 0.183746), (FALL, 310.5, 0.0404863)):
        share = daily_share(pulse, season(day))
        assert abs(float(day[jnp.argmax(share)]) - peak) < 0.06
        np.testing.assert_allclose(jnp.max(share), height, rtol=1e-5)


def test_each_year_loses_the_share_of_its_lifespan():
    """Over a year a pool with nothing coming in falls to 1/lifespan."""
    day = jnp.arange(0.0, 365.25, 0.01)
    for lifespan in (1.05, 2.0):
        pulse = seasonal_pulse(jnp.asarray(200.0), jnp.asarray(30.0), jnp.asarray(lifespan))
        lost = float(jnp.sum(daily_share(pulse, season(day)))) * 0.01
        # F is half of ln L − ln(L − 1), and the Gaussian integrates to twice F.
        np.testing.assert_allclose(lost, np.log(lifespan) - np.log(lifespan - 1.0), rtol=2e-2)
