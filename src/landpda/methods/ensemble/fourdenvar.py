"""Four-dimensional ensemble variational assimilation: a cost of weights on an ensemble, minimised without an adjoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.ensemble import ensemble_findings, error_unknowns
from landpda.methods.ensemble.kalman_update import linear_part
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
from landpda.methods.ensemble.tempering import check_shaping
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem

TRIALS = 8
"""Lengths of the step that are tried side by side: the whole step, its half, and so on."""


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: loops done.
        w: (N,) weights of the centre: it is Xᵀw.
        back: (N, N) T⁻¹, from the perturbations of the ensemble that was run to the prior's.
        X: (N, n) the prior's perturbations over √(N−1).
        Z: (N + 1, n) the ensemble around the centre, and the centre in the last row.
        values: (N + 1, m) their predictions.
        ok: (N + 1,) whether they ran.
        unknown: (n,) which elements are unknowns of the errors.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    w: Float[np.ndarray, "N"]
    back: Float[np.ndarray, "N N"]
    X: Float[np.ndarray, "N n"]
    Z: Float[np.ndarray, "M n"]
    values: Float[np.ndarray, "M m"]
    ok: Bool[np.ndarray, "M"]
    unknown: Bool[np.ndarray, "n"]
    unreported: Int[np.ndarray, ""]


class Analysis(NamedTuple):
    """The minimum of the cost of weights.

    Args:
        step: (N,) from the present weights to it.
        transform: (N, N) T, the symmetric root of the inverse Hessian there.
        back: (N, N) T⁻¹.
    """

    step: Float[np.ndarray, "N"]
    transform: Float[np.ndarray, "N N"]
    back: Float[np.ndarray, "N N"]


class Info(NamedTuple):
    """One loop.

    Args:
        z: (N, n) analysis ensemble; unknowns of the errors are draws.
        cost: (N,) J of each; infinite where the run failed.
        centre: (n,) the analysis: the minimum of the cost of weights.
        centre_cost: J there; infinite where it did not run.
        length: [1] share of the whole step that was taken; 0 where none went down.
        misfit: root mean square of the whitened misfit over data and members.
        failed: members that did not run.
        runs: model runs.
        gradients: none.
    """

    z: Float[np.ndarray, "N n"]
    cost: Float[np.ndarray, "N"]
    centre: Float[np.ndarray, "n"]
    centre_cost: Float[np.ndarray, ""]
    length: Float[np.ndarray, ""]
    misfit: Float[np.ndarray, ""]
    failed: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


def analysis_weights(w: Float[np.ndarray, "N"], Y: Float[np.ndarray, "N m"], misfit: Float[np.ndarray, "m"]) -> Analysis:
    """The step to the minimum of J(w) = ½‖w‖² + ½‖e + Yᵀ(w − w_k)‖², and the root T of the inverse Hessian there.

        δw = −(I + Y Yᵀ)⁻¹ (w_k + Y e),  T = (I + Y Yᵀ)^-½

    Source: [liu2008]; [pinnington2020]; there members are columns.
    """
    values, vectors = np.linalg.eigh(Y @ Y.T)
    root = np.sqrt(1.0 + np.maximum(values, 0.0))
    step = -(vectors / root**2) @ (vectors.T @ (w + Y @ misfit))
    return Analysis(step, (vectors / root) @ vectors.T, (vectors * root) @ vectors.T)


class FourDEnVar(Method):
    """The minimum of a cost of weights on perturbations of the prior mean, whose predictions stand for the adjoint.

    Needs model runs only. Gives samples, the analysis ensemble: its mean is the minimum and its spread the inverse Hessian
    there. Costs num_members + 1 runs for the prior and num_members + 9 for each loop. One loop is the method of the papers,
    as linear as the model is over the prior's spread; each further one takes the perturbations from the last analysis and
    puts them around it, which is Gauss–Newton without derivatives. With several loops, what counts of the predictions is what
    is linear in the parameters; in a single one the rest counts as noise, which keeps its spread wide. The step is shortened
    where the whole one does not lower the cost. Exact to rounding where the model is linear. Fails where the model bends over
    the spread of the analysis, and with several modes: it goes to one. Unknown standard deviations of errors are refitted
    after every loop.

    Args:
        num_members: N; more than there are parameters.
        num_loops: how often the ensemble is run around the analysis; 1 for the method of the papers.

    Source: [liu2008]; [pinnington2020] for parameters of land surface models; [bocquet2014] for further loops;
        [dempster1977] for the errors' unknowns.
    """

    name: ClassVar[str] = "fourdenvar"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "liu2008"
    compiled: ClassVar[bool] = False
    num_members: int = 100
    num_loops: int = 6

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        check_shaping(self.name, self.num_members, 1.0, 0.0, 0.0)
        if self.num_loops < 1:
            raise StudyError(
                f"{self.name} was given num_loops: {self.num_loops}.", "It is a number of loops.", "Give 1 or more."
            )

    @property
    def chunk(self) -> int:
        """A checkpoint after every loop."""
        return 1

    @property
    def num_steps(self) -> int:
        """Loops."""
        return self.num_loops

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """The ensemble around the prior mean, run.

        Raises:
            RunFailed: none of it runs.
        """
        require_open(problem, self.name)
        draws = prior_ensemble(key, problem, self.num_members)
        draws = folded(problem, draws, draws.mean(axis=0))
        mean = draws.mean(axis=0)
        members = run_all(problem, np.concatenate([draws, mean[None]]))
        require_enough(members.ok[:-1])
        unknown = error_unknowns.find(problem, members)
        members = error_unknowns.shared(problem, unknown, members)
        X = np.where(unknown, 0.0, draws - mean) / np.sqrt(self.num_members - 1.0)
        num = self.num_members
        return State(np.asarray(0), np.zeros(num), np.eye(num), X, *members, unknown, np.asarray(num + 1))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """The analysis with the ensemble as it is, and the ensemble run around it."""
        state = State(*(np.asarray(field) for field in state))
        misfit, centre = self._whitened(problem, state), state.Z[-1]
        anomalies = (misfit[:-1] - misfit[-1]) / np.sqrt(self.num_members - 1.0)
        if self.num_loops > 1:
            anomalies = linear_part(state.Z[:-1] - state.Z[-1], anomalies)
        analysis = analysis_weights(state.w, state.back @ anomalies, misfit[-1])
        w, length = self._lower(problem, state, analysis.step, misfit[-1])
        centre = centre + (w - state.w) @ state.X
        perturbations = np.sqrt(self.num_members - 1.0) * analysis.transform @ state.X
        Z = np.concatenate([centre + perturbations - perturbations.mean(axis=0), centre[None]])
        after = run_all(problem, Z)
        require_enough(after.ok[:-1])
        after = error_unknowns.shared(problem, state.unknown, after)
        answer = error_unknowns.drawn(key, problem, state.unknown, after)
        cost = cost_of(problem, answer)
        info = Info(
            z=answer.Z[:-1],
            cost=cost[:-1],
            centre=after.Z[-1],
            centre_cost=cost_of(problem, after)[-1],
            length=np.asarray(length),
            misfit=np.sqrt(np.mean(np.square(misfit_of(problem, after).whitened[:-1][after.ok[:-1]]))),
            failed=np.asarray(int((~after.ok[:-1]).sum())),
            runs=np.asarray(len(Z) + TRIALS) + state.unreported,
            gradients=np.asarray(0),
        )
        return State(state.step + 1, w, analysis.back, state.X, *after, state.unknown, np.zeros_like(state.unreported)), info

    def done(self, state: State) -> bool:
        """After all loops."""
        return int(state.step) >= self.num_loops

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The analysis ensemble."""
        del state, problem
        said = ensemble_findings.findings(trace)
        if trace["length"][-1] == 0.0:
            sentence = "The last loop found no lower cost: more of them would not help."
            said = (*said, Finding("good", "convergence", sentence))
        elif len(trace["centre_cost"]) > 1 and trace["centre_cost"][-2] - trace["centre_cost"][-1] > 1.0:
            drop = trace["centre_cost"][-2] - trace["centre_cost"][-1]
            sentence = f"The last loop still lowered the cost by {drop:.3g} log units; allow more (num_loops)."
            said = (*said, Finding("note", "convergence", sentence))
        return ensemble_findings.last_ensemble(trace), said

    def _whitened(self, problem: AbstractProblem, state: State) -> Float[np.ndarray, "M m"]:
        """Whitened misfits; in the place of a run that failed, what the others' linear regression on the parameters says."""
        misfit, ok = misfit_of(problem, Members(state.Z, state.values, state.ok)).whitened, state.ok
        if ok.all():
            return misfit
        mean, level = state.Z[ok].mean(axis=0), misfit[ok].mean(axis=0)
        slope = np.linalg.lstsq(state.Z[ok] - mean, misfit[ok] - level, rcond=None)[0]
        return np.where(ok[:, None], misfit, level + (state.Z - mean) @ slope)

    def _lower(
        self, problem: AbstractProblem, state: State, whole: Float[np.ndarray, "N"], misfit: Float[np.ndarray, "m"]
    ) -> tuple[Float[np.ndarray, "N"], float]:
        """The weights after the step's length that gives the lowest cost, and that length; 0 where none is lower."""
        lengths = 0.5 ** np.arange(TRIALS)
        weights = state.w + lengths[:, None] * whole
        tried = run_all(problem, state.Z[-1] + (weights - state.w) @ state.X)
        fit = misfit_of(problem, tried).whitened
        cost = 0.5 * np.sum(np.square(weights), axis=1) + 0.5 * np.sum(np.square(fit), axis=1)
        cost = np.where(tried.ok, cost, np.inf)
        now = 0.5 * float(state.w @ state.w) + 0.5 * float(misfit @ misfit) if state.ok[-1] else np.inf
        best = int(np.argmin(cost))
        return (weights[best], float(lengths[best])) if cost[best] < now else (state.w, 0.0)
