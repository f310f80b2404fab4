"""Ensemble Kalman inversion as an optimiser: to the least squares point, the prior forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.ensemble import error_unknowns
from landpda.methods.ensemble.data_misfit import next_time
from landpda.methods.ensemble.kalman_update import anomalies, transformed
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
from landpda.methods.ensemble.tempering import check_shaping
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem

GROWTH = 4.0
"""[1] factor on the weight of the data from a step that brought the misfit down to the next: the prior's weight falls
geometrically, where steps of one size would take a million of them to forget it to 1e-6."""
STILL = 1e-7
"""[prior sd] step of the mean from which the search has ended."""

LATELY, FLAT = 4, 0.1
"""Steps looked back on, and [log units] the gain over them from which the fit counts as flat."""


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: updates done.
        weight: of the data in the last update, 1/α.
        Z: (N + 1, n) members, and their mean in the last row.
        values: (N + 1, m) their predictions.
        ok: (N + 1,) whether they ran.
        best: (n,) the point that fits best so far.
        lowest: its data misfit, −log likelihood.
        cost: its J.
        moved: [prior sd] farthest that an element of the mean went in the last step.
        unknown: (n,) which elements are unknowns of the errors.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    weight: Float[np.ndarray, ""]
    Z: Float[np.ndarray, "M n"]
    values: Float[np.ndarray, "M m"]
    ok: Bool[np.ndarray, "M"]
    best: Float[np.ndarray, "n"]
    lowest: Float[np.ndarray, ""]
    cost: Float[np.ndarray, ""]
    moved: Float[np.ndarray, ""]
    unknown: Bool[np.ndarray, "n"]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One update.

    Args:
        z: (n,) best point so far.
        cost: its J, the prior included.
        data_cost: −log likelihood there: what is made small.
        weight: of the data in the update, 1/α.
        spread: mean over the elements of the members' standard deviation [prior sd].
        failed: members that did not run.
        runs: model runs.
        gradients: none.
    """

    z: Float[np.ndarray, "n"]
    cost: Float[np.ndarray, ""]
    data_cost: Float[np.ndarray, ""]
    weight: Float[np.ndarray, ""]
    spread: Float[np.ndarray, ""]
    failed: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class EKILeastSquares(Method):
    """Ensemble Kalman updates that go on past the posterior, until the members meet where the data are fitted best.

    Needs model runs only. Gives the best point, that of least squares: the prior only says where the members begin, and no
    spread is left to report. Costs num_members + 1 runs for the prior and as many for each update, of which 10 to 20 are
    usual. It searches the span of its members: use more of them than there are parameters. Fails where the members meet before
    they are at the bottom, which happens where the model bends much, and it has nothing to say of parameters that the data do
    not inform: they stay near the prior. Use eki for a posterior, and levenberg_marquardt where there are derivatives.

    Args:
        num_members: N.
        max_steps: most updates.
        localisation: [1] correlations of about this size are taken for chance; 0 takes all. Try 0.1 with 100 members.
        inflation: [1] factor on the spread after every update; 1 for none.

    Source: [iglesias2013]; [iglesias2021] for the first step; [bishop2001] for the transform.
    """

    name: ClassVar[str] = "eki_least_squares"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.NEVER
    source: ClassVar[str] = "iglesias2013"
    compiled: ClassVar[bool] = False
    num_members: int = 128
    max_steps: int = 20
    localisation: float = 0.0
    inflation: float = 1.0

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        check_shaping(self.name, self.num_members, self.inflation, 0.0, self.localisation)
        if self.max_steps < 1:
            raise StudyError(
                f"{self.name} was given max_steps: {self.max_steps}.", "It is a number of steps.", "Give 1 or more."
            )

    @property
    def chunk(self) -> int:
        """A checkpoint after every update."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most updates."""
        return self.max_steps

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Prior draws and their mean, run.

        Raises:
            RunFailed: none of them runs.
        """
        require_open(problem, self.name)
        draws = prior_ensemble(key, problem, self.num_members)
        members = run_all(problem, _with_mean(draws, np.ones(len(draws), dtype=bool)))
        require_enough(members.ok[:-1])
        unknown = error_unknowns.find(problem, members)
        members = error_unknowns.shared(problem, unknown, members)
        nowhere = np.zeros(problem.n), np.asarray(np.inf), np.asarray(np.inf), np.asarray(np.inf)
        state = State(np.asarray(0), np.asarray(0.0), *members, *nowhere, unknown, np.asarray(len(members.Z)))
        return _with_best(problem, state)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One update, the data weighing more than in the last one if that brought the misfit down."""
        state = State(*(np.asarray(field) for field in state))
        rows, ran = Members(state.Z, state.values, state.ok), state.ok[:-1]
        members = Members(folded(problem, rows.Z[:-1], state.best), rows.values[:-1], ran)
        e = misfit_of(problem, members).whitened
        before = float(np.mean(np.square(e[ran])))
        weight = max(next_time(0.0, e, ran, self.max_steps), GROWTH * float(state.weight))
        Z = transformed(members.Z, e * np.sqrt(weight), ran, self.localisation)
        mean = Z[ran].mean(axis=0)
        Z = mean + self.inflation * (Z - mean)
        Z = replaced(key, Z, ran, anomalies(Z, ran) * np.sqrt(ran.sum() - 1.0))
        after = run_all(problem, _with_mean(Z, ran))
        require_enough(after.ok[:-1])
        after = error_unknowns.shared(problem, state.unknown, after)
        fit = misfit_of(problem, Members(*(field[:-1] for field in after))).whitened[after.ok[:-1]]
        lower = float(np.mean(np.square(fit))) <= before
        moved = np.max(np.abs(after.Z[-1] - members.Z[ran].mean(axis=0)))
        found = state._replace(Z=after.Z, values=after.values, ok=after.ok, step=state.step + 1)
        found = found._replace(weight=np.asarray(weight if lower else 0.0), moved=moved, unreported=np.asarray(0))
        found = _with_best(problem, found)
        info = Info(
            z=found.best,
            cost=found.cost,
            data_cost=found.lowest,
            weight=np.asarray(weight),
            spread=np.mean(after.Z[:-1][after.ok[:-1]].std(axis=0, ddof=1)),
            failed=np.asarray(int((~after.ok[:-1]).sum())),
            runs=np.asarray(len(after.Z)) + state.unreported,
            gradients=np.asarray(0),
        )
        return found, info

    def done(self, state: State) -> bool:
        """The mean stands still, or the updates are used up."""
        return float(state.moved) < STILL or int(state.step) >= self.max_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The point that fits best."""
        del problem
        point = Point(jnp.asarray(state.best), jnp.asarray(state.cost))
        steps, lately = int(state.step), trace["data_cost"][-LATELY:]
        fell = float(lately[0] - lately[-1]) if len(lately) == LATELY else np.inf
        if float(state.moved) < STILL or fell < FLAT:
            sentence = f"The fit no longer improved after {steps} updates; the point knows no prior, and no spread is left."
            said = [Finding("good", "convergence", sentence)]
        else:
            sentence = f"After {steps} updates the fit still improved, by {fell:.2g} log units over the last {LATELY - 1}."
            said = [Finding("warning", "convergence", f"{sentence} Allow more updates (max_steps).")]
        lost = int(trace["failed"][-1])
        if lost:
            said.append(
                Finding("note", "failed runs", f"{lost} of {self.num_members} members of the last ensemble did not run.")
            )
        return point, tuple(said)


def _with_mean(Z: Float[np.ndarray, "N n"], ran: Bool[np.ndarray, "N"]) -> Float[np.ndarray, "M n"]:
    return np.concatenate([Z, Z[ran].mean(axis=0)[None]])


def _with_best(problem: AbstractProblem, state: State) -> State:
    """The state with the best point of those that were run last, if it is better than the one that is known."""
    members = Members(state.Z, state.values, state.ok)
    cost = cost_of(problem, members)
    likelihood = cost + np.where(np.isfinite(cost), misfit_of(problem, members).log_prior, 0.0)
    index = int(np.argmin(likelihood))
    if likelihood[index] >= state.lowest:
        return state
    return state._replace(best=state.Z[index], lowest=likelihood[index], cost=cost[index])
