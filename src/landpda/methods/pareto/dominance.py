"""Who beats whom where there are several objectives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def dominates(found: Float[Array, "N k"]) -> Bool[Array, "N N"]:
    """Whether member i (row) is nowhere worse than member j (column), and better in one objective. A failed one beats none.

    >>> dominates(jnp.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])).astype(int)
    Array([[0, 0, 1],
           [0, 0, 1],
           [0, 0, 0]], dtype=int64)
    """
    one, other = found[:, None, :], found[None, :, :]
    return jnp.all(one <= other, axis=-1) & jnp.any(one < other, axis=-1)


def ranks(found: Float[Array, "N k"]) -> Int[Array, "N"]:
    """0 for those whom nobody beats, 1 for those whom only these beat, and so on; N for members that failed.

    Source: [deb2002] section III.A.

    >>> ranks(jnp.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [jnp.inf, jnp.inf]])).tolist()
    [0, 0, 1, 4]
    """
    num = len(found)
    beats = dominates(found)
    ran = jnp.all(jnp.isfinite(found), axis=1)

    def peel(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        rank, level = carry
        left = rank == num
        beaten = jnp.any(beats & left[:, None], axis=0)
        return jnp.where(left & ran & ~beaten, level, rank), level + 1

    def some_left(carry: tuple[Array, Array]) -> Array:
        return jnp.any((carry[0] == num) & ran)

    rank, _ = jax.lax.while_loop(some_left, peel, (jnp.full(num, num), jnp.asarray(0)))
    return rank
