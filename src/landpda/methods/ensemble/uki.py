"""Unscented Kalman inversion: a Gaussian carried by points that are placed, not drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Gaussian
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.ensemble import error_unknowns, schedule
from landpda.methods.ensemble.ensemble_findings import fit_finding
from landpda.methods.ensemble.kalman_update import principal
from landpda.methods.ensemble.members import Members, misfit_of, require_open
from landpda.methods.ensemble.sigma_points import run_points, seen
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem

SETTLED = 0.01
"""[posterior sd] step of the mean from which the fixed point is reached."""


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: updates done.
        mean: (n,) of the Gaussian.
        root: (n, n) of its covariance, L Lᵀ = C; zero rows and columns for the unknowns of the errors.
        Z: (2n + 1, n) the mean and the points around it.
        values: (2n + 1, m) their predictions.
        ok: (2n + 1,) whether they ran.
        distance: (2n + 1,) of each from the mean, in lengths of its column.
        information: (m,) what each datum has given so far, Σ 1/(α σ²) [of its units, inverse squared].
        moved: [posterior sd] largest step of the mean in the last update.
        unknown: (n,) which elements are unknowns of the errors.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    mean: Float[np.ndarray, "n"]
    root: Float[np.ndarray, "n n"]
    Z: Float[np.ndarray, "M n"]
    values: Float[np.ndarray, "M m"]
    ok: Bool[np.ndarray, "M"]
    distance: Float[np.ndarray, "M"]
    information: Float[np.ndarray, "m"]
    moved: Float[np.ndarray, ""]
    unknown: Bool[np.ndarray, "n"]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One update.

    Args:
        mean: (n,) of the Gaussian after it.
        covariance: (n, n) of it.
        misfit: root mean square of the whitened misfit over data, at the mean.
        moved: [posterior sd] largest step of the mean.
        failed: points that did not run.
        runs: model runs.
        gradients: none.
    """

    mean: Float[np.ndarray, "n"]
    covariance: Float[np.ndarray, "n n"]
    misfit: Float[np.ndarray, ""]
    moved: Float[np.ndarray, ""]
    failed: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class UKI(Method):
    """A Gaussian whose mean and covariance are carried through the model by 2n + 1 points, and settle at the posterior.

    Needs model runs only. Gives a Gaussian. Costs 2n + 1 runs for the prior and for each update, and as many again where
    points fail and are tried nearer to the mean: `num_assimilations` with inflated errors, which bring the Gaussian from the
    prior to the posterior, and then up to `num_settling` that repeat prior and data together until the mean stays. There is
    no random number in it, so that a second run adds nothing. Exact to rounding where the model is linear; else the model is
    seen as the line through points two posterior standard deviations apart, which is smoother than its derivative. Fails
    where the posterior is skewed, has several modes, or where the model bends so much that the updates do not settle, which
    the findings say. Unknown standard deviations of errors are refitted after every update.

    Args:
        num_assimilations: updates from the prior to the posterior.
        ratio: [1] each α is this many times smaller than the one before; 1 makes them equal, 2 begins gently.
        num_settling: most updates after that.
        settling: [1] share of the Gaussian that each of those renews.

    Source: [huang2022]; [huang2022b] for the fixed point; [emerick2013] for the inflated errors; [dempster1977] for the errors'
        unknowns.
    """

    name: ClassVar[str] = "uki"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.GAUSSIAN
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "huang2022"
    compiled: ClassVar[bool] = False
    num_assimilations: int = 6
    ratio: float = 2.0
    num_settling: int = 20
    settling: float = 0.5

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        schedule.check_schedule(self.name, self.num_assimilations, self.ratio)
        if self.num_settling < 0:
            asked = f"{self.name} was given num_settling: {self.num_settling}."
            raise StudyError(asked, "It is a number of updates.", "Give 0 for none, or more.")
        if not 0.0 < self.settling < 1.0:
            raise StudyError(f"{self.name} was given settling: {self.settling}.", "It is a share.", "Give it between 0 and 1.")

    @property
    def chunk(self) -> int:
        """A checkpoint after every update."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most updates."""
        return self.num_assimilations + self.num_settling

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """The prior's points, run.

        Raises:
            RunFailed: none of them runs.
        """
        del key
        require_open(problem, self.name)
        mean, root = np.zeros(problem.n), np.eye(problem.n)
        members, distance, runs = run_points(problem, mean, root)
        unknown = error_unknowns.find(problem, members)
        root = np.where(unknown, 0.0, root)
        return self._refitted(
            problem,
            State(
                np.asarray(0),
                mean,
                root,
                *members,
                distance,
                np.zeros(members.values.shape[1]),
                np.asarray(np.inf),
                unknown,
                np.asarray(runs),
            ),
        )

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One update, and the points around its result, run."""
        del key
        state = State(*(np.asarray(field) for field in state))
        members = Members(state.Z, state.values, state.ok)
        parts = misfit_of(problem, members)
        variance = np.exp(2.0 * parts.log_sd[0])
        centre, Y = seen(parts.whitened, state.ok, state.distance)
        tempering = int(state.step) < self.num_assimilations
        if tempering:
            until = float(schedule.times(self.num_assimilations, self.ratio)[int(state.step)])
            weight = np.maximum(until - state.information * variance, 0.0)
            mean, root = _updated(state.mean, state.root, Y * np.sqrt(weight), centre * np.sqrt(weight))
            state = state._replace(information=state.information + weight / variance)
        else:
            mean, root = self._settled(state, Y, centre)
        sd = np.sqrt(np.sum(np.square(root), axis=1))
        model = ~state.unknown
        moved = float(np.max(np.abs(mean - state.mean)[model] / np.maximum(sd[model], np.finfo(float).tiny)))
        after, distance, runs = run_points(problem, mean, root)
        state = state._replace(step=state.step + 1, mean=mean, root=root, moved=np.asarray(moved))
        runs = np.asarray(runs) + state.unreported
        state = self._refitted(problem, state._replace(**after._asdict(), distance=distance, unreported=np.asarray(0)))
        ended = seen(misfit_of(problem, Members(state.Z, state.values, state.ok)).whitened, state.ok, distance).centre
        info = Info(
            mean=state.mean,
            covariance=state.root @ state.root.T + self._error_covariance(problem, state),
            misfit=np.sqrt(np.mean(np.square(ended))),
            moved=np.asarray(moved),
            failed=np.asarray(int((~after.ok).sum())),
            runs=runs,
            gradients=np.asarray(0),
        )
        return state, info

    def done(self, state: State) -> bool:
        """The mean stays, or the updates are used up."""
        step = int(state.step)
        return (step > self.num_assimilations and float(state.moved) < SETTLED) or step >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Gaussian, tuple[Finding, ...]]:
        """The last Gaussian."""
        del problem
        estimate = Gaussian(jnp.asarray(trace["mean"][-1]), jnp.asarray(trace["covariance"][-1]))
        said = [fit_finding(float(trace["misfit"][-1]), "the mean's predictions are")]
        moved = float(trace["moved"][-1])
        if moved < 10.0 * SETTLED:
            said.append(Finding("good", "convergence", f"The mean settled after {len(trace['moved'])} updates."))
        elif self.num_settling:
            sentence = (
                f"The mean still moved by {moved:.2g} of its standard deviation in the last update: allow more (num_settling)."
            )
            said.append(Finding("warning", "convergence", sentence))
        lost = int(trace["failed"][-1])
        if lost:
            said.append(Finding("note", "failed runs", f"{lost} of {len(state.Z)} points of the last update did not run."))
        return estimate, tuple(said)

    def _settled(
        self, state: State, Y: Float[np.ndarray, "n m"], centre: Float[np.ndarray, "m"]
    ) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n n"]]:
        """The next step towards the fixed point, which is the posterior.

            Ĉ = C / (1 − h),  the data with R / h and the prior as data with I / h

        Source: [huang2022b], with h for their Δτ.
        """
        h, wide = self.settling, 1.0 / np.sqrt(1.0 - self.settling)
        model = ~state.unknown
        root = wide * state.root
        data = np.concatenate([wide * Y, root.T[:, model]], axis=1) * np.sqrt(h)
        misfit = np.concatenate([centre, state.mean[model]]) * np.sqrt(h)
        return _updated(state.mean, root, data, misfit)

    def _refitted(self, problem: AbstractProblem, state: State) -> State:
        """The state with the unknowns of the errors where the expected cost is lowest."""
        if not state.unknown.any():
            return state
        members = error_unknowns.shared(problem, state.unknown, self._expected(problem, state))
        mean = np.where(state.unknown, members.Z[0], state.mean)
        return state._replace(mean=mean, Z=np.where(state.unknown, mean, state.Z))

    def _expected(self, problem: AbstractProblem, state: State) -> Members:
        """The points with predictions that, all weighing alike, have the Gaussian's mean and covariance."""
        ok = state.ok & (np.arange(len(state.Z)) > 0)
        centre = seen(state.values, state.ok, state.distance).centre
        scale = np.sqrt(0.5 * ok.sum()) / np.where(ok, state.distance, 1.0)
        return Members(state.Z, centre + scale[:, None] * (state.values - centre), ok)

    def _error_covariance(self, problem: AbstractProblem, state: State) -> Float[np.ndarray, "n n"]:
        covariance = np.zeros((problem.n, problem.n))
        if state.unknown.any():
            which = np.ix_(state.unknown, state.unknown)
            covariance[which] = error_unknowns.shared_covariance(problem, state.unknown, self._expected(problem, state))
        return covariance


def _updated(
    mean: Float[np.ndarray, "n"], root: Float[np.ndarray, "n n"], Y: Float[np.ndarray, "n m"], misfit: Float[np.ndarray, "m"]
) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n n"]]:
    """Mean and root after data whose whitened misfit is `misfit` at the mean and changes by Y along the root's columns.

    m ← m − L (I + Y Yᵀ)⁻¹ Y e,   L ← L (I + Y Yᵀ)^-½
    """
    components = principal(Y)
    inflated = np.sqrt(1.0 + components.size**2)
    mean = mean - root @ (components.members / inflated**2) @ (components.data @ misfit)
    shrunk = np.eye(len(root)) - (components.members * (1.0 - 1.0 / inflated)) @ components.members.T
    return mean, root @ shrunk
