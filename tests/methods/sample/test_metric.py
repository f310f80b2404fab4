"""Axes that are learnt from the chains."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from landpda.methods.sample.metric import new_metric, relearnt, seen, solve_lower


def correlated(num: int = 4000) -> np.ndarray:
    root = np.array([[2.0, 0.0, 0.0], [1.5, 0.5, 0.0], [-1.0, 0.3, 0.1]])
    return np.asarray(jr.normal(jr.key(0), (num, 3))) @ root.T + 3.0


def test_draws_are_round_along_the_axes_learnt_from_them():
    draws = jnp.asarray(correlated())
    metric, turn = relearnt(seen(new_metric(jnp.eye(3)), draws))
    metric, _ = relearnt(seen(metric, solve_lower(turn, draws)))
    along = np.linalg.solve(np.asarray(metric.axes), np.asarray(draws).T)
    np.testing.assert_allclose(np.cov(along), np.eye(3), atol=0.02)


def test_a_place_stays_where_it_is_when_the_axes_turn():
    first = jnp.asarray(np.diag([0.5, 2.0, 1.0]))
    v = jnp.asarray(correlated(50))
    metric, turn = relearnt(seen(new_metric(first), v))
    np.testing.assert_allclose(solve_lower(turn, v) @ metric.axes.T, v @ first.T, atol=1e-12)


def test_few_draws_leave_the_axes_nearly_as_they_are():
    metric, _ = relearnt(seen(new_metric(jnp.eye(3)), jnp.zeros((1, 3))))
    np.testing.assert_allclose(metric.axes, np.eye(3), atol=0.05)


def test_many_elements_do_not_hang_a_compiled_loop():
    draws = jr.normal(jr.key(1), (200, 45))

    def again(_: int, metric):
        return relearnt(seen(metric, draws))[0]

    metric = jax.jit(lambda: jax.lax.fori_loop(0, 3, again, new_metric(jnp.eye(45))))()
    assert np.isfinite(np.asarray(metric.axes)).all()
