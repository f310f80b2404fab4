"""Levenberg–Marquardt from many starts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.damped_newton import CONVERGED, FAILED, RUNNING, Descent, advance, begin
from landpda.methods.optimise.multi_start import all_failed, as_step, screened_starts, starts_findings
from landpda.problem.problem import AbstractProblem


class State(NamedTuple):
    """Where the starts have come to.

    Args:
        step: iterations done.
        descent: the points with their linearisations.
        unreported: runs and gradients that the next Info will count.
    """

    step: Int[Array, ""]
    descent: Descent
    unreported: Int[Array, "2"]


class Info(NamedTuple):
    """One iteration of all starts.

    Args:
        z: (S, n) points; the last row of the trace holds the optima.
        cost: (S,) J.
        damping: (S,) λ.
        decrement: (S,) [log units] predicted decrease of an undamped step.
        status: (S,) 0 running, 1 converged, 2 stalled, 3 failed.
        runs: model runs.
        gradients: those of them with derivatives (n tangents each).
    """

    z: Float[Array, "S n"]
    cost: Float[Array, "S"]
    damping: Float[Array, "S"]
    decrement: Float[Array, "S"]
    status: Int[Array, "S"]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class LevenbergMarquardt(Method):
    """Gauss–Newton steps on the residuals, damped until they go down, from many starts at once.

    Needs least squares (a Jacobian, by tangents or differences). Gives the best point; the trace's last `z`, `cost` and `status` hold
    the ends of all starts, from which samplers can begin. Costs, per iteration, one linearisation and 4 runs a start: about
    num_starts·(n + 5) runs. Takes 10–50 iterations where L-BFGS-B takes hundreds, as the curvature comes with the Jacobian.
    Fails where the cost is not smooth, and finds a local optimum: where the model is rugged (DALEC's phenology is), trust the best
    of 32 starts only if several end near it. With few, costly runs, lower num_screened and num_starts first.

    Args:
        num_starts: S.
        num_screened: prior draws to choose the starts from; 0 to start from the first draws.
        max_iterations: most iterations.
        tolerance: [log units] a start has converged when an undamped step promises less than this.

    Source: [marquardt1963]; [transtrum2012].
    """

    name: ClassVar[str] = "levenberg_marquardt"
    needs: ClassVar[Needs] = Needs.LEAST_SQUARES
    gives: ClassVar[Gives] = Gives.POINT
    source: ClassVar[str] = "marquardt1963"
    compiled: ClassVar[bool] = False
    num_starts: int = 32
    num_screened: int = 512
    max_iterations: int = 100
    tolerance: float = 1e-6

    @property
    def chunk(self) -> int:
        """A checkpoint after every iteration."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Starts, linearised.

        Raises:
            RunFailed: the model runs at none of them.
        """
        starts, screened = screened_starts(problem, key, self.num_starts, self.num_screened)
        descent, spent = begin(problem, starts, self.tolerance)
        if np.all(descent.status == FAILED):
            raise all_failed(self.num_starts)
        return State(as_step(0), _on_device(descent), jnp.array([screened + spent.runs, spent.gradients]))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One iteration of all starts that still run."""
        del key
        descent, spent = advance(problem, Descent(*(np.asarray(field) for field in state.descent)), self.tolerance)
        descent = _on_device(descent)
        spent = jnp.array([spent.runs, spent.gradients]) + state.unreported
        info = Info(descent.z, descent.cost, descent.damping, descent.decrement, descent.status, spent[0], spent[1])
        return State(state.step + 1, descent, jnp.zeros_like(state.unreported)), info

    def done(self, state: State) -> bool:
        """All starts have ended, or the iterations are used up. The first iteration always runs, for the trace."""
        ended = not np.any(np.asarray(state.descent.status) == RUNNING)
        return (ended and int(state.step) > 0) or int(state.step) >= self.max_iterations

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best end point, and how the others ended."""
        del trace, problem
        cost, status = np.asarray(state.descent.cost), np.asarray(state.descent.status)
        best = int(np.argmin(cost))
        findings = starts_findings(cost, status == CONVERGED, status == FAILED, self.max_iterations)
        return Point(state.descent.z[best], state.descent.cost[best]), findings


def _on_device(descent: Descent) -> Descent:
    return Descent(*(jnp.asarray(field) for field in descent))
