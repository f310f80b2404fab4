"""Laws of every family of priors."""

from __future__ import annotations

import inspect
from typing import NamedTuple

import equinox as eqx
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

SCORES = np.linspace(-6.0, 6.0, 241)
FAR = np.linspace(-30.0, 30.0, 241)
EVERY = pytest.mark.parametrize("twin", ALL.values(), ids=ALL)
EVERY_TWIN = pytest.mark.parametrize("twin", WITH_TWIN.values(), ids=WITH_TWIN)


class Facts(NamedTuple):
    """What a prior says of normal scores, computed in one compiled call that traces the prior's own numbers too."""

    x: jax.Array
    back: jax.Array
    log_density: jax.Array
    slope: jax.Array
    slope_back: jax.Array
    density_slope: jax.Array
    natural: jax.Array
    from_natural: jax.Array
    natural_slope: jax.Array
    natural_log_density: jax.Array


@eqx.filter_jit
def facts(prior: Prior, z: np.ndarray) -> Facts:
    x = prior.from_normal(z)
    u = prior.natural(x)
    return Facts(
        x,
        prior.to_normal(x),
        prior.log_density(x),
        jax.vmap(jax.grad(prior.from_normal))(z),
        jax.vmap(jax.grad(prior.to_normal))(x),
        jax.vmap(jax.grad(prior.log_density))(x),
        u,
        prior.from_natural(u),
        jax.vmap(jax.grad(prior.natural))(x),
        prior.natural_log_density(u),
    )


def test_every_family_is_under_these_laws_and_has_a_card():
    families = discover("landpda.parameters.priors", Prior)
    assert len(families) == 10
    assert set(families) == {twin.prior.name for twin in ALL.values()}
    assert all(len(card(family)) > 30 for family in families.values())


@EVERY
def test_map_increases_inside_the_support(twin: Twin):
    assert (np.diff(facts(twin.prior, SCORES).x) > 0).all()
    low, high = twin.prior.support
    far = facts(twin.prior, FAR)
    assert (np.diff(far.x) >= 0).all()
    assert ((far.x >= low) & (far.x <= high) & np.isfinite(far.x)).all()


@EVERY
def test_round_trip(twin: Twin):
    np.testing.assert_allclose(facts(twin.prior, SCORES).back, SCORES, rtol=0, atol=twin.round_trip)


@given(z=st.floats(-6.0, 6.0), name=st.sampled_from(sorted(ALL)))
@settings(max_examples=100, deadline=None)
def test_round_trip_anywhere(z, name):
    twin = ALL[name]
    back = facts(twin.prior, np.full_like(SCORES, z)).back
    assert np.abs(back - z).max() <= twin.round_trip


@EVERY_TWIN
def test_quantiles_equal_scipy(twin: Twin):
    # Above the median scipy is asked through the survival function, for 1 − q has no digits left there.
    z = SCORES
    expected = np.where(z < 0, twin.scipy.ppf(stats.norm.cdf(z)), twin.scipy.isf(stats.norm.cdf(-z)))
    np.testing.assert_allclose(facts(twin.prior, z).x, expected, rtol=0, atol=1e-9 * twin.scipy.std())
    assert float(twin.prior.quantile(0.9)) == pytest.approx(twin.scipy.ppf(0.9), rel=1e-9)


@EVERY_TWIN
def test_image_of_the_normal_is_the_prior(twin: Twin):
    """Kolmogorov–Smirnov distance on the grid of quantiles (i − ½)/n: nothing but rounding may be left."""
    q = (np.arange(len(SCORES)) + 0.5) / len(SCORES)
    x = np.asarray(facts(twin.prior, stats.norm.ppf(q)).x)
    assert np.abs(twin.scipy.cdf(x) - q).max() < 1e-9


@EVERY_TWIN
def test_density_equals_scipy(twin: Twin):
    found = facts(twin.prior, 0.8 * SCORES)
    np.testing.assert_allclose(found.log_density, twin.scipy.logpdf(np.asarray(found.x)), rtol=1e-9, atol=1e-9)


@EVERY_TWIN
def test_density_is_zero_outside_the_support(twin: Twin):
    low, high = (float(end) for end in twin.prior.support)
    for outside in (low - 1.0, high + 1.0):
        if np.isfinite(outside):
            assert np.isneginf(twin.prior.log_density(outside))
            assert jax.grad(twin.prior.log_density)(outside) == 0.0


@EVERY_TWIN
def test_moments_equal_scipy(twin: Twin):
    mean, sd = twin.prior.moments
    np.testing.assert_allclose((mean, sd), (twin.scipy.mean(), twin.scipy.std()), rtol=1e-9)


@EVERY
def test_density_times_slope_is_the_normal_density(twin: Twin):
    """p(x) dx/dz = φ(z), by the derivative that JAX takes of the map."""
    z = 0.75 * SCORES
    found = facts(twin.prior, z)
    np.testing.assert_allclose(found.log_density + np.log(found.slope), stats.norm.logpdf(z), rtol=0, atol=1e-8)


@EVERY
def test_derivative_equals_differences(twin: Twin):
    z, h = 0.5 * SCORES, 1e-5
    differences = (facts(twin.prior, z + h).x - facts(twin.prior, z - h).x) / (2 * h)
    spread = float(twin.prior.moments[1])
    np.testing.assert_allclose(facts(twin.prior, z).slope, differences, rtol=1e-5, atol=1e-9 * spread)


@EVERY
def test_derivative_of_the_inverse_is_the_inverse_of_the_derivative(twin: Twin):
    found = facts(twin.prior, 0.5 * SCORES)
    np.testing.assert_allclose(found.slope * found.slope_back, 1.0, rtol=1e-7)


@EVERY
def test_derivatives_are_finite_far_out(twin: Twin):
    slope = facts(twin.prior, FAR).slope
    assert (np.isfinite(slope) & (slope >= 0)).all()
    assert np.isfinite(facts(twin.prior, SCORES).density_slope).all()


@EVERY
def test_natural_coordinate_is_an_increasing_change_of_variable(twin: Twin):
    found = facts(twin.prior, 0.6 * SCORES)
    assert (np.diff(found.natural) > 0).all()
    np.testing.assert_allclose(found.from_natural, found.x, rtol=1e-12, atol=1e-300)
    joint = found.natural_log_density + np.log(found.natural_slope)
    np.testing.assert_allclose(joint, found.log_density, rtol=0, atol=1e-9)
    low, high = twin.prior.natural_bounds
    assert ((found.natural > low) & (found.natural < high)).all()


@EVERY
def test_compiled_equals_eager(twin: Twin):
    """`facts` is compiled and has the numbers of the prior traced; here neither."""
    found, rounding = facts(twin.prior, SCORES), 1e-14 * float(twin.prior.moments[1])
    np.testing.assert_allclose(twin.prior.from_normal(SCORES), found.x, rtol=1e-12, atol=rounding)


@pytest.mark.parametrize("name", ["uniform", "log_uniform"])
def test_natural_density_is_flat(name):
    prior = ALL[name].prior
    low, high = prior.natural_bounds
    densities = prior.natural_log_density(jnp.linspace(low, high, 7))
    np.testing.assert_allclose(densities, -np.log(float(high - low)), rtol=1e-14)
    np.testing.assert_allclose(prior.from_natural(low), prior.support[0], rtol=1e-14)


def test_values_outside_the_support_have_no_score():
    for name, outside in (("uniform", 5.0), ("log_uniform", 1e-9), ("half_normal", -1.0), ("truncated_normal", 4.0)):
        assert np.isnan(ALL[name].prior.to_normal(outside)), name


def test_numbers_of_a_closed_form_prior_can_be_differentiated():
    from landpda.parameters.priors import LogNormal, TruncatedNormal

    assert jax.grad(lambda sigma: LogNormal(1.0, sigma).from_normal(2.0))(0.5) == pytest.approx(2.0 * np.exp(1.0))
    assert np.isfinite(jax.jit(jax.grad(lambda sd: TruncatedNormal(1.0, sd, 0.0).from_normal(0.5)))(1.0))
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
