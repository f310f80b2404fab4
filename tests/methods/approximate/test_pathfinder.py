"""Laws of Pathfinder."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from dream_targets import correlated_gaussian, starting_in
from scipy.stats import multivariate_normal

from landpda.core.errors import StudyError
from landpda.methods.approximate.pathfinder import Pathfinder, log_normal, next_diagonal
from landpda.methods.driver import run
from landpda.problem.density import DensityProblem

SMALL = Pathfinder(num_paths=4, num_draws=1000, num_screened=32)


def test_the_density_is_the_textbooks():
    root = np.array([[1.2, 0.0], [-0.5, 0.7]])
    z = np.random.default_rng(0).normal(size=(9, 2))
    np.testing.assert_allclose(log_normal(z, np.ones(2), root), multivariate_normal(np.ones(2), root @ root.T).logpdf(z))


def test_a_step_along_an_axis_finds_its_curvature():
    """And the others follow its scale; a step of downward curvature changes nothing."""
    hessian = np.array([4.0, 0.5, 9.0])
    for at, axis in enumerate(np.eye(3)):
        np.testing.assert_allclose(next_diagonal(np.ones(3), axis, hessian * axis), 1.0 / hessian[at], rtol=1e-9)
    np.testing.assert_array_equal(next_diagonal(1.0 / hessian, np.ones(3), -np.ones(3)), 1.0 / hessian)


def test_a_gaussian_is_found_whole():
    problem, mean, covariance = correlated_gaussian()
    result = run(SMALL, problem, jr.key(1))
    assert result.findings[0].severity in {"good", "note"}
    draws = 3.0 * np.asarray(result.estimate.draws[0])
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.2 * np.sqrt(np.diag(covariance)).max())
    np.testing.assert_allclose(np.corrcoef(draws.T), np.where(np.eye(3) > 0, 1.0, 0.9), atol=0.05)


def test_two_modes_are_weighed_by_their_mass():
    def log_density(x):
        return jnp.logaddexp(jnp.log(0.25) - 0.5 * (x[0] + 4.0) ** 2, jnp.log(0.75) - 0.5 * (x[0] - 4.0) ** 2)

    problem = DensityProblem(log_density, starting_in(1, 4.0))
    result = run(Pathfinder(num_paths=8, starts=np.linspace(-1.5, 1.5, 8)[:, None]), problem, jr.key(2))
    assert np.mean(np.asarray(result.estimate.draws) < 0.0) == pytest.approx(0.25, abs=0.05)


def test_settings_that_cannot_be_run_are_refused():
    with pytest.raises(StudyError, match="num_paths"):
        Pathfinder(num_paths=0)
