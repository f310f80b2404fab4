"""A frame in which the posterior is round: its axes are combinations of parameters that the data know independently."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.methods.sample.archive import Archive

RIDGE = 1e-9
"""[1] share added to each variance, so that states that do not vary in some direction leave a matrix that has a root."""


class Frame(NamedTuple):
    """Axes of a covariance.

    Args:
        root: (n, n) lower triangular L with L Lᵀ the covariance; its columns are the axes, each as long as its spread.
        inverse: (n, n) of it: what turns a state into its coordinates along the axes.
    """

    root: Float[Array, "n n"]
    inverse: Float[Array, "n n"]


def frame_of(archive: Archive) -> Frame:
    """The frame of the states in an archive."""
    used = (jnp.arange(len(archive.rows)) < archive.filled)[:, None]
    mean = jnp.sum(jnp.where(used, archive.rows, 0.0), axis=0) / archive.filled
    centred = jnp.where(used, archive.rows - mean, 0.0)
    return frame_of_covariance(centred.T @ centred / archive.filled)


def frame_of_covariance(covariance: Float[Array, "n n"]) -> Frame:
    """The frame of a covariance."""
    root = root_of(covariance)
    n = len(root)

    def row(i: Array, inverse: Float[Array, "n n"]) -> Float[Array, "n n"]:
        return inverse.at[i].set((jnp.eye(n)[i] - root[i] @ inverse) / root[i, i])

    return Frame(root, jax.lax.fori_loop(0, n, row, jnp.zeros((n, n))))


def root_of(covariance: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Lower triangular L with L Lᵀ the covariance, lifted by a ridge.

    The Cholesky factor serves, and no eigenvectors: any axes along which a normal distribution is independent are as good.
    Written out as a loop of n steps, for LAPACK inside compiled loops has hung.
    """
    smallest = jnp.finfo(covariance.dtype).tiny
    covariance = covariance + jnp.diag(RIDGE * jnp.diag(covariance) + jnp.sqrt(smallest))
    n = covariance.shape[0]

    def column(j: Array, root: Float[Array, "n n"]) -> Float[Array, "n n"]:
        rest = covariance[:, j] - root @ root[j]
        # rounding may leave less than the ridge
        pivot = jnp.sqrt(jnp.maximum(rest[j], 0.5 * RIDGE * covariance[j, j]))
        return root.at[:, j].set(jnp.where(jnp.arange(n) > j, rest / pivot, jnp.where(jnp.arange(n) == j, pivot, 0.0)))

    return jax.lax.fori_loop(0, n, column, jnp.zeros((n, n)))
