"""Diagonal errors: the density that they state, their samples, and their parts."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Estimated, EstimatedSeasonal, FactorOf, Given

M = 6
VALUES = jnp.array([0.1, -4.0, 2.0, 0.0, 1.0, -0.5])
ACTIVITY = jnp.linspace(0.0, 1.0, M)
THETA = {"sd": jnp.asarray(0.7), "quiet": jnp.asarray(0.3), "active": jnp.asarray(1.2)}
PARTS = {
    "given for all": (Given(0.4), np.full(M, 0.4)),
    "given for each": (Given(jnp.arange(1.0, M + 1.0)), np.arange(1.0, M + 1.0)),
    "factor": (FactorOf(0.1, VALUES, 0.3), np.maximum(0.1 * np.abs(VALUES), 0.3)),
    "estimated": (Estimated("sd"), np.full(M, 0.7)),
    "seasonal": (EstimatedSeasonal("quiet", "active", ACTIVITY), np.sqrt((1 - ACTIVITY) * 0.09 + ACTIVITY * 1.44)),
}


@pytest.mark.parametrize("name", PARTS)
def test_density_is_that_of_independent_normals(name):
    part, sd = PARTS[name]
    error = Diagonal(part, Given(0.5), num=M)
    total = np.sqrt(sd**2 + 0.25)
    ours = -0.5 * jnp.sum(error.whiten(VALUES, THETA) ** 2) - error.log_scale(THETA)
    theirs = stats.norm(0.0, total).logpdf(VALUES).sum() + 0.5 * M * np.log(2.0 * np.pi)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    np.testing.assert_allclose(np.exp(error.log_sd(THETA)), total, rtol=1e-12)


@given(st.floats(0.01, 100.0))
def test_rescaling_the_data_leaves_the_whitened_misfit(scale):
    plain = Diagonal(Given(0.4), Estimated("sd"), num=M).whiten(VALUES, THETA)
    scaled = Diagonal(Given(0.4 * scale), Estimated("sd"), num=M).whiten(scale * VALUES, {"sd": scale * THETA["sd"]})
    np.testing.assert_allclose(plain, scaled, rtol=1e-10)


def test_samples_have_the_stated_spread_and_the_parts_add_up():
    error = Diagonal(Given(0.3), Estimated("sd"), num=M)
    keys = jr.split(jr.key(0), 20_000)
    total = jax.vmap(lambda key: error.sample(key, THETA))(keys)
    structural = jax.vmap(lambda key: error.sample_structural(key, THETA))(keys)
    np.testing.assert_allclose(total.std(axis=0), np.hypot(0.3, 0.7), rtol=0.03)
    np.testing.assert_allclose(structural.std(axis=0), 0.7, rtol=0.03)


def test_error_names_the_parameters_it_needs():
    assert Diagonal(Given(0.3), Estimated("sd"), num=M).parameters == ("sd",)
    assert Diagonal(Given(0.3), EstimatedSeasonal("quiet", "active", ACTIVITY), num=M).parameters == ("quiet", "active")
