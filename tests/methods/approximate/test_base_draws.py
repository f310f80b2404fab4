"""Laws of base draws."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from landpda.methods.approximate.base_draws import base_draws, shared_weights


@pytest.mark.parametrize(("num", "n"), [(8, 2), (64, 10), (200, 45)])
def test_first_and_second_moments_are_exact(num: int, n: int):
    base = base_draws(jr.key(0), num, n)
    np.testing.assert_allclose(base.sum(axis=0), 0.0, atol=1e-10)
    np.testing.assert_allclose(base.T @ base / num, np.eye(n), atol=1e-10)


def test_the_key_decides():
    assert np.array_equal(base_draws(jr.key(1), 16, 3), base_draws(jr.key(1), 16, 3))
    assert not np.array_equal(base_draws(jr.key(1), 16, 3), base_draws(jr.key(2), 16, 3))


def test_the_mean_of_a_parabola_stays_where_draws_fail():
    base = base_draws(jr.key(3), 128, 3)
    curvature = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.4], [0.0, -0.4, 3.0]])
    values = 0.5 * np.einsum("si,ij,sj->s", base, curvature, base) + base @ np.array([1.0, -2.0, 0.5]) + 7.0
    ok = np.random.default_rng(4).uniform(size=128) > 0.3
    weights = shared_weights(ok, base)
    assert np.all(weights[~ok] == 0.0)
    assert weights @ values == pytest.approx(values.mean(), abs=1e-10)


def test_few_draws_keep_what_they_can():
    base = base_draws(jr.key(5), 12, 3)
    ok = np.arange(12) < 4
    assert shared_weights(ok, base).sum() == pytest.approx(1.0)
