"""L-BFGS-B with the problem's own gradient, from several starts in turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.multi_start import all_failed, screened_starts, starts_findings
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem

MEMORY = 20
"""Pairs kept for the Hessian; more than SciPy's 10, as n is small here and a pair costs nothing beside a run."""


PROBE = 1e-4
"""[prior sd] how far along the gradient its change is measured, for the curvature there."""
LONGEST_FIRST = 1.0
"""[prior sd] longest first step: what SciPy itself would take where nothing is known of the curvature."""


class State(NamedTuple):
    """The starts, and the ends of those that are done.

    Args:
        step: starts done.
        z: (S, n) the end point of each start that is done, the start of each other.
        cost: (S,) J at the end points; infinite before.
        converged: (S,) whether the search met its tolerance.
        unreported: runs that the next Info will count.
    """

    step: Int[Array, ""]
    z: Float[Array, "S n"]
    cost: Float[Array, "S"]
    converged: Bool[Array, "S"]
    unreported: Int[Array, ""]


class Info(NamedTuple):
    """One whole minimisation.

    Args:
        start: (n,) where it began.
        z: (n,) where it ended.
        cost: J there; infinite where the start did not run.
        iterations: of L-BFGS-B.
        converged: whether it met its tolerance.
        runs: model runs.
        gradients: those of them with a gradient.
    """

    start: Float[Array, "n"]
    z: Float[Array, "n"]
    cost: Float[Array, ""]
    iterations: Int[Array, ""]
    converged: Bool[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class LBFGSB(Method):
    """Quasi-Newton descent within bounds, with the gradient that the problem gives: the classical 4DVar minimiser.

    Needs a gradient. Gives the best point; the trace's `z` and `cost` hold the ends of all starts. Costs one run with
    gradient per evaluation, 50–500 a start, one start after another: a checkpoint follows each. A gradient beside
    the start tells how long the first step should be. Where the problem has
    residuals, levenberg_marquardt needs a tenth of the iterations. Fails where the cost is not smooth, and finds a local
    optimum. In a rugged cost (DALEC's phenology) a single start from the prior ends far from the best more often than not:
    the starts are the better and mutually distant ones of `num_screened` prior draws, and the findings say how many ended
    together. In a `box` problem the bounds are those of the priors; elsewhere there are none.

    Args:
        num_starts: S.
        num_screened: prior draws to choose the starts from; 0 to start from the first draws.
        max_iterations: most iterations of each start.
        tolerance: a start has converged when no element of the projected gradient is larger [log units per prior sd].

    Source: [byrd1995]; the code is SciPy's.
    """

    name: ClassVar[str] = "lbfgsb"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "byrd1995"
    compiled: ClassVar[bool] = False
    num_starts: int = 8
    num_screened: int = 512
    max_iterations: int = 500
    tolerance: float = 1e-5

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 1, "num_starts", "max_iterations")
        need_at_least(self, 0, "num_screened")
        need_positive(self, "tolerance")

    @property
    def chunk(self) -> int:
        """A checkpoint after every start."""
        return 1

    @property
    def num_steps(self) -> int:
        """One step a start."""
        return self.num_starts

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """The starts.

        Raises:
            RunFailed: the model runs at none of them.
        """
        starts, runs = screened_starts(problem, key, self.num_starts, self.num_screened)
        if runs == 0:
            density = np.asarray(problem.log_density_ensemble(jnp.asarray(starts)))
            runs = len(starts)
            if not np.any(np.isfinite(density)):
                raise all_failed(self.num_starts)
        num = self.num_starts
        return State(
            jnp.zeros((), dtype=jnp.int64),
            jnp.asarray(starts),
            jnp.full(num, jnp.inf),
            jnp.zeros(num, dtype=bool),
            jnp.asarray(runs),
        )

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """The next start, all the way down."""
        del key
        index = int(state.step)
        start = state.z[index]
        end = minimised(problem, np.asarray(start), self.max_iterations, self.tolerance)
        z, cost, converged = jnp.asarray(end.z), jnp.asarray(end.cost), jnp.asarray(end.converged)
        evaluations = jnp.asarray(end.evaluations)
        info = Info(start, z, cost, jnp.asarray(end.iterations), converged, evaluations + state.unreported, evaluations)
        state = State(
            state.step + 1,
            state.z.at[index].set(z),
            state.cost.at[index].set(cost),
            state.converged.at[index].set(converged),
            jnp.zeros_like(state.unreported),
        )
        return state, info

    def done(self, state: State) -> bool:
        """All starts are done."""
        return int(state.step) >= self.num_starts

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best end point, and how the others ended.

        Raises:
            RunFailed: no start ran.
        """
        del trace, problem
        cost = np.asarray(state.cost)
        failed = ~np.isfinite(cost)
        if failed.all():
            raise all_failed(self.num_starts)
        best = int(np.argmin(cost))
        findings = starts_findings(cost, np.asarray(state.converged), failed, self.max_iterations)
        return Point(state.z[best], state.cost[best]), findings


class End(NamedTuple):
    """Where one minimisation came to."""

    z: Float[np.ndarray, "n"]
    cost: float
    iterations: int
    evaluations: int
    converged: bool


def minimised(problem: AbstractProblem, start: Float[np.ndarray, "n"], max_iterations: int, tolerance: float) -> End:
    """SciPy's L-BFGS-B from one start."""
    from scipy.optimize import minimize

    objective = _Objective(problem)
    cost, gradient = objective(start)
    if not np.isfinite(cost):
        return End(start, np.inf, 0, objective.evaluations, False)
    low, high = (np.asarray(bound) for bound in problem.bounds)
    unit = first_step(objective, start, gradient, (low, high))
    # in these units the gradient has length 1, so that SciPy's first trial is that step
    share = 1.0 / max(unit * float(np.linalg.norm(gradient)), float(np.finfo(float).tiny))

    def scaled(u: Float[np.ndarray, "n"]) -> tuple[float, Float[np.ndarray, "n"]]:
        cost, gradient = objective(np.clip(unit * u, low, high))
        return share * cost, share * unit * gradient

    options: dict[str, Any] = {"maxiter": max_iterations, "maxfun": 20 * max_iterations, "maxcor": MEMORY}
    # Stop by the gradient; the other test only where the cost has no digits left.
    digits = 4 * float(np.finfo(float).eps) * min(1.0, share * max(abs(cost), 1.0))
    options |= {"gtol": share * unit * tolerance, "ftol": digits}
    bounds = list(zip(low / unit, high / unit, strict=True))
    found = minimize(scaled, start / unit, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return End(objective.best, objective.lowest, int(found.nit), objective.evaluations, bool(found.success))


def first_step(
    objective: _Objective,
    start: Float[np.ndarray, "n"],
    gradient: Float[np.ndarray, "n"],
    bounds: tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n"]],
) -> float:
    """[prior sd] length of the step to the bottom along the gradient, ‖g‖/(gᵀHg/gᵀg), from one more gradient beside the start.

    Source: [nocedal2006] eq. 3.26.
    """
    slope = float(np.linalg.norm(gradient))
    if slope == 0.0:
        return LONGEST_FIRST
    beside = np.clip(start - PROBE * gradient / slope, *bounds)
    moved = start - beside
    cost, there = objective(beside)
    bend = float(moved @ (gradient - there)) / max(float(moved @ moved), float(np.finfo(float).tiny))
    if not np.isfinite(cost) or bend * LONGEST_FIRST <= slope:
        return LONGEST_FIRST
    return slope / bend


class _Objective:
    """J and its gradient for a line search that must see finite numbers, also where the model fails.

    Beside a failed run it sees a rise as steep as the descent at the best point so far, so that its cubic shortens the step
    to about a seventh; such a point is never accepted, and never enters the Hessian.
    """

    def __init__(self, problem: AbstractProblem) -> None:
        self._problem = problem
        self.evaluations = 0
        self.lowest = np.inf
        self.best = np.zeros(problem.n)
        self._gradient = np.zeros(problem.n)

    def __call__(self, z: Float[np.ndarray, "n"]) -> tuple[float, Float[np.ndarray, "n"]]:
        cost, gradient = (np.asarray(value) for value in self._problem.value_and_grad(jnp.asarray(z)))
        self.evaluations += 1
        if np.isfinite(cost):
            if cost < self.lowest:
                self.lowest, self.best, self._gradient = float(cost), np.array(z), gradient
            return float(cost), gradient
        if not np.isfinite(self.lowest):
            return np.inf, gradient
        return self.lowest + abs(float(self._gradient @ (z - self.best))), -self._gradient
