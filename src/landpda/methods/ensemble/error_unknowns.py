"""Unknowns of the errors in an ensemble method: a Kalman update knows nothing of them, so that they are fitted beside it.

The standard deviation of an error is an element of z as the model's parameters are, but no prediction depends on it. An
update by covariances of predictions would leave it where it is, and one by covariances of whitened misfits would widen the
error until nothing is left to fit. So all members share one value while they are moved. After every run it is set to where
the members' mean cost is lowest at the predictions as they are, its prior included: the maximisation step of [dempster1977],
with the ensemble for the expectation. In the answer each member has a draw of its own from the Gaussian around the value that
suits its predictions best.
"""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.methods.ensemble.members import Members
from landpda.problem.problem import AbstractProblem

LOOKED_AT = 4
"""Members whose derivatives are looked at: an element that changes the misfit of none of them changes none."""
NOTHING = 1e-10
"""[1] derivative that is rounding."""
MOST_STEPS = 100
"""Newton steps: from the prior's median ten are enough, as each brings log σ nearer by about one at least."""
LONGEST = 2.0
"""[prior sd] longest Newton step."""
CONVERGED = 1e-11
"""[prior sd] last step: the curvature is that of the cost, so that the step before it was small, too."""


class Slopes(NamedTuple):
    """The cost's first and second derivatives along the unknowns of the errors, predictions held.

    Args:
        gradient: (N, k).
        curvature: (N, k, k) JᵀJ + DᵀD + I with J = ∂ whitened/∂z and D = ∂ log σ/∂z. For a standard deviation that is the
            Hessian where the misfit is as large as its error says, and too large by at most the misfit's own share elsewhere,
            so that Newton steps neither overshoot nor stall.
    """

    gradient: Float[np.ndarray, "N k"]
    curvature: Float[np.ndarray, "N k k"]


def find(problem: AbstractProblem, members: Members) -> Bool[np.ndarray, "n"]:
    """(n,) which elements change the misfit though the predictions stay.

    Raises:
        StudyError: such an element is correlated with others in the prior, so that it cannot be fitted alone.
    """
    chosen = np.flatnonzero(members.ok)[:LOOKED_AT]
    chosen = np.resize(chosen, LOOKED_AT)
    along = jnp.eye(problem.n)
    size = np.asarray(_dependence(problem, along, jnp.asarray(members.values[chosen]), jnp.asarray(members.Z[chosen])))
    which = size > NOTHING
    if which.any():
        moves = np.asarray(jax.jacfwd(problem.space.values)(jnp.zeros(problem.n)))[:, which]
        others = np.abs(moves - np.eye(problem.n)[:, which] * moves)
        if np.any(others > NOTHING * np.max(np.abs(moves), axis=0)):
            named = ", ".join(np.asarray(problem.names)[which])
            raise StudyError(
                f"An ensemble method was asked to estimate the errors' unknowns among {named}.",
                "Their prior is correlated with that of other parameters.",
                "Leave them out of the prior correlation, or choose another method.",
            )
    return which


def shared(problem: AbstractProblem, which: Bool[np.ndarray, "n"], members: Members) -> Members:
    """The members with the one value of the unknowns that makes their mean cost lowest at these predictions."""
    if not which.any():
        return members
    Z = np.array(members.Z)
    Z[:, which] = Z[members.ok][:, which].mean(axis=0)
    for _ in range(MOST_STEPS):
        slopes = _slopes(problem, which, members._replace(Z=Z))
        gradient, curvature = (part[members.ok].mean(axis=0) for part in slopes)
        step = _shortened(np.linalg.solve(curvature, gradient))
        Z[:, which] -= step
        if np.max(np.abs(step)) < CONVERGED:
            break
    return members._replace(Z=Z)


def shared_covariance(problem: AbstractProblem, which: Bool[np.ndarray, "n"], members: Members) -> Float[np.ndarray, "k k"]:
    """(k, k) covariance of the shared value: the inverse curvature of the mean cost."""
    curvature = _slopes(problem, which, members).curvature[members.ok].mean(axis=0)
    return np.linalg.inv(curvature)


def drawn(key: PRNGKeyArray, problem: AbstractProblem, which: Bool[np.ndarray, "n"], members: Members) -> Members:
    """The members, each with a draw of the unknowns given its own predictions."""
    if not which.any():
        return members
    Z, rows = np.array(members.Z), np.flatnonzero(members.ok)
    for _ in range(MOST_STEPS):
        gradient, curvature = (part[rows] for part in _slopes(problem, which, members._replace(Z=Z)))
        step = _shortened(np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0])
        Z[np.ix_(rows, which)] -= step
        if np.max(np.abs(step)) < CONVERGED:
            break
    curvature = _slopes(problem, which, members._replace(Z=Z)).curvature[rows]
    normal = np.asarray(jr.normal(key, (len(Z), int(which.sum()))))[rows]
    root = np.linalg.cholesky(curvature)
    Z[np.ix_(rows, which)] += np.linalg.solve(np.swapaxes(root, 1, 2), normal[:, :, None])[:, :, 0]
    return members._replace(Z=Z)


def _shortened(step: Float[np.ndarray, "... k"]) -> Float[np.ndarray, "... k"]:
    longest = np.max(np.abs(step), axis=-1, keepdims=True)
    return step * np.minimum(1.0, LONGEST / np.maximum(longest, LONGEST))


def _slopes(problem: AbstractProblem, which: Bool[np.ndarray, "n"], members: Members) -> Slopes:
    directions = jnp.eye(problem.n)[np.flatnonzero(which)]
    parts = _compiled_slopes(problem, directions, jnp.asarray(members.values), jnp.asarray(members.Z))
    return Slopes(*(np.asarray(part) for part in parts))


@eqx.filter_jit
def _compiled_slopes(
    problem: AbstractProblem, directions: Float[Array, "k n"], values: Float[Array, "N m"], Z: Float[Array, "N n"]
) -> tuple[Array, Array]:
    data, log_sd, gradient = jax.vmap(lambda direction: _along(problem, direction, values, Z), out_axes=(1, 1, 1))(directions)
    curvature = jnp.einsum("nkm,nlm->nkl", data, data) + jnp.einsum("nkm,nlm->nkl", log_sd, log_sd)
    return gradient, curvature + jnp.eye(len(directions))


@eqx.filter_jit
def _dependence(
    problem: AbstractProblem, directions: Float[Array, "n n"], values: Float[Array, "N m"], Z: Float[Array, "N n"]
) -> Float[Array, "n"]:
    data, log_sd, _ = jax.vmap(lambda direction: _along(problem, direction, values, Z))(directions)
    return jnp.max(jnp.maximum(jnp.abs(data), jnp.abs(log_sd)), axis=(1, 2))


def _along(
    problem: AbstractProblem, direction: Float[Array, "n"], values: Float[Array, "N m"], Z: Float[Array, "N n"]
) -> tuple[Array, Array, Array]:
    def parts(Z: Array) -> tuple[Array, Array, Array]:
        misfit = problem.misfit_ensemble(values, Z)
        return misfit.whitened, misfit.log_sd, misfit.cost

    return jax.jvp(parts, (Z,), (jnp.broadcast_to(direction, Z.shape),))[1]
