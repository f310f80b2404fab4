"""What an empirical prior keeps of its samples."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from landpda.core.errors import StudyError
from landpda.parameters.priors import Empirical
from landpda.parameters.priors.monotone_spline import MonotoneSpline


@eqx.filter_jit
def at(prior: Empirical, z: np.ndarray) -> jax.Array:
    return prior.from_normal(z)


def test_order_of_the_samples_does_not_matter():
    samples = np.random.default_rng(0).gamma(3.0, size=400)
    z = np.linspace(-6.0, 6.0, 13)
    shuffled = np.random.default_rng(1).permutation(samples)
    np.testing.assert_array_equal(at(Empirical(samples), z), at(Empirical(shuffled), z))


@pytest.mark.parametrize("twin", [stats.norm(5.0, 0.1), stats.gamma(2.0), stats.t(5)], ids=["normal", "gamma", "student"])
def test_evenly_spread_samples_give_their_distribution_back(twin):
    n = 4000
    samples = twin.ppf((np.arange(n) + 0.5) / n)
    prior = Empirical(samples)
    q = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    np.testing.assert_allclose(twin.cdf(np.asarray(prior.quantile(q))), q, atol=2e-3)
    assert float(prior.moments[0]) == pytest.approx(twin.mean(), abs=0.01 * twin.std())
    assert float(prior.moments[1]) == pytest.approx(samples.std(), rel=0.03)


def test_shift_and_scale_of_the_samples_pass_through():
    samples = np.random.default_rng(2).normal(size=200)
    z = np.linspace(-6.0, 6.0, 13)
    moved = at(Empirical(3.0 + 7.0 * samples), z)
    np.testing.assert_allclose(moved, 3.0 + 7.0 * at(Empirical(samples), z), rtol=1e-10)


def test_bounded_prior_stays_inside():
    samples = np.random.default_rng(3).beta(0.5, 0.5, size=500)
    x = at(Empirical(samples, 0.0, 1.0), jnp.linspace(-8.0, 8.0, 101))
    assert bool(jnp.all((x >= 0) & (x <= 1)))


def test_density_sums_to_one():
    prior = Empirical(np.random.default_rng(4).normal(size=300))
    x = np.linspace(-15.0, 15.0, 60001)
    assert np.trapezoid(np.exp(jax.jit(lambda x: prior.log_density(x))(x)), x) == pytest.approx(1.0, abs=1e-6)


def test_samples_with_ties_are_taken():
    samples = np.repeat(np.random.default_rng(5).normal(size=60), 5)
    assert bool(jnp.all(jnp.diff(at(Empirical(samples), jnp.linspace(-4.0, 4.0, 99))) > 0))


def test_samples_that_hardly_vary_are_refused():
    with pytest.raises(StudyError, match="same value"):
        Empirical(np.r_[np.zeros(10_000), np.arange(1.0, 25.0)])


def test_spline_meets_its_knots_and_inverts():
    knots, y, slope = jnp.array([-1.0, 0.5, 2.0]), jnp.array([0.0, 3.0, 3.5]), jnp.array([1.0, 2.0, 0.1])
    positions = jnp.linspace(-3.0, 4.0, 57)

    @jax.jit
    def facts(z, positions):
        spline = MonotoneSpline(knots, y, slope)
        grad = jax.vmap(jax.grad(spline))
        return spline(z), grad(z), spline.inverse(spline(positions)), spline.log_slope(positions), grad(positions)

    at_knots, slopes, back, log_slopes, all_slopes = facts(knots, positions)
    np.testing.assert_allclose(at_knots, y, atol=1e-15)
    np.testing.assert_allclose(slopes, slope, rtol=1e-9)
    np.testing.assert_allclose(back, positions, atol=1e-12)
    np.testing.assert_allclose(log_slopes, np.log(all_slopes), atol=1e-12)
