"""An ensemble and what the model made of it: the prior's draws, runs, and what to do where runs fail."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from landpda.core.errors import RunFailed, StudyError
from landpda.problem.control_space import ControlSpace
from landpda.problem.problem import AbstractProblem, Misfit

FEWEST = 3
"""Members that must run: below that there is no spread to learn from."""


class Members(NamedTuple):
    """An ensemble with its predictions.

    Args:
        Z: (N, n) control vectors.
        values: (N, m) predictions; zeros where a run failed.
        ok: (N,) whether the run gave numbers.
    """

    Z: Float[np.ndarray, "N n"]
    values: Float[np.ndarray, "N m"]
    ok: Bool[np.ndarray, "N"]


def require_open(problem: AbstractProblem, name: str) -> None:
    """Refuse a problem without data, or with bounds: there is no Gaussian prior there, on which a Kalman update rests.

    Raises:
        StudyError: the problem has bounds, or no data.
    """
    if problem.y.shape[0] == 0:
        raise StudyError(
            f"The method {name} was asked.", "The problem has no data.", "Choose a method that asks for a density alone."
        )
    if np.any(np.isfinite(np.concatenate([np.asarray(bound) for bound in problem.bounds]))):
        raise StudyError(
            f"The method {name} was asked to answer a problem in a box.",
            "Its update rests on a Gaussian prior, which a box has not.",
            "Give it the problem itself, whose control space is open.",
        )


def standardised(draws: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "N n"]:
    """The draws, moved so that their mean is 0 and their covariance I to rounding; with too few of them only the mean is.

    The columns of the centred draws are made orthonormal by their symmetric square root, which moves each as little as can be.
    """
    centred = draws - draws.mean(axis=0)
    num, n = draws.shape
    if num <= n + 1:
        return centred
    left, _, right = np.linalg.svd(centred, full_matrices=False)
    left = left - left.mean(axis=0)
    return np.sqrt(num - 1.0) * left @ right


def prior_ensemble(key: PRNGKeyArray, problem: AbstractProblem, num: int) -> Float[np.ndarray, "N n"]:
    """(num, n) prior draws that have the prior's mean and covariance exactly, circular parameters folded into one period.

    A draw that breaks a constraint of the prior gives way to one that does not.
    """
    normal_key, other_key = jr.split(key)
    draws = standardised(np.asarray(jr.normal(normal_key, (num, problem.n))))
    draws = np.asarray(problem.space.fold(jnp.asarray(draws)))
    broken = ~np.isfinite(_log_prior(problem, draws))
    if broken.any():
        draws = np.where(broken[:, None], np.asarray(problem.initial_ensemble(other_key, num)), draws)
    return draws


def run_all(problem: AbstractProblem, Z: Float[np.ndarray, "N n"]) -> Members:
    """One run of each row."""
    values, ok = problem.forward_ensemble(jnp.asarray(Z))
    return Members(np.asarray(Z), np.asarray(values), np.asarray(ok))


def require_enough(ok: Bool[np.ndarray, "N"], fewest: int = FEWEST) -> None:
    """Stop where there is nothing to go on with.

    Raises:
        RunFailed: hardly any member ran.
    """
    if int(ok.sum()) < fewest:
        found = "any of them" if not ok.any() else f"all but {int(ok.sum())} of them"
        raise RunFailed(
            f"An ensemble of {len(ok)} members was to be run.",
            f"The model gave no usable answer at {found}.",
            "Check the priors with a prior run (landpda check), or narrow them.",
        )


class Fit(NamedTuple):
    """What predictions say of the data, on the host; see `landpda.problem.problem.Misfit`.

    Args:
        whitened: (N, m) R^-½ (G − y).
        log_sd: (N, m) log of the error's standard deviation.
        log_prior: (N,) log prior density of the control vector.
        cost: (N,) J.
    """

    whitened: Float[np.ndarray, "N m"]
    log_sd: Float[np.ndarray, "N m"]
    log_prior: Float[np.ndarray, "N"]
    cost: Float[np.ndarray, "N"]


def misfit_of(problem: AbstractProblem, members: Members) -> Fit:
    """What the predictions say of the data. No model is run."""
    parts = _misfit(problem, jnp.asarray(members.values), jnp.asarray(members.Z))
    return Fit(*(np.asarray(part) for part in (parts.whitened, parts.log_sd, parts.log_prior, parts.cost)))


def cost_of(problem: AbstractProblem, members: Members) -> Float[np.ndarray, "N"]:
    """(N,) J of each member; infinite where the run failed. No model is run."""
    cost = misfit_of(problem, members).cost
    return np.where(members.ok & np.isfinite(cost), cost, np.inf)


def replaced(
    key: PRNGKeyArray, Z: Float[np.ndarray, "N n"], ok: Bool[np.ndarray, "N"], spread: Float[np.ndarray, "N n"]
) -> Float[np.ndarray, "N n"]:
    """The members, those that did not run drawn anew from the Gaussian of the others.

    Args:
        key: for the draws.
        Z: members.
        ok: whether each ran.
        spread: the anomalies of those that ran (rows of the others are zero), about the mean of `Z[ok]`.
    """
    if ok.all():
        return Z
    shares = np.asarray(jr.normal(key, (len(Z), len(Z)))) / np.sqrt(ok.sum() - 1.0)
    return np.where(ok[:, None], Z, Z[ok].mean(axis=0) + shares @ spread)


def folded(problem: AbstractProblem, Z: Float[np.ndarray, "N n"], centre: Float[np.ndarray, "n"]) -> Float[np.ndarray, "N n"]:
    """The same models, with circular parameters within half a period of those of `centre`: means over them then make sense."""
    return np.asarray(problem.space.fold(jnp.asarray(Z), problem.space.to_physical(jnp.asarray(centre))))


@eqx.filter_jit
def _misfit(problem: AbstractProblem, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
    return problem.misfit_ensemble(values, Z)


def _log_prior(problem: AbstractProblem, Z: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "N"]:
    return np.asarray(_log_prior_rows(problem.space, jnp.asarray(Z)))


@eqx.filter_jit
def _log_prior_rows(space: ControlSpace, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
    return jax.vmap(space.log_prior)(Z)
