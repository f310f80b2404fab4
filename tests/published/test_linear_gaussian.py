"""What the textbook says of the linear-Gaussian problem, method by method; all methods meet its posterior in the contracts."""

from __future__ import annotations

import jax
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.methods.driver import run
from landpda.methods.optimise.laplace import Laplace
from landpda.methods.optimise.lbfgsb import LBFGSB
from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt


def test_lbfgsb_needs_few_iterations() -> None:
    result = run(LBFGSB(num_starts=1, num_screened=0), linear_gaussian.problem(), jr.key(0))
    # With n = 2 exact line searches would take two; the first is exact, as the curvature along the gradient is measured.
    assert result.trace["iterations"][0] <= 3
    mean, _ = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(result.estimate.best, mean, atol=1e-7)


def test_levenberg_marquardt_reaches_the_lowest_cost() -> None:
    result = run(LevenbergMarquardt(num_starts=3, num_screened=0), linear_gaussian.problem(), jr.key(0))
    cost = result.trace["cost"][-1] - linear_gaussian.LOG_SCALE
    np.testing.assert_allclose(cost, linear_gaussian.LOWEST_COST, atol=1e-8)
    assert result.estimate.cost == result.trace["cost"][-1].min()


def test_laplace_is_the_posterior_in_physical_units() -> None:
    problem = linear_gaussian.problem()
    result = run(Laplace(num_starts=1, num_screened=0), problem, jr.key(0))
    root = np.asarray(jax.jacfwd(problem.space.values)(result.estimate.mean))
    np.testing.assert_allclose(problem.space.values(result.estimate.mean), linear_gaussian.MEAN, atol=1e-7)
    covariance = root @ np.asarray(result.estimate.covariance) @ root.T
    np.testing.assert_allclose(covariance, linear_gaussian.COVARIANCE, atol=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), [0.36367557, 0.27913857], atol=1e-7)


def test_evidence_of_laplace_is_the_textbooks() -> None:
    # log Z = −J_min + ½ log|A| − ½ m log 2π − log|R^½|; the prior's normalisation cancels n/2 log 2π.
    problem = linear_gaussian.problem()
    estimate = run(Laplace(num_starts=1, num_screened=0), problem, jr.key(0)).estimate
    log_determinant = np.linalg.slogdet(np.asarray(estimate.covariance))[1]
    evidence = -float(problem.cost(estimate.mean)) + 0.5 * log_determinant - 1.5 * np.log(2.0 * np.pi)
    assert evidence == pytest.approx(-3.4403205416, abs=1e-8)
