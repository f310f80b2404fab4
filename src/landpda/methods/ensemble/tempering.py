"""The data brought to an ensemble a share at a time: what ES-MDA and ensemble Kalman inversion have in common.

The likelihood's exponent is the time t, from 0 (the prior) to 1 (the posterior); a step from t to t' assimilates the data
with R inflated by α = 1/(t' − t). The information that each datum has given so far is kept as Σ 1/(α σ²): where σ is an
unknown that falls while the fit improves, a later step makes up for what earlier ones, with their larger σ, held back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.random as jr
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.methods.ensemble import error_unknowns
from landpda.methods.ensemble.kalman_update import anomalies
from landpda.methods.ensemble.members import (
    Members,
    cost_of,
    folded,
    misfit_of,
    prior_ensemble,
    replaced,
    require_enough,
    require_open,
    run_all,
)
from landpda.methods.ensemble.observation_order import minibatch, observation_order
from landpda.problem.problem import AbstractProblem

Order = Int[np.ndarray, "m"]
Update = Callable[[PRNGKeyArray, Members, Float[np.ndarray, "N m"], Order], Float[np.ndarray, "N n"]]
"""From a key, the ensemble, its whitened misfits as they count in this step, and the order of the data, to control vectors."""


class Shaping(NamedTuple):
    """What may be done to an ensemble beside the update.

    Args:
        inflation: [1] factor on the anomalies after every update.
        minibatch: [1] share of the data, drawn anew, that a step takes; 0 takes all. The last step takes what is left of all.
    """

    inflation: float
    minibatch: float


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: assimilations done.
        time: t, with the errors as they are now.
        Z: (N, n) control vectors that were run last.
        values: (N, m) their predictions.
        ok: (N,) whether they ran.
        information: (m,) what each datum has given so far, Σ 1/(α σ²) [of its units, inverse squared].
        unknown: (n,) which elements are unknowns of the errors.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    time: Float[np.ndarray, ""]
    Z: Float[np.ndarray, "N n"]
    values: Float[np.ndarray, "N m"]
    ok: Bool[np.ndarray, "N"]
    information: Float[np.ndarray, "m"]
    unknown: Bool[np.ndarray, "n"]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One assimilation.

    Args:
        z: (N, n) members after it; unknowns of the errors are draws.
        cost: (N,) J of each; infinite where the run failed.
        time: t, with the errors as they are now.
        alpha: inflation coefficient α.
        misfit: root mean square of the whitened misfit over data and members: 1 where the fit is as good as the errors.
        spread: mean over the elements of the members' standard deviation [prior sd].
        failed: members that did not run.
        runs: model runs.
        gradients: none.
    """

    z: Float[np.ndarray, "N n"]
    cost: Float[np.ndarray, "N"]
    time: Float[np.ndarray, ""]
    alpha: Float[np.ndarray, ""]
    misfit: Float[np.ndarray, ""]
    spread: Float[np.ndarray, ""]
    failed: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


def check_shaping(name: str, num_members: int, inflation: float, share: float, localisation: float) -> None:
    """Refuse settings that no ensemble can have.

    Raises:
        StudyError: one of them is out of range.
    """
    if num_members < 4:
        raise StudyError(
            f"{name} was given num_members: {num_members}.", "An ensemble is several.", "Give 4 or more; 100 is usual."
        )
    if inflation < 1.0:
        raise StudyError(
            f"{name} was given inflation: {inflation}.",
            "It is a factor that widens.",
            "Give 1 (none) or a little more, e.g. 1.02.",
        )
    for setting, value in (("minibatch", share), ("localisation", localisation)):
        if not 0.0 <= value < 1.0:
            raise StudyError(f"{name} was given {setting}: {value}.", "It lies between 0 and 1.", "Give 0 to leave it out.")


def first(key: PRNGKeyArray, problem: AbstractProblem, name: str, num_members: int) -> State:
    """Prior draws, run.

    Raises:
        RunFailed: none of them runs.
    """
    require_open(problem, name)
    members = run_all(problem, prior_ensemble(key, problem, num_members))
    require_enough(members.ok)
    unknown = error_unknowns.find(problem, members)
    members = error_unknowns.shared(problem, unknown, members)
    nothing = np.zeros(members.values.shape[1])
    return State(np.asarray(0), np.asarray(0.0), *members, nothing, unknown, np.asarray(num_members))


def on_host(state: State) -> State:
    """The state as host arrays: one from a checkpoint is on the device."""
    return State(*(np.asarray(field) for field in state))


def following(
    key: PRNGKeyArray, problem: AbstractProblem, state: State, until: float, shaping: Shaping, update: Update
) -> tuple[State, Info]:
    """The ensemble after the next share of the data.

    Args:
        key: for all that is random.
        problem: the question.
        state: where the ensemble is, on the host.
        until: t after the step; 1 takes all that is left.
        shaping: what else is done.
        update: how members are moved.
    """
    batch_key, update_key, replace_key, draw_key = jr.split(key, 4)
    members = Members(state.Z, state.values, state.ok)
    best = members.Z[np.argmin(cost_of(problem, members))]
    members = members._replace(Z=folded(problem, members.Z, best))
    misfit = misfit_of(problem, members)
    order = observation_order(misfit.whitened[members.ok])
    variance = np.exp(2.0 * misfit.log_sd[np.argmax(members.ok)])
    weight = np.maximum(until - state.information * variance, 0.0)
    if until < 1.0:
        weight = np.where(minibatch(batch_key, order, shaping.minibatch), weight, 0.0)
    Z = update(update_key, members, misfit.whitened * np.sqrt(weight), order)
    Z = _shaped(replace_key, Z, members.ok, shaping.inflation)
    after = run_all(problem, Z)
    require_enough(after.ok)
    after = error_unknowns.shared(problem, state.unknown, after)
    misfit_after = misfit_of(problem, after)
    fallen = np.exp(2.0 * misfit_after.log_sd[np.argmax(after.ok)]) / variance
    time = until * min(1.0, float(fallen.mean()))
    answer = error_unknowns.drawn(draw_key, problem, state.unknown, after)
    info = Info(
        z=answer.Z,
        cost=cost_of(problem, answer),
        time=np.asarray(time),
        alpha=np.asarray(1.0 / max(until - float(state.time), np.finfo(float).eps)),
        misfit=np.sqrt(np.mean(np.square(misfit_after.whitened[after.ok]))),
        spread=np.mean(answer.Z[after.ok].std(axis=0, ddof=1)),
        failed=np.asarray(int((~after.ok).sum())),
        runs=np.asarray(len(Z)) + state.unreported,
        gradients=np.asarray(0),
    )
    information = state.information + weight / variance
    following = State(state.step + 1, np.asarray(time), *after, information, state.unknown, np.zeros_like(state.unreported))
    return following, info


def _shaped(
    key: PRNGKeyArray, Z: Float[np.ndarray, "N n"], ok: Bool[np.ndarray, "N"], inflation: float
) -> Float[np.ndarray, "N n"]:
    """The members with their anomalies inflated, and those that did not run drawn anew."""
    mean = Z[ok].mean(axis=0)
    if inflation > 1.0:
        Z = mean + inflation * (Z - mean)
    return replaced(key, Z, ok, anomalies(Z, ok) * np.sqrt(ok.sum() - 1.0))
