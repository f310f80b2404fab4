"""Model runs in batches of the sizes that a compiled problem has met before."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from landpda.problem.problem import AbstractProblem


def padded(problem: AbstractProblem, z: Float[np.ndarray, "K n"], capacity: int) -> Float[np.ndarray, "L n"]:
    """The rows, repeated up to the one size that a compiled problem has met: compiling another takes longer than it saves.

    A problem that is not compiled is asked for no more than it must run.
    """
    if not problem.traceable or capacity <= len(z):
        return z
    return np.concatenate([z, np.broadcast_to(z[:1], (capacity - len(z), z.shape[1]))])


def costs_in_batch(problem: AbstractProblem, z: Float[np.ndarray, "K n"], capacity: int = 0) -> Float[np.ndarray, "K"]:
    """(K,) J of each row, infinite where the run failed; asked for as if there were `capacity` rows."""
    if len(z) == 0:
        return np.zeros(0)
    density = np.asarray(problem.log_density_ensemble(jnp.asarray(padded(problem, z, capacity))))[: len(z)]
    return np.where(np.isfinite(density), -density, np.inf)
