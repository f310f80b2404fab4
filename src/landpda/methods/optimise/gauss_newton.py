"""Gauss–Newton with a line search, from a few starts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise import many_descents
from landpda.methods.optimise.damped_newton import Descent, Frame
from landpda.methods.optimise.many_descents import Iteration, Search
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem


def halvings(part: Descent, frame: Frame, max_halvings: int) -> tuple[Float[np.ndarray, "S K n"], Float[np.ndarray, "S K"]]:
    """The whole Gauss–Newton step C δ = −g, and its halves, quarters, …: all are tried in one batch.

    Source: [nocedal2006] section 10.3, and section 3.1 for halving.
    """
    whole = frame.steps(part.gradient, np.zeros((len(part.z), 1)))
    lengths = 0.5 ** np.arange(max_halvings + 1)
    return whole * lengths[:, None], np.broadcast_to(part.damping[:, None], (len(part.z), len(lengths)))


class GaussNewton(Method):
    """Steps to the bottom of the parabola that the linearised model makes of the cost, shortened until they go down.

    Needs least squares (a Jacobian, by tangents or differences). Gives the best point; the trace's last `z`, `cost` and
    `status` hold the ends of all starts. Costs, per iteration and start, one linearisation and 1 + `max_halvings` runs; where
    the model is nearly linear, 2–5 iterations do. Fails sooner than levenberg_marquardt where the model is far from linear:
    its steps go too far along directions of which the data know little, and shortening them does not turn them. Use it for
    models that are nearly linear, and to see how nearly; max_halvings: 0 gives the undamped iteration of the textbooks, which
    stops where a whole step does not go down.

    Args:
        num_starts: S.
        num_screened: prior draws to choose the starts from; 0 to start from the first draws.
        max_iterations: most iterations.
        max_halvings: how often a step may be halved.
        tolerance: [log units] a start has converged when a whole step promises less than this.

    Source: [nocedal2006].
    """

    name: ClassVar[str] = "gauss_newton"
    needs: ClassVar[Needs] = Needs.LEAST_SQUARES
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "nocedal2006"
    compiled: ClassVar[bool] = False
    num_starts: int = 4
    num_screened: int = 512
    max_iterations: int = 50
    max_halvings: int = 7
    tolerance: float = 1e-12

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 1, "num_starts", "max_iterations")
        need_at_least(self, 0, "num_screened", "max_halvings")
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
        """One iteration of all starts that still run; a start of which no length goes down has ended."""
        del key
        return many_descents.following(
            self, state, problem, lambda part, frame: halvings(part, frame, self.max_halvings), patience=0.0
        )

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
