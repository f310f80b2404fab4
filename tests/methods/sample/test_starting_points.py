"""Laws of starts around optima."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from landpda.core.errors import StudyError
from landpda.methods.sample.starting_points import around_optima


def test_draws_have_the_widened_laplace_covariance():
    curvature = np.array([[4.0, 1.0], [1.0, 9.0]])
    draws = around_optima(jr.key(0), jnp.array([[1.0, -2.0]]), jnp.zeros(1), jnp.asarray(curvature[None]), 20000, spread=2.0)
    np.testing.assert_allclose(np.mean(draws, axis=0), [1.0, -2.0], atol=0.03)
    np.testing.assert_allclose(np.cov(np.asarray(draws).T), 4.0 * np.linalg.inv(curvature), atol=0.03)


def test_only_optima_that_may_hold_mass_take_part_and_in_equal_numbers():
    optima = jnp.array([[0.0], [100.0], [200.0], [300.0]])
    cost = jnp.array([0.0, 5.0, 50.0, jnp.inf])
    draws = around_optima(jr.key(1), optima, cost, jnp.ones((4, 1, 1)), 60)
    nearest = np.round(np.asarray(draws)[:, 0] / 100.0).astype(int)
    assert np.bincount(nearest).tolist() == [30, 30]


def test_without_an_optimum_it_says_so():
    with pytest.raises(StudyError, match="No optimum has a finite cost"):
        around_optima(jr.key(2), jnp.zeros((2, 1)), jnp.full(2, jnp.inf), jnp.ones((2, 1, 1)), 4)
