"""Eigenvalues of a small symmetric matrix, written out, so that they may stand inside a compiled loop."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

MOST_SWEEPS = 15
"""A sweep squares what is left off the diagonal, once it is small; matrices of hundreds of rows take about ten."""


def symmetric_eigen(A: Float[Array, "m m"]) -> tuple[Float[Array, "m"], Float[Array, "m m"]]:
    """Eigenvalues λ, in no order, and eigenvectors as the columns of V: A = V diag(λ) Vᵀ.

    Jacobi's rotations, a round of m/2 disjoint pairs at a time: row i of the upper half meets row i of the lower half, then the
    rows move on by one seat as in a round-robin tournament, so that m − 1 rounds bring every pair together.

    Source: [brent1985].

    >>> values, _ = symmetric_eigen(jnp.array([[2.0, 1.0], [1.0, 2.0]]))
    >>> jnp.sort(values).round(12)
    Array([1., 3.], dtype=float64)
    """
    m = A.shape[0]
    if m == 1:
        return A[0], jnp.ones_like(A)
    padded = jnp.pad(A, (0, m % 2))
    size = m + m % 2
    seats = _next_seats(size)

    def one_round(_: int, pair: tuple[Array, Array]) -> tuple[Array, Array]:
        A, V = pair
        cosine, sine = _rotations(A)
        A = _turn(_turn(A, cosine, sine).T, cosine, sine).T
        return A[seats][:, seats], _turn(V, cosine, sine)[seats]

    def sweep(carry: tuple[Array, tuple[Array, Array]]) -> tuple[Array, tuple[Array, Array]]:
        number, pair = carry
        return number + 1, jax.lax.fori_loop(0, size - 1, one_round, pair)

    def unfinished(carry: tuple[Array, tuple[Array, Array]]) -> Array:
        number, (A, _) = carry
        off = jnp.sum(jnp.square(jnp.where(jnp.eye(size, dtype=bool), 0.0, A)))
        return (number < MOST_SWEEPS) & (off > (size * jnp.finfo(A.dtype).eps) ** 2 * jnp.sum(jnp.square(A)))

    _, (diagonal, rows) = jax.lax.while_loop(unfinished, sweep, (jnp.asarray(0), (padded, jnp.eye(size))))
    return _without_padding(jnp.diagonal(diagonal), rows, m)


def _without_padding(
    values: Float[Array, "s"], rows: Float[Array, "s s"], m: int
) -> tuple[Float[Array, "m"], Float[Array, "m m"]]:
    """Drop the eigenvector that stands for the row that was filled in: it alone has a part along it."""
    if values.shape[0] == m:
        return values, rows.T
    filled = jnp.argmax(jnp.abs(rows[:, m]))
    keep = jnp.arange(m) + (jnp.arange(m) >= filled)
    return values[keep], rows[keep, :m].T


def _rotations(A: Float[Array, "s s"]) -> tuple[Float[Array, "h"], Float[Array, "h"]]:
    """Cosine and sine that bring each pair's off-diagonal element to zero."""
    half = A.shape[0] // 2
    diagonal = jnp.diagonal(A)
    off = jnp.diagonal(A[:half, half:])
    tau = (diagonal[half:] - diagonal[:half]) / (2.0 * jnp.where(off == 0.0, 1.0, off))
    tangent = jnp.where(tau >= 0.0, 1.0, -1.0) / (jnp.abs(tau) + jnp.sqrt(1.0 + tau * tau))
    tangent = jnp.where(off == 0.0, 0.0, tangent)
    cosine = 1.0 / jnp.sqrt(1.0 + tangent * tangent)
    return cosine, tangent * cosine


def _turn(rows: Float[Array, "s c"], cosine: Float[Array, "h"], sine: Float[Array, "h"]) -> Float[Array, "s c"]:
    upper, lower = jnp.split(rows, 2)
    c, s = cosine[:, None], sine[:, None]
    return jnp.concatenate([c * upper - s * lower, s * upper + c * lower])


def _next_seats(size: int) -> np.ndarray:
    """Who sits where in the next round: the first stays, the others move round."""
    half = size // 2
    upper, lower = np.arange(half), np.arange(half, size)
    moved = np.concatenate([[upper[0]], lower[:1], upper[1:-1]]) if half > 1 else upper
    back = np.concatenate([lower[1:], upper[-1:]]) if half > 1 else lower
    return np.concatenate([moved, back])
