"""A uniform quantile and its normal score, accurate at both ends."""

from __future__ import annotations

import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, Float


def between(z: Float[Array, "..."], low: Array, high: Array) -> Float[Array, "..."]:
    """Value at the fraction Φ(z) of the way from `low` to `high`, measured from the nearer end.

    >>> import jax.numpy as jnp
    >>> f"{between(jnp.array(9.0), jnp.array(-1.0), jnp.array(0.0)):.6e}"  # 1 − Φ(9) would round to 0
    '-1.128588e-19'
    """
    z = jnp.asarray(z, float)
    tail = ndtr(jnp.where(z < 0, z, -z))
    width = high - low
    return jnp.where(z < 0, low + width * tail, high - width * tail)


def score_between(x: Float[Array, "..."], low: Array, high: Array) -> Float[Array, "..."]:
    """Normal score of the value `x` that is uniform between `low` and `high`: the inverse of `between`."""
    x = jnp.asarray(x, float)
    width = high - low
    lower = x - low < high - x
    tail = jnp.where(lower, x - low, high - x) / width
    score = ndtri(jnp.where(tail < 0, jnp.nan, tail))
    return jnp.where(lower, score, -score)
