"""Laws of the frame."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from landpda.methods.sample.archive import new_archive
from landpda.methods.sample.frame import frame_of


def test_the_root_is_that_of_the_covariance_of_the_rows_in_use():
    rng = np.random.default_rng(0)
    states = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6)) + 5.0
    frame = frame_of(new_archive(jnp.asarray(states), 1000))
    covariance = np.cov(states.T, bias=True)
    np.testing.assert_allclose(frame.root, np.linalg.cholesky(covariance), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(frame.inverse @ frame.root, np.eye(6), atol=1e-9)


def test_states_are_round_in_the_frame():
    rng = np.random.default_rng(1)
    states = rng.normal(size=(500, 25)) @ rng.normal(size=(25, 25)) * np.logspace(0, -4, 25)
    along = states @ np.asarray(frame_of(new_archive(jnp.asarray(states), 500)).inverse).T
    np.testing.assert_allclose(np.cov(along.T, bias=True), np.eye(25), atol=1e-4)


def test_states_that_do_not_vary_in_a_direction_leave_a_frame_of_finite_numbers():
    states = np.ones((40, 3)) * np.arange(40.0)[:, None]
    states[:, 2] = 7.0
    frame = frame_of(new_archive(jnp.asarray(states), 40))
    assert np.isfinite(frame.root).all()
    assert np.isfinite(frame.inverse).all()
