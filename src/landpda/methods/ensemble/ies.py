"""Iterative ensemble smoother: each member minimises a cost of its own, with a sensitivity that the ensemble shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.random as jr
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.ensemble import ensemble_findings, error_unknowns
from landpda.methods.ensemble.kalman_update import anomalies, linear_part
from landpda.methods.ensemble.members import (
    Members,
    cost_of,
    folded,
    misfit_of,
    prior_ensemble,
    require_enough,
    require_open,
    run_all,
)
from landpda.methods.ensemble.observation_order import observation_order, unit_noise
from landpda.methods.ensemble.tempering import check_shaping
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem

FIRST_DAMPING = 1.0
"""[1] λ at the start for a misfit as large as its errors; more for a larger one, by its mean square, as [chen2013] do."""
MOST_DAMPING = 1e6
"""[1] λ from which steps are so short that nothing is gained by another."""
CUT, RAISE = 0.1, 10.0
"""[1] factors on λ after an iteration that helped most members, and after one that did not."""
PATIENCE = 2
"""Iterations in a row that gain nothing, after which the smoother has converged: after one, another damping may still help."""


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: iterations done.
        prior: (N, n) prior draws, from which the weights count.
        W: (N, N) weights: member j is prior_j + w_j A, A the prior's anomalies.
        Z: (N, n) control vectors.
        values: (N, m) their predictions.
        ok: (N,) whether the prior draw ran; a member whose did not takes no part.
        noise: (N, m) each member's perturbation of the data, in units of their errors.
        damping: λ.
        idle: iterations in a row in which the members' mean cost fell by less than the tolerance.
        unknown: (n,) which elements are unknowns of the errors.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    prior: Float[np.ndarray, "N n"]
    W: Float[np.ndarray, "N N"]
    Z: Float[np.ndarray, "N n"]
    values: Float[np.ndarray, "N m"]
    ok: Bool[np.ndarray, "N"]
    noise: Float[np.ndarray, "N m"]
    damping: Float[np.ndarray, ""]
    idle: Int[np.ndarray, ""]
    unknown: Bool[np.ndarray, "n"]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One iteration.

    Args:
        z: (N, n) members after it; unknowns of the errors are draws.
        cost: (N,) J of each; infinite where the run failed.
        own_cost: mean of the members' own costs, with their perturbed data.
        taken: [1] share of the members that moved.
        damping: λ of the iteration.
        misfit: root mean square of the whitened misfit over data and members.
        failed: members that did not run.
        runs: model runs.
        gradients: none.
    """

    z: Float[np.ndarray, "N n"]
    cost: Float[np.ndarray, "N"]
    own_cost: Float[np.ndarray, ""]
    taken: Float[np.ndarray, ""]
    damping: Float[np.ndarray, ""]
    misfit: Float[np.ndarray, ""]
    failed: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


def sensitivity(
    W: Float[np.ndarray, "N N"], A: Float[np.ndarray, "N n"], Y: Float[np.ndarray, "N m"]
) -> Float[np.ndarray, "N m"]:
    """Derivative S of the whitened misfit with respect to the weights, by regression over the ensemble.

        Ω S = Y P,  Ω = I + Π W / √(N−1)

    Ω takes the prior's anomalies to the present ones, and P leaves of the predictions' anomalies what is linear in the
    parameters.

    Args:
        W: weights.
        A: (N, n) present anomalies of the control vectors, scaled.
        Y: (N, m) anomalies of the whitened misfit, scaled.

    Source: [evensen2019]; there members are columns.
    """
    omega = np.eye(len(W)) + (W - W.mean(axis=0)) / np.sqrt(len(W) - 1.0)
    return np.linalg.solve(omega, linear_part(A, Y))


def damped_step(
    W: Float[np.ndarray, "N N"], S: Float[np.ndarray, "N m"], misfit: Float[np.ndarray, "N m"], damping: float
) -> Float[np.ndarray, "N N"]:
    """Weights after one damped Gauss–Newton step of every member on ½‖w_j‖² + ½‖e_j + ε_j‖².

        w_j ← w_j − ((1 + λ) I + S Sᵀ)⁻¹ (w_j + S (e_j + ε_j))

    Source: [chen2013] in the subspace of [evensen2019].
    """
    gradient = W + misfit @ S.T
    return W - np.linalg.solve((1.0 + damping) * np.eye(len(W)) + S @ S.T, gradient.T).T


class IES(Method):
    """Each member goes down its own cost by damped Gauss–Newton steps; the Jacobian is a regression over the members.

    Needs model runs only. Gives samples, the members at their minima. Costs num_members runs for the prior and for each
    iteration, of which 5 to 15 are usual. Each member has its own prior draw and its own perturbed data, and keeps them, so
    that the iterations converge (es_mda takes a fixed number of updates and perturbs anew in each). A step that raises a
    member's cost is not taken by it; the damping λ follows what helps. Exact where the model is linear, but for the
    ensemble's sampling error of about 1/√num_members. Fails where the model bends so much within the ensemble that one
    Jacobian does not do for all members, and with several modes. Unknown standard deviations of errors are refitted after
    every iteration.

    Args:
        num_members: N.
        max_iterations: most iterations.
        tolerance: [log units] the smoother has converged when two iterations in a row lower the mean cost by less.

    Source: [chen2013] for the damping; [evensen2019] for the subspace of weights; [dempster1977] for the errors' unknowns.
    """

    name: ClassVar[str] = "ies"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "chen2013"
    compiled: ClassVar[bool] = False
    num_members: int = 128
    max_iterations: int = 20
    tolerance: float = 0.5

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        check_shaping(self.name, self.num_members, 1.0, 0.0, 0.0)
        if self.max_iterations < 1:
            asked = f"{self.name} was given max_iterations: {self.max_iterations}."
            raise StudyError(asked, "It is a number of iterations.", "Give 1 or more.")

    @property
    def chunk(self) -> int:
        """A checkpoint after every iteration."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Prior draws, run, and the perturbations of the data.

        Raises:
            RunFailed: none of them runs.
        """
        require_open(problem, self.name)
        prior_key, noise_key = jr.split(key)
        members = run_all(problem, prior_ensemble(prior_key, problem, self.num_members))
        require_enough(members.ok)
        best = members.Z[np.argmin(cost_of(problem, members))]
        members = members._replace(Z=folded(problem, members.Z, best))
        unknown = error_unknowns.find(problem, members)
        members = error_unknowns.shared(problem, unknown, members)
        whitened = misfit_of(problem, members).whitened[members.ok]
        noise = unit_noise(noise_key, observation_order(whitened), self.num_members)
        noise = noise - noise[members.ok].mean(axis=0)
        damping = FIRST_DAMPING * max(1.0, float(np.median(np.mean(np.square(whitened), axis=1))))
        W = np.zeros((self.num_members, self.num_members))
        return State(
            np.asarray(0),
            members.Z,
            W,
            *members,
            noise,
            np.asarray(min(damping, MOST_DAMPING)),
            np.asarray(0),
            unknown,
            np.asarray(self.num_members),
        )

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One iteration of all members."""
        state = State(*(np.asarray(field) for field in state))
        ok, model = state.ok, ~state.unknown
        before = Members(state.Z, state.values, ok)
        misfit = misfit_of(problem, before).whitened
        W = state.W[np.ix_(ok, ok)]
        S = sensitivity(W, anomalies(state.Z[:, model], ok)[ok], anomalies(misfit, ok)[ok])
        tried = damped_step(W, S, (misfit + state.noise)[ok], float(state.damping))
        Z = np.array(state.Z)
        Z[np.ix_(ok, model)] = state.prior[np.ix_(ok, model)] + tried @ anomalies(state.prior, ok)[np.ix_(ok, model)]
        rows = np.flatnonzero(ok)
        candidate = run_all(problem, Z[ok] if not problem.traceable else Z)
        candidate = candidate if not problem.traceable else Members(*(field[ok] for field in candidate))
        old = self._own_cost(W, misfit[ok], state.noise[ok])
        new = self._own_cost(tried, misfit_of(problem, candidate).whitened, state.noise[ok])
        taken = candidate.ok & (new < old)
        Z[rows[~taken]] = state.Z[rows[~taken]]
        values, whole = np.array(state.values), np.array(state.W)
        values[rows[taken]] = candidate.values[taken]
        whole[np.ix_(rows[taken], rows)] = tried[taken]
        helped = taken.sum() > 0.5 * candidate.ok.sum()
        after = error_unknowns.shared(problem, state.unknown, Members(Z, values, ok))
        answer = error_unknowns.drawn(key, problem, state.unknown, after)
        own = np.where(taken, new, old)
        info = Info(
            z=answer.Z,
            cost=cost_of(problem, answer),
            own_cost=own.mean(),
            taken=taken.mean(),
            damping=state.damping,
            misfit=np.sqrt(np.mean(np.square(misfit_of(problem, after).whitened[ok]))),
            failed=np.asarray(len(ok) - int(candidate.ok.sum())),
            runs=np.asarray(len(candidate.Z)) + state.unreported,
            gradients=np.asarray(0),
        )
        damping = np.asarray(np.clip(state.damping * (CUT if helped else RAISE), 1e-12, 10.0 * MOST_DAMPING))
        idle = state.idle + 1 if old.mean() - own.mean() < self.tolerance else np.asarray(0)
        following = state._replace(step=state.step + 1, W=whole, damping=damping, idle=idle, unreported=np.asarray(0))
        return following._replace(Z=after.Z, values=after.values), info

    def done(self, state: State) -> bool:
        """The costs stand still, or the iterations are used up."""
        return int(state.idle) >= PATIENCE or int(state.step) >= self.max_iterations

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The members where they came to."""
        del problem
        said = ensemble_findings.findings(trace)
        if int(state.step) >= self.max_iterations and int(state.idle) < PATIENCE:
            sentence = f"The members' costs were still falling after {int(state.step)} iterations; allow more (max_iterations)."
            said = (*said, Finding("note", "convergence", sentence))
        return ensemble_findings.last_ensemble(trace), said

    def _own_cost(
        self, W: Float[np.ndarray, "N N"], misfit: Float[np.ndarray, "N m"], noise: Float[np.ndarray, "N m"]
    ) -> Float[np.ndarray, "N"]:
        return 0.5 * np.sum(np.square(W), axis=1) + 0.5 * np.sum(np.square(misfit + noise), axis=1)
