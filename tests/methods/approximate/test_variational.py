"""Laws of the variational fits, mean-field and full-rank."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from dream_targets import correlated_gaussian

from landpda.core.errors import StudyError
from landpda.methods.approximate.base_draws import base_draws
from landpda.methods.approximate.full_rank import Correlated, FullRank
from landpda.methods.approximate.mean_field import MeanField, Uncorrelated
from landpda.methods.approximate.variational import divergence
from landpda.methods.driver import run

FAMILIES = [Uncorrelated(), Correlated(np.linalg.cholesky(np.diag([1.0, 2.0, 3.0]) + 0.5), 0.3)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
def test_the_gradient_of_the_divergence_is_its_difference(family):
    problem, _, _ = correlated_gaussian()
    base = base_draws(jr.key(0), 16, 3)
    phi = np.asarray(family.first(np.array([0.1, -0.2, 0.3])))
    phi = phi + 0.1 * np.random.default_rng(1).normal(size=phi.shape)
    here = divergence(family, phi, base, problem)
    for direction in np.eye(len(phi)):
        ahead, behind = (divergence(family, phi + step * direction, base, problem).value for step in (1e-5, -1e-5))
        assert (ahead - behind) / 2e-5 == pytest.approx(here.gradient @ direction, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
def test_roots_are_triangular_with_a_positive_diagonal(family):
    root = np.asarray(family.root(family.first(np.zeros(3)), 3))
    np.testing.assert_array_equal(root, np.tril(root))
    assert np.all(np.diag(root) > 0.0)


def test_full_rank_finds_correlations_of_nine_tenths_from_any_axes():
    problem, mean, covariance = correlated_gaussian()
    plain = run(FullRank(num_screened=16), problem, jr.key(2))
    told = run(FullRank(num_screened=16, axes=np.linalg.cholesky(covariance) / 3.0), problem, jr.key(2))
    for result in (plain, told):
        np.testing.assert_allclose(np.asarray(result.estimate.mean) * 3.0, mean, atol=1e-4)
        np.testing.assert_allclose(np.asarray(result.estimate.covariance) * 9.0, covariance, rtol=1e-3)
        assert result.findings[0].severity == "good"
    assert told.gradients_used < plain.gradients_used


def test_mean_field_says_that_it_leaves_correlations_out():
    problem, _, _ = correlated_gaussian()
    result = run(MeanField(num_screened=16), problem, jr.key(3))
    assert result.findings[0].severity in {"warning", "serious"}


def test_a_fit_that_is_cut_off_says_so_and_is_checked_all_the_same():
    problem, _, _ = correlated_gaussian()
    result = run(FullRank(num_screened=16, max_iterations=2), problem, jr.key(4))
    assert len(result.trace["shape"]) == 2
    assert not np.isnan(result.trace["shape"][-1])
    assert any("cut off" in finding.sentence for finding in result.findings)


def test_the_fit_starts_at_the_best_start():
    problem, mean, _ = correlated_gaussian()
    starts = np.stack([mean / 3.0, np.full(3, 2.0)])
    state = FullRank(starts=starts).init(jr.key(5), problem)
    np.testing.assert_allclose(state.phi[:3], starts[0])


def test_axes_and_settings_that_cannot_be_are_refused():
    problem, _, _ = correlated_gaussian()
    with pytest.raises(StudyError, match="axes"):
        FullRank(axes=np.eye(2)).init(jr.key(6), problem)
    for cls in (FullRank, MeanField):
        with pytest.raises(StudyError, match="num_draws"):
            cls(num_draws=0)
