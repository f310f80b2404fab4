"""The Gaussian copula between parameters."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from landpda.core.errors import StudyError
from landpda.parameters import Correlation, Parameter, ParameterSpace, space_from_moments
from landpda.parameters.priors import LogNormal, Normal, Uniform

UNIFORMS = [Parameter(name, "1", Uniform(0.0, 1.0)) for name in "abc"]


def test_scores_have_the_correlation_and_the_margins_stay():
    matrix = np.array([[1.0, 0.8, 0.2], [0.8, 1.0, -0.1], [0.2, -0.1, 1.0]])
    space = ParameterSpace(UNIFORMS, correlation=Correlation(("c", "a", "b"), matrix))
    Z = space.sample(jax.random.key(0), 20_000)
    values = np.asarray(jax.vmap(space.values)(Z))
    scores = np.asarray(jax.vmap(space.marginals.to_normal)(values))[:, [2, 0, 1]]
    np.testing.assert_allclose(np.corrcoef(scores.T), matrix, atol=0.02)
    np.testing.assert_allclose(values.mean(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(values.std(axis=0), np.sqrt(1 / 12), atol=0.01)


def test_covariance_of_uniforms_is_the_known_one():
    """Spearman's ρ of a Gaussian copula is (6/π) asin(r/2), and the variance of U(0, 1) is 1/12."""
    space = ParameterSpace(UNIFORMS, correlation=Correlation.from_pairs({("a", "b"): 0.5}))
    covariance = np.asarray(space.prior_covariance)
    assert covariance[0, 1] == pytest.approx(6 / np.pi * np.arcsin(0.25) / 12, rel=1e-10)
    assert covariance[0, 1] == covariance[1, 0]
    np.testing.assert_allclose(np.diagonal(covariance), 1 / 12, rtol=1e-12)
    assert covariance[0, 2] == 0.0


def test_covariance_of_log_normals_is_the_known_one():
    """Cov = E[x] E[y] (exp(r σ_x σ_y) − 1)."""
    parameters = [Parameter("a", "1", LogNormal(2.0, 0.5)), Parameter("b", "1", LogNormal(0.1, 1.0))]
    space = ParameterSpace(parameters, correlation=Correlation.from_pairs({("a", "b"): -0.4}))
    means = np.array([2.0 * np.exp(0.125), 0.1 * np.exp(0.5)])
    np.testing.assert_allclose(space.prior_mean, means, rtol=1e-12)
    expected = means[0] * means[1] * (np.exp(-0.4 * 0.5 * 1.0) - 1)
    assert float(space.prior_covariance[0, 1]) == pytest.approx(expected, rel=1e-10)


def test_identity_correlation_changes_nothing():
    plain, identity = ParameterSpace(UNIFORMS), ParameterSpace(UNIFORMS, correlation=Correlation("abc", np.eye(3)))
    z = np.array([0.3, -1.2, 2.0])
    np.testing.assert_array_equal(plain.values(z), identity.values(z))
    u = plain.to_natural(z)
    assert float(plain.natural_log_prior(u)) == pytest.approx(float(identity.natural_log_prior(u)), abs=1e-14)


def test_random_covariances_are_exact():
    for seed in range(5):
        root = np.random.default_rng(seed).normal(size=(4, 4))
        covariance = root @ root.T + 0.1 * np.eye(4)
        space = space_from_moments(dict.fromkeys("wxyz", 1.0), covariance)
        np.testing.assert_allclose(space.prior_covariance, covariance, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Correlation("ab", [[1.0, 0.3], [0.2, 1.0]]), "not symmetric"),
        (lambda: Correlation("ab", [[2.0, 0.3], [0.3, 1.0]]), "not all ones"),
        (lambda: Correlation("ab", [[1.0, 1.0], [1.0, 1.0]]), "not positive definite"),
        (lambda: Correlation("ab", [[1.0, np.nan], [np.nan, 1.0]]), "not a number"),
        (lambda: Correlation("abc", np.eye(2)), r"shape \(2, 2\) for 3"),
        (lambda: Correlation("aa", np.eye(2)), "given twice"),
        (lambda: Correlation.from_pairs({("a", "a"): 0.3}), "paired with itself"),
        (lambda: Correlation.from_pairs({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}), "not positive definite"),
        (lambda: space_from_moments({"a": 0.0}, np.eye(2)), r"shape \(2, 2\)"),
        (lambda: space_from_moments({"a": 0.0, "b": 0.0}, [[1.0, 0.0], [0.0, 0.0]]), "diagonal"),
    ],
)
def test_impossible_correlation_is_refused(build, says):
    with pytest.raises(StudyError, match=says):
        build()


def test_covariance_of_a_normal_space_with_units():
    space = space_from_moments({"a": 0.0}, [[4.0]], {"a": "m"})
    assert space.units == ("m",)
    assert isinstance(space.parameters[0].prior, Normal)
    assert float(space.prior_covariance[0, 0]) == pytest.approx(4.0, rel=1e-14)
