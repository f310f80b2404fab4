"""Levenberg–Marquardt from many starts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise import many_descents
from landpda.methods.optimise.many_descents import Iteration, Search
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem


class LevenbergMarquardt(Method):
    """Gauss–Newton steps on the residuals, damped until they go down, from many starts at once.

    Needs least squares (a Jacobian, by tangents or differences). Gives the best point; the trace's last `z`, `cost` and
    `status` hold the ends of all starts, from which samplers can begin. Costs, per iteration, one linearisation and 8 runs a
    start: about num_starts·(n + 9) runs. The curvature comes with the Jacobian, so that it takes tens of iterations where
    L-BFGS-B takes hundreds. Fails where the cost is not smooth, and finds a local optimum: in a rugged cost (DALEC's phenology
    is one) trust the best of 32 starts only if several end near it. Where runs are costly, lower num_screened and num_starts.

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
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "marquardt1963"
    compiled: ClassVar[bool] = False
    num_starts: int = 32
    num_screened: int = 512
    max_iterations: int = 100
    tolerance: float = 1e-12

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 1, "num_starts", "max_iterations")
        need_at_least(self, 0, "num_screened")
        need_positive(self, "tolerance")

    @property
    def chunk(self) -> int:
        """A checkpoint after every iteration."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> Search:
        """Starts, linearised.

        Raises:
            RunFailed: the model runs at none of them.
        """
        return many_descents.first(self, key, problem)

    def step(self, key: PRNGKeyArray, state: Search, problem: AbstractProblem) -> tuple[Search, Iteration]:
        """One iteration of all starts that still run."""
        del key
        return many_descents.following(self, state, problem)

    def done(self, state: Search) -> bool:
        """All starts have ended, or the iterations are used up."""
        return many_descents.over(self, state)

    def finish(
        self, state: Search, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best end point, and how the others ended."""
        del trace, problem
        best = many_descents.lowest(state)
        estimate = Point(jnp.asarray(state.descent.z[best]), jnp.asarray(state.descent.cost[best]))
        return estimate, many_descents.findings(self, state)
