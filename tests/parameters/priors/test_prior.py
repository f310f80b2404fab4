"""Laws of every family of priors."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prior_families import ALL, WITH_TWIN, Twin
from scipy import stats

from landpda.core.registry import card, discover
from landpda.parameters.priors.prior import Prior

SCORES = np.linspace(-6.0, 6.0, 481)
EVERY = pytest.mark.parametrize("twin", ALL.values(), ids=ALL)
EVERY_TWIN = pytest.mark.parametrize("twin", WITH_TWIN.values(), ids=WITH_TWIN)


def test_every_family_is_under_these_laws_and_has_a_card():
    families = discover("landpda.parameters.priors", Prior)
    assert len(families) == 10
    assert set(families) == {twin.prior.name for twin in ALL.values()}
    assert all(len(card(family)) > 30 for family in families.values())


@EVERY
def test_map_increases(twin: Twin):
    x = np.asarray(twin.prior.from_normal(np.linspace(-6.0, 6.0, 481)))
    assert (np.diff(x) > 0).all()


@EVERY
def test_map_stays_in_the_support(twin: Twin):
    x = twin.prior.from_normal(np.linspace(-36.0, 36.0, 289))
    low, high = twin.prior.support
    assert bool(jnp.all((x >= low) & (x <= high) & jnp.isfinite(x)))


@EVERY
def test_round_trip(twin: Twin):
    np.testing.assert_allclose(twin.prior.to_normal(twin.prior.from_normal(SCORES)), SCORES, rtol=0, atol=twin.round_trip)


@given(z=st.floats(-6.0, 6.0), name=st.sampled_from(sorted(ALL)))
@settings(max_examples=60, deadline=None)
def test_round_trip_anywhere(z, name):
    twin = ALL[name]
    assert abs(float(twin.prior.to_normal(twin.prior.from_normal(z))) - z) <= twin.round_trip


@EVERY_TWIN
def test_quantiles_equal_scipy(twin: Twin):
    # Above the median scipy is asked through the survival function, for 1 − q has no digits left there. At z > 5 scipy's
    # truncated normal is itself good to 1e-7 only; the twin in the lower tail covers that end.
    z = SCORES
    expected = np.where(z < 0, twin.scipy.ppf(stats.norm.cdf(z)), twin.scipy.isf(stats.norm.cdf(-z)))
    np.testing.assert_allclose(twin.prior.from_normal(z), expected, rtol=0, atol=1e-9 * twin.scipy.std())
    np.testing.assert_allclose(
        twin.prior.quantile(np.array([0.025, 0.5, 0.9])), twin.scipy.ppf([0.025, 0.5, 0.9]), rtol=1e-9, atol=0
    )


@EVERY_TWIN
def test_image_of_the_normal_is_the_prior(twin: Twin):
    """Kolmogorov–Smirnov distance on the grid of quantiles (i − ½)/n: nothing but half a step may be left."""
    n = 2000
    q = (np.arange(n) + 0.5) / n
    x = np.asarray(twin.prior.from_normal(stats.norm.ppf(q)))
    assert np.abs(twin.scipy.cdf(x) - q).max() < 1e-9


@EVERY_TWIN
def test_density_equals_scipy(twin: Twin):
    x = np.asarray(twin.prior.from_normal(np.linspace(-5.0, 5.0, 101)))
    np.testing.assert_allclose(twin.prior.log_density(x), twin.scipy.logpdf(x), rtol=1e-9, atol=1e-9)


@EVERY_TWIN
def test_density_is_zero_outside_the_support(twin: Twin):
    low, high = (float(end) for end in twin.prior.support)
    outside = np.array([end + step for end, step in ((low, -1.0), (high, 1.0)) if np.isfinite(end)])
    assert np.isneginf(twin.prior.log_density(outside)).all()


@EVERY_TWIN
def test_moments_equal_scipy(twin: Twin):
    mean, sd = twin.prior.moments
    np.testing.assert_allclose((mean, sd), (twin.scipy.mean(), twin.scipy.std()), rtol=1e-9)


@EVERY
def test_density_times_slope_is_the_normal_density(twin: Twin):
    """p(x) dx/dz = φ(z), by the derivative that JAX takes of the map."""
    z = jnp.linspace(-4.5, 4.5, 91)
    slope = jax.vmap(jax.grad(twin.prior.from_normal))(z)
    left = twin.prior.log_density(twin.prior.from_normal(z)) + jnp.log(slope)
    np.testing.assert_allclose(left, stats.norm.logpdf(z), rtol=0, atol=1e-8)


@EVERY
def test_derivative_equals_differences(twin: Twin):
    z, h = jnp.linspace(-3.0, 3.0, 25), 1e-5
    slope = jax.vmap(jax.grad(twin.prior.from_normal))(z)
    differences = (twin.prior.from_normal(z + h) - twin.prior.from_normal(z - h)) / (2 * h)
    spread = float(twin.prior.moments[1])
    np.testing.assert_allclose(slope, differences, rtol=1e-5, atol=1e-9 * spread)


@EVERY
def test_derivative_of_the_inverse_is_the_inverse_of_the_derivative(twin: Twin):
    z = jnp.linspace(-3.0, 3.0, 25)
    x = twin.prior.from_normal(z)
    there, back = jax.vmap(jax.grad(twin.prior.from_normal))(z), jax.vmap(jax.grad(twin.prior.to_normal))(x)
    np.testing.assert_allclose(there * back, 1.0, rtol=1e-7)


@EVERY
def test_derivatives_are_finite_far_out(twin: Twin):
    z = jnp.linspace(-30.0, 30.0, 121)
    slope = jax.vmap(jax.grad(twin.prior.from_normal))(z)
    assert bool(jnp.all(jnp.isfinite(slope) & (slope >= 0)))
    outside = jax.grad(twin.prior.log_density)(float(twin.prior.from_normal(1.0)))
    assert np.isfinite(outside)


@EVERY
def test_natural_coordinate_is_an_increasing_change_of_variable(twin: Twin):
    prior, z = twin.prior, jnp.linspace(-4.0, 4.0, 41)
    x = prior.from_normal(z)
    u = prior.natural(x)
    assert bool(jnp.all(jnp.diff(u) > 0))
    np.testing.assert_allclose(prior.from_natural(u), x, rtol=1e-12, atol=1e-300)
    slope = jax.vmap(jax.grad(prior.natural))(x)
    np.testing.assert_allclose(prior.natural_log_density(u) + jnp.log(slope), prior.log_density(x), rtol=0, atol=1e-9)
    low, high = prior.natural_bounds
    assert bool(jnp.all((u > low) & (u < high)))


@pytest.mark.parametrize("name", ["uniform", "log_uniform"])
def test_natural_density_is_flat(name):
    prior = ALL[name].prior
    low, high = prior.natural_bounds
    densities = prior.natural_log_density(jnp.linspace(low, high, 7))
    np.testing.assert_allclose(densities, -np.log(float(high - low)), rtol=1e-14)
    np.testing.assert_allclose(prior.from_natural(low), prior.support[0], rtol=1e-14)


@EVERY
def test_jit_and_vmap_change_nothing(twin: Twin):
    z = jnp.linspace(-5.0, 5.0, 11)
    plain = twin.prior.from_normal(z)
    np.testing.assert_allclose(jax.jit(lambda z: twin.prior.from_normal(z))(z), plain, rtol=1e-13)
    np.testing.assert_allclose(jax.vmap(twin.prior.from_normal)(z), plain, rtol=1e-13)
    # As an argument of a compiled function the numbers of the prior are traced.
    np.testing.assert_allclose(jax.jit(lambda prior, z: prior.from_normal(z))(twin.prior, z), plain, rtol=1e-13)


@EVERY
def test_shape_of_the_argument_is_kept(twin: Twin):
    z = np.linspace(-1.0, 1.0, 6).reshape(2, 3)
    for function in (twin.prior.from_normal, twin.prior.natural_log_density, twin.prior.log_density):
        assert function(z).shape == (2, 3)
    assert twin.prior.to_normal(twin.prior.from_normal(0.3)).shape == ()


def test_values_outside_the_support_have_no_score():
    for name, outside in (("uniform", 5.0), ("log_uniform", 1e-9), ("half_normal", -1.0), ("truncated_normal", 4.0)):
        assert np.isnan(ALL[name].prior.to_normal(outside)), name


def test_numbers_of_a_closed_form_prior_can_be_differentiated():
    from landpda.parameters.priors import LogNormal, TruncatedNormal

    assert jax.grad(lambda sigma: LogNormal(1.0, sigma).from_normal(2.0))(0.5) == pytest.approx(2.0 * np.exp(1.0))
    derivative = jax.jit(jax.grad(lambda mean: TruncatedNormal(mean, 1.0, 0.0, 2.0).moments[0]))(1.0)
    h = 1e-5
    low, high = (stats.truncnorm(-m, 2.0 - m, m).mean() for m in (1.0 - h, 1.0 + h))
    assert derivative == pytest.approx((high - low) / (2 * h), rel=1e-6)


def test_range_of_a_table_is_read_as_written():
    """Ends for families with ends; the central 95 % for families without."""
    families = discover("landpda.parameters.priors", Prior)
    for name in ("uniform", "log_uniform", "logit_normal", "truncated_normal"):
        prior = families[name].over_range(0.5, 4.0, 2.0)
        np.testing.assert_allclose(prior.support, (0.5, 4.0))
    for name in ("normal", "log_normal"):
        prior = families[name].over_range(0.5, 4.0, 2.0)
        np.testing.assert_allclose(prior.quantile(np.array([0.025, 0.975])), (0.5, 4.0), rtol=1e-12)
    assert float(families["half_normal"].over_range(0.0, 4.0, 2.0).quantile(0.95)) == pytest.approx(4.0, rel=1e-12)
    assert float(families["logit_normal"].over_range(0.5, 4.0, 2.0).quantile(0.5)) == pytest.approx(2.0)
    assert all("default" in inspect.signature(family.over_range).parameters for family in families.values())
