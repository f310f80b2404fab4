"""Incremental 4DVar: the variational analysis of a window, with the spread of its posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Gaussian
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.batches import costs_in_batch
from landpda.methods.optimise.low_rank import Product, conjugate_gradients, eigenpairs
from landpda.methods.optimise.multi_start import all_failed
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem, middle

LENGTHS = 0.5 ** np.arange(10)
"""[1] shares of an increment that are tried in one batch."""
SUFFICIENT = 1e-4  # share of the promised decrease that an increment must bring [nocedal2006]
ROUNDING = 1e-11  # share of the cost below which a promised decrease cannot be seen
UNSEEN = 0.1
"""[1] signal-to-noise below which an eigenvalue hardly narrows the prior: by 5 % of a standard deviation."""
BATCH = 128
"""Draws that a compiled problem is asked for at once."""


def signal_dof(values: Float[np.ndarray, "r"]) -> float:
    """Degrees of freedom for signal: Σ λ/(1 + λ), n less the trace of the posterior covariance.

    Source: [rodgers2000] section 2.4.
    """
    return float(np.sum(values / (1.0 + values)))


def posterior_covariance(values: Float[np.ndarray, "r"], vectors: Float[np.ndarray, "n r"]) -> Float[np.ndarray, "n n"]:
    """(I + V Λ Vᵀ)⁻¹ = I − V diag(λ/(1 + λ)) Vᵀ: the prior, narrowed where the data speak.

    Source: [buithanh2012] section 4.

    >>> posterior_covariance(np.array([3.0]), np.array([[1.0], [0.0]]))
    array([[0.25, 0.  ],
           [0.  , 1.  ]])
    """
    return np.eye(len(vectors)) - (vectors * (values / (1.0 + values))) @ vectors.T


class Tangent(NamedTuple):
    """The problem, linearised around one point.

    Args:
        cost: J there.
        gradient: (n,) of J.
        product: rows → rows times the Hessian of the linearised problem, I + HᵀR⁻¹H.
        ok: whether the run and its derivatives are finite.
        runs: model runs that it took.
        each: model runs of one product.
    """

    cost: float
    gradient: Float[np.ndarray, "n"]
    product: Product
    ok: bool
    runs: int
    each: int


class State(NamedTuple):
    """The analysis so far.

    Args:
        step: outer loops done.
        z: (n,) where it is.
        ended: whether the spread is known and nothing is left to do.
        converged: whether the last increment promised nothing more.
        cost: J at z.
        values: (r,) eigenvalues of HᵀR⁻¹H at z, the largest first; zero before the end.
        vectors: (n, r) their eigenvectors.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    z: Float[np.ndarray, "n"]
    ended: Bool[np.ndarray, ""]
    converged: Bool[np.ndarray, ""]
    cost: Float[np.ndarray, ""]
    values: Float[np.ndarray, "r"]
    vectors: Float[np.ndarray, "n r"]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One outer loop.

    Args:
        z: (1, n) where it was linearised.
        cost: (1,) J there.
        slope: norm of the gradient there.
        promised: [log units] decrease that the increment would bring were the model linear.
        inner: iterations of the inner loop.
        length: [1] share of the increment that was taken; 0 in the last loop, which finds the spread.
        signal_dof: degrees of freedom for signal; NaN before the last loop.
        runs: model runs.
        gradients: those of them with derivatives.
    """

    z: Float[np.ndarray, "1 n"]
    cost: Float[np.ndarray, "1"]
    slope: Float[np.ndarray, ""]
    promised: Float[np.ndarray, ""]
    inner: Int[np.ndarray, ""]
    length: Float[np.ndarray, ""]
    signal_dof: Float[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class FourDVar(Method):
    """Strong-constraint 4DVar: outer loops linearise the model around the analysis, inner loops find the best increment to it.

    Needs least squares (a Jacobian; for many parameters, its products with vectors, forward and transposed). Gives a Gaussian
    whose covariance is the inverse Hessian, I + HᵀR⁻¹H in the control space, where the prior is the preconditioner. Costs an
    outer loop of one linearisation (up to `whole_up_to` parameters; beyond, one gradient and two runs' worth for each of the
    inner iterations) and 10 runs; then, beyond `whole_up_to`, 3·(rank + 10) products for the spread. Exact where the model is
    linear. Fails where the posterior is skewed or has several modes: it goes down from one first guess, the background;
    compare with a sampler. Use it for many parameters, of which the data inform few directions. The degrees of freedom for
    signal in its findings say how many.

    Args:
        max_outer: most outer loops.
        max_inner: most iterations of an inner loop.
        inner_tolerance: [1] share of the gradient at which an inner loop stops.
        tolerance: [log units] the analysis has converged when an increment promises less than this.
        num_screened: prior draws; the best of these and the background is the first guess; 0 for the background.
        rank: directions that the data inform, at most; the others keep the prior's spread. Beyond `whole_up_to` only.
        whole_up_to: parameters up to which the whole Hessian is formed.

    Source: [courtier1994]; [buithanh2012] for the spread by a low-rank update; [halko2011] for its eigenvectors.
    """

    name: ClassVar[str] = "fourdvar"
    needs: ClassVar[Needs] = Needs.LEAST_SQUARES
    gives: ClassVar[Gives] = Gives.GAUSSIAN
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "courtier1994"
    compiled: ClassVar[bool] = False
    max_outer: int = 50
    max_inner: int = 100
    inner_tolerance: float = 1e-10
    tolerance: float = 1e-12
    num_screened: int = 512
    rank: int = 50
    whole_up_to: int = 64

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 2, "max_outer")
        need_at_least(self, 1, "max_inner", "rank")
        need_at_least(self, 0, "num_screened", "whole_up_to")
        need_positive(self, "inner_tolerance", "tolerance")

    @property
    def chunk(self) -> int:
        """A checkpoint after every outer loop."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most outer loops."""
        return self.max_outer

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """The first guess.

        Raises:
            RunFailed: the model runs neither at the background nor at any draw.
            StudyError: the problem is a box, which has no Gaussian background.
        """
        if any(bool(jnp.any(jnp.isfinite(bound))) for bound in problem.bounds):
            raise StudyError(
                "fourdvar was asked for.",
                "The problem has bounds, and so no Gaussian background.",
                "Give it the problem without its box, or use laplace.",
            )
        draws = np.asarray(problem.initial_ensemble(key, max(self.num_screened, 1)))
        guesses = np.concatenate([np.asarray(middle(problem))[None], draws])[: max(self.num_screened, 1)]
        parts = np.split(guesses, range(BATCH, len(guesses), BATCH))
        cost = np.concatenate([costs_in_batch(problem, part, min(BATCH, len(guesses))) for part in parts])
        if not np.any(np.isfinite(cost)):
            raise all_failed(len(guesses))
        best, n = int(np.argmin(cost)), problem.n
        kept = n if self._whole(problem) else min(self.rank, n)
        no, zero = np.asarray(False), np.zeros((), dtype=np.int64)
        return State(zero, guesses[best], no, no, cost[best], np.zeros(kept), np.zeros((n, kept)), np.asarray(len(guesses)))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One outer loop: linearise, find the increment, take as much of it as goes down; the last one finds the spread."""
        z = np.asarray(state.z)
        tangent = self._tangent(problem, z)
        increment, inner = conjugate_gradients(tangent.product, -tangent.gradient, self.inner_tolerance, self.max_inner)
        promised = -0.5 * float(tangent.gradient @ increment)
        converged = promised < max(self.tolerance, ROUNDING * abs(tangent.cost))
        last = converged or int(state.step) + 1 >= self.max_outer or not tangent.ok
        length, cost, tried = (0.0, tangent.cost, 0) if last else _shortened(problem, z, increment, tangent.cost, promised)
        runs, gradients = tangent.runs + inner * tangent.each + tried, 1 + inner * tangent.each
        values, vectors = np.asarray(state.values), np.asarray(state.vectors)
        ended = length == 0.0
        if ended:
            values, vectors, products = self._spread(key, problem, tangent)
            runs, gradients = runs + products * tangent.each, gradients + products * tangent.each
        # at the bottom of the parabola the increment may be taken whole: nothing of it can be seen in the cost
        z = z + (increment if converged else length * increment)
        info = Info(
            np.asarray(state.z)[None], np.asarray([tangent.cost]), np.asarray(np.linalg.norm(tangent.gradient)),
            np.asarray(promised), np.asarray(inner), np.asarray(length), np.asarray(signal_dof(values) if ended else np.nan),
            np.asarray(runs + int(state.unreported)), np.asarray(gradients),
        )  # fmt: skip
        step, yes = np.asarray(state.step) + 1, np.asarray(converged)
        return State(step, z, np.asarray(ended), yes, np.asarray(cost), values, vectors, np.zeros((), dtype=np.int64)), info

    def done(self, state: State) -> bool:
        """The spread is known."""
        return bool(state.ended)

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Gaussian, tuple[Finding, ...]]:
        """The analysis and its covariance."""
        values, vectors = np.asarray(state.values), np.asarray(state.vectors)
        dof, loops = signal_dof(values), len(trace["promised"])
        sentence = f"The data determine {dof:.3g} of {problem.n} directions (degrees of freedom for signal)."
        findings = [Finding("note", "signal", sentence)]
        if bool(state.converged):
            findings.append(
                Finding("good", "convergence", f"4DVar converged in {loops} outer loops (J = {float(state.cost):.6g}).")
            )
        else:
            sentence = (
                f"4DVar had not converged after {loops} outer loops: an increment still promises {trace['promised'][-1]:.2g} "
            )
            advice = "log units. Allow more (max_outer), or use levenberg_marquardt where the model is far from linear."
            findings.append(Finding("warning", "convergence", sentence + advice))
        if len(values) < problem.n and values[-1] > UNSEEN:
            sentence = (
                f"The smallest of {len(values)} eigenvalues is {values[-1]:.2g}: the data inform more directions "
                "than were looked at, and the spread is too wide. Raise `rank`."
            )
            findings.append(Finding("warning", "rank", sentence))
        covariance = posterior_covariance(values, vectors)
        return Gaussian(jnp.asarray(state.z), jnp.asarray(covariance)), tuple(findings)

    def _whole(self, problem: AbstractProblem) -> bool:
        """Few parameters; or differences, whose runs give the whole Jacobian anyway."""
        return problem.n <= self.whole_up_to or problem.gradient_runs > 1

    def _tangent(self, problem: AbstractProblem, z: Float[np.ndarray, "n"]) -> Tangent:
        at = jnp.asarray(z)
        if self._whole(problem):
            linear = problem.linearise_ensemble(at[None])
            curvature = np.asarray(linear.curvature[0])
            gradient = np.asarray(linear.gradient[0])
            ok = bool(linear.ok[0])
            return Tangent(float(linear.cost[0]), gradient, lambda rows: rows @ curvature, ok, problem.gradient_runs, 0)
        cost, gradient = problem.value_and_grad(at)

        def product(rows: Float[np.ndarray, "K n"]) -> Float[np.ndarray, "K n"]:
            return np.asarray(problem.curvature_product(at, jnp.asarray(rows)))

        return Tangent(float(cost), np.asarray(gradient), product, bool(jnp.isfinite(cost)), 1, 1)

    def _spread(
        self, key: PRNGKeyArray, problem: AbstractProblem, tangent: Tangent
    ) -> tuple[Float[np.ndarray, "r"], Float[np.ndarray, "n r"], int]:
        if self._whole(problem):
            values, vectors = np.linalg.eigh(tangent.product(np.eye(problem.n)))
            return np.maximum(values[::-1] - 1.0, 0.0), vectors[:, ::-1], 0
        values, vectors, products = eigenpairs(lambda rows: tangent.product(rows) - rows, key, problem.n, self.rank)
        return np.maximum(values, 0.0), vectors, products


def _shortened(
    problem: AbstractProblem, z: np.ndarray, increment: np.ndarray, cost: float, promised: float
) -> tuple[float, float, int]:
    """Share of the increment that brings the cost lowest, that cost, and the runs; 0 where none brings it lower."""
    costs = costs_in_batch(problem, z + LENGTHS[:, None] * increment)
    best = int(np.argmin(costs))
    if costs[best] < cost - SUFFICIENT * LENGTHS[best] * promised:
        return float(LENGTHS[best]), float(costs[best]), len(LENGTHS)
    return 0.0, cost, len(LENGTHS)
