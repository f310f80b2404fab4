"""The axes along which momentum is drawn, learnt in burn-in from where all chains have been."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from landpda.methods.sample.frame import root_of

WINDOWS = ((1 / 6, 1 / 2), (1 / 2, 5 / 6))
"""[1] shares of the burn-in whose draws set the axes anew at each one's end. The first sixth is the way from the starts, the
last is left to the step length."""
PRIOR_DRAWS = 5
"""Draws per element that the axes in use weigh as much as: few draws leave them as they are [carpenter2017]."""


class Metric(NamedTuple):
    """Axes, and the draws seen since they were set.

    Args:
        axes: (n, n) columns, as long as the spread along each; a place is z = axes @ v.
        num: draws seen.
        total: (n,) their sum, in v.
        products: (n, n) sum of their outer products, in v.
    """

    axes: Float[Array, "n n"]
    num: Int[Array, ""]
    total: Float[Array, "n"]
    products: Float[Array, "n n"]


def new_metric(axes: Float[Array, "n n"]) -> Metric:
    """Axes along which nothing has been seen."""
    n = len(axes)
    return Metric(axes, jnp.asarray(0), jnp.zeros(n), jnp.zeros((n, n)))


def seen(metric: Metric, v: Float[Array, "C n"]) -> Metric:
    """Add one draw of each chain."""
    return Metric(metric.axes, metric.num + len(v), metric.total + jnp.sum(v, axis=0), metric.products + v.T @ v)


def relearnt(metric: Metric) -> tuple[Metric, Float[Array, "n n"]]:
    """Axes in which the draws seen are round, and the old coordinates of the new axes: v_old = turn @ v_new.

    >>> v = jnp.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 0.5], [0.0, -0.5]] * 1000)
    >>> metric, _ = relearnt(seen(new_metric(jnp.eye(2)), v))
    >>> jnp.round(metric.axes, 2).tolist()
    [[1.41, 0.0], [0.0, 0.36]]
    """
    n = len(metric.axes)
    mean = metric.total / metric.num
    covariance = metric.products / metric.num - jnp.outer(mean, mean)
    weight = metric.num / (metric.num + PRIOR_DRAWS * n)
    turn = root_of(weight * covariance + (1.0 - weight) * jnp.eye(n))
    return new_metric(metric.axes @ turn), turn


def solve_lower(root: Float[Array, "n n"], rows: Float[Array, "C n"]) -> Float[Array, "C n"]:
    """Each row r as root⁻¹ r; written out, for LAPACK inside compiled loops has hung."""
    n = len(root)

    def element(i: Array, solved: Float[Array, "C n"]) -> Float[Array, "C n"]:
        return solved.at[:, i].set((rows[:, i] - solved @ root[i]) / root[i, i])

    return jax.lax.fori_loop(0, n, element, jnp.zeros_like(rows))
