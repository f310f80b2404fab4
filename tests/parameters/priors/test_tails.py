"""Families whose quantiles are tabulated, where tables could be coarse: sharp corners and far tails."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from landpda.parameters.priors import Beta, Gamma
from landpda.parameters.priors.quantile_table import LAST_SCORE, QuantileTable
from landpda.parameters.priors.uniform_score import between, score_between

BETWEEN_NODES = np.linspace(-6.0, 6.0, 1201) + 0.013


@pytest.mark.parametrize("k", [0.01, 0.05, 0.2, 1.0, 3.0, 50.0, 1e4])
def test_gamma_quantiles_to_eight_digits(k):
    z = BETWEEN_NODES
    twin = stats.gamma(k)
    expected = np.where(z < 0, twin.ppf(stats.norm.cdf(z)), twin.isf(stats.norm.cdf(-z)))
    np.testing.assert_allclose(Gamma(k, 1.0).from_normal(z), expected, rtol=1e-8, atol=1e-300)


@pytest.mark.parametrize("a, b", [(0.1, 0.1), (0.5, 0.5), (0.5, 3.0), (0.05, 20.0), (2.0, 5.0), (50.0, 3.0), (1e4, 1e4)])
def test_beta_quantiles_to_eight_digits(a, b):
    z = BETWEEN_NODES
    tail = stats.norm.cdf(-np.abs(z))
    below, above = special.betaincinv(a, b, tail), special.betaincinv(b, a, tail)
    expected = np.where(z < 0, below, 1.0 - above)
    np.testing.assert_allclose(Beta(a, b).from_normal(z), expected, rtol=1e-7, atol=1e-300)
    assert np.abs(Beta(a, b).from_normal(z) - expected).max() < 1e-8 * stats.beta(a, b).std()


def test_beta_is_its_own_mirror_image():
    z = jnp.linspace(-30.0, 30.0, 61)
    mirrored = Beta(0.7, 4.0, -1.0, 0.0).from_normal(z)
    np.testing.assert_allclose(Beta(4.0, 0.7, 0.0, 1.0).from_normal(-z), -mirrored, rtol=1e-13)


@pytest.mark.parametrize(
    "prior", [Gamma(0.3, 1.0), Gamma(20.0, 1.0), Beta(0.4, 2.0), Beta(30.0, 2.0)], ids=["gamma", "gamma", "beta", "beta"]
)
def test_table_is_smooth_to_the_second_derivative_across_nodes(prior):
    def curve(z):
        return prior.natural(prior.from_normal(z))

    node, h = 1.25, 1e-9
    for derivative in (curve, jax.grad(curve), jax.grad(jax.grad(curve))):
        left, right = float(derivative(node - h)), float(derivative(node + h))
        assert left == pytest.approx(right, rel=1e-5)


def test_table_goes_on_straight_beyond_its_ends():
    table = Gamma(2.0, 1.0).table
    for sign in (-1.0, 1.0):
        end, beyond = table(sign * LAST_SCORE), table(sign * (LAST_SCORE + 2.0))
        slope = jax.grad(table)(sign * (LAST_SCORE + 1.0))
        assert float(beyond - end) == pytest.approx(2.0 * sign * float(slope), rel=1e-12)
        assert float(table.inverse(beyond)) == pytest.approx(sign * (LAST_SCORE + 2.0), rel=1e-12)


def test_table_of_the_normal_is_the_identity():
    table = QuantileTable.of(
        quantile=lambda z, log_tail: z,
        log_density=lambda y: -0.5 * y * y - 0.5 * np.log(2 * np.pi),
        score=lambda y: -y,
    )
    z = jnp.linspace(-40.0, 40.0, 997)
    np.testing.assert_allclose(table(z), z, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table.inverse(z), z, rtol=1e-12, atol=1e-12)


def test_uniform_keeps_its_digits_at_both_ends():
    zero, one = jnp.array(0.0), jnp.array(1.0)
    z = jnp.array([-35.0, -8.0, 8.0, 35.0])
    lower = between(z[:2], zero, one)
    upper = -between(z[2:], -one, zero)
    np.testing.assert_allclose(lower, upper[::-1], rtol=1e-14)
    np.testing.assert_allclose(score_between(lower, zero, one), z[:2], rtol=1e-12)
    assert np.isneginf(score_between(zero, zero, one))
    assert np.isposinf(score_between(one, zero, one))
