"""How the spread of an ensemble is made, kept and given back."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Bool, Float, PRNGKeyArray

NOTHING = 1e-10
"""[1] of a column's length: what is left of a column that depends on those before it."""


def sd(X: Float[Array, "N p"]) -> Float[Array, "p"]:
    """Standard deviation of each column."""
    return jnp.std(X, axis=0, ddof=1)


def stretched(X: Float[Array, "N p"], factor: Float[Array, "..."] | float) -> Float[Array, "N p"]:
    """Anomalies times a factor, the mean as it is."""
    mean = jnp.mean(X, axis=0)
    return mean + factor * (X - mean)


def at_least(X: Float[Array, "N p"], floor: float) -> Float[Array, "N p"]:
    """Columns stretched to a standard deviation of at least `floor`; a column without any stays."""
    spread = sd(X)
    return stretched(X, jnp.where(spread > 0.0, jnp.maximum(1.0, floor / jnp.where(spread > 0.0, spread, 1.0)), 1.0))


def relaxed(X: Float[Array, "N p"], prior: Float[Array, "p"], share: float) -> Float[Array, "N p"]:
    """Columns stretched back towards the spread that they had: σ ← (1 − α) σ + α σ_prior.

    Args:
        X: members after an update.
        prior: standard deviations before it.
        share: [1] α.

    Source: [whitaker2012] relaxation to prior spread.
    """
    spread = sd(X)
    return stretched(X, jnp.where(spread > 0.0, 1.0 + share * (prior / jnp.where(spread > 0.0, spread, 1.0) - 1.0), 1.0))


def smoothed(key: PRNGKeyArray, X: Float[Array, "N p"], width: float) -> Float[Array, "N p"]:
    """A kernel around each member, with the members drawn together so that mean and covariance stay in expectation.

        x ← x̄ + √(1 − h²) (x − x̄) + h ε,   ε ~ N(0, cov x)

    Args:
        key: of the draws.
        X: members.
        width: [sd of the ensemble] h.

    Source: [liu2001].
    """
    mean = jnp.mean(X, axis=0)
    A = X - mean
    weights = jr.normal(key, (X.shape[0], X.shape[0])) / jnp.sqrt(X.shape[0] - 1.0)
    noise = (weights - jnp.mean(weights, axis=0)) @ A
    return mean + jnp.sqrt(1.0 - width**2) * A + width * noise


def centred_noise(key: PRNGKeyArray, num: int, columns: int) -> Float[Array, "N k"]:
    """Standard normal draws less their mean."""
    draws = jr.normal(key, (num, columns))
    return (draws - jnp.mean(draws, axis=0)) * jnp.sqrt(num / (num - 1.0))


def exact_noise(key: PRNGKeyArray, columns: int, beside: Float[Array, "N p"]) -> Float[Array, "N k"]:
    """Standard normal draws of mean zero and covariance I to the last digit, without correlation to the columns beside them.

    With too few members for that, they have mean zero only.

    Args:
        key: of the draws.
        columns: k.
        beside: (N, p) members; (N, 0) where there is nothing beside.

    Source: [pham2001] second-order exact draws.
    """
    num, others = beside.shape
    draws = centred_noise(key, num, columns)
    if num < others + columns + 1:
        return draws
    A = beside - jnp.mean(beside, axis=0)
    basis = orthonormal(jnp.concatenate([jnp.ones((num, 1)), A, draws], axis=1))
    return basis[:, others + 1 :] * jnp.sqrt(num - 1.0)


def orthonormal(columns: Float[Array, "N c"]) -> Float[Array, "N c"]:
    """Columns made orthonormal from left to right; one that depends on those before it becomes zero.

    Gram and Schmidt's, twice over, so that it is right to rounding; without LAPACK, so that it may stand in a compiled loop.
    """

    def add(j: Array, basis: Array) -> Array:
        column = columns[:, j]
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        length = jnp.linalg.norm(left)
        keep = length > NOTHING * jnp.linalg.norm(column)
        return basis.at[:, j].set(jnp.where(keep, left / jnp.where(keep, length, 1.0), 0.0))

    return jax.lax.fori_loop(0, columns.shape[1], add, jnp.zeros_like(columns))


def refilled(key: PRNGKeyArray, X: Float[Array, "N p"], ok: Bool[Array, "N"]) -> Float[Array, "N p"]:
    """Rows that are not ok replaced by a mix of two that are, x̄ + (a + b)/√2, which keeps their mean and covariance."""
    heaped = jnp.cumsum(jnp.where(jnp.any(ok), ok, True).astype(X.dtype))
    drawn = jnp.searchsorted(heaped, jr.uniform(key, (2, X.shape[0])) * heaped[-1], side="right")
    one, two = jnp.minimum(drawn, X.shape[0] - 1)
    mean = jnp.sum(jnp.where(ok[:, None], X, 0.0), axis=0) / jnp.maximum(jnp.sum(ok), 1)
    mixed = mean + (X[one] - mean + X[two] - mean) / jnp.sqrt(2.0)
    return jnp.where(ok[:, None], X, mixed)


def reflected(key: PRNGKeyArray, A: Float[Array, "N p"], number: int) -> Float[Array, "N p"]:
    """Anomalies mixed among the members by random reflections that keep their mean and covariance.

    Each is I − 2vvᵀ/vᵀv with v ⟂ 1; as many as there are members are a random rotation.

    Args:
        key: of the reflections.
        A: anomalies.
        number: of reflections; an even one is a rotation.
    """

    def reflect(A: Array, v: Array) -> tuple[Array, None]:
        return A - 2.0 * jnp.outer(v, v @ A) / (v @ v), None

    return jax.lax.scan(reflect, A, centred_noise(key, A.shape[0], number).T)[0]
