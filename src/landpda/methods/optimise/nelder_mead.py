"""The simplex search of Nelder and Mead, from several starts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.batches import costs_in_batch
from landpda.methods.optimise.multi_start import all_failed, screened_starts, starts_findings
from landpda.methods.optimise.population import widths
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem


class Coefficients(NamedTuple):
    """How far the worst corner moves, as multiples of its distance from the middle of the others.

    Args:
        reflection: α.
        expansion: β.
        contraction: γ.
        shrinkage: δ, of all corners towards the best.
    """

    reflection: float
    expansion: float
    contraction: float
    shrinkage: float


def adaptive(n: int) -> Coefficients:
    """Coefficients for n elements; for two, those of the original: the more elements, the gentler the changes of shape.

    Source: [gao2012] eq. 4.1.
    """
    n = max(n, 2)
    return Coefficients(1.0, 1.0 + 2.0 / n, 0.75 - 0.5 / n, 1.0 - 1.0 / n)


class Simplices(NamedTuple):
    """Simplices, each with its best corner first.

    Args:
        corners: (S, n + 1, n) their corners.
        cost: (S, n + 1) J at each; infinite where the run failed.
    """

    corners: Float[np.ndarray, "S k n"]
    cost: Float[np.ndarray, "S k"]

    def in_order(self) -> Simplices:
        """With the best corner first."""
        order = np.argsort(self.cost, axis=1, kind="stable")
        return Simplices(
            np.take_along_axis(self.corners, order[:, :, None], axis=1), np.take_along_axis(self.cost, order, axis=1)
        )


def advanced(problem: AbstractProblem, simplices: Simplices, active: Bool[np.ndarray, "S"]) -> tuple[Simplices, int]:
    """One move of each active simplex, and the model runs it took: reflections, then what follows from them, then shrinkages.

    A move that would leave the bounds ends on them.

    Source: [gao2012] section 2, after [nelder1965].
    """
    num, corners_each, n = simplices.corners.shape
    by = adaptive(n)
    low, high = (np.asarray(bound) for bound in problem.bounds)
    rows = np.flatnonzero(active)
    corners, cost = np.array(simplices.corners), np.array(simplices.cost)
    middle = corners[rows, :-1].mean(axis=1)
    away = middle - corners[rows, -1]
    best, second, worst = cost[rows, 0], cost[rows, -2], cost[rows, -1]

    def moved(which: np.ndarray, by: np.ndarray) -> np.ndarray:
        return np.clip(middle[which] + by[:, None] * away[which], low, high)

    every = np.arange(len(rows))
    reflected = moved(every, np.full(len(rows), by.reflection))
    there = costs_in_batch(problem, reflected, num)
    # beyond the reflection, short of it, or inside the simplex; no second run where the reflection is good as it is
    inside = there >= worst
    factor = np.where(there < best, by.expansion, np.where(inside, -by.contraction, by.contraction)) * by.reflection
    asked = np.flatnonzero((there < best) | (there >= second))
    again = moved(asked, factor[asked])
    then = np.full(len(rows), np.inf)
    then[asked] = costs_in_batch(problem, again, num)
    second_try = np.zeros_like(reflected)
    second_try[asked] = again
    wanted = np.where(inside, then < worst, then <= there)
    use_second = np.isin(every, asked) & wanted & np.isfinite(then)
    use_first = ~use_second & (there < second)
    shrink = ~use_second & ~use_first
    taken = np.where(use_second[:, None], second_try, reflected)
    cost_taken = np.where(use_second, then, there)
    ahead = rows[~shrink]
    corners[ahead, -1], cost[ahead, -1] = taken[~shrink], cost_taken[~shrink]
    back = rows[shrink]
    corners[back, 1:] = corners[back, :1] + by.shrinkage * (corners[back, 1:] - corners[back, :1])
    inner = costs_in_batch(problem, corners[back, 1:].reshape(-1, n), num * n)
    cost[back, 1:] = inner.reshape(len(back), corners_each - 1)
    return Simplices(corners, cost).in_order(), len(rows) + len(asked) + inner.size


class State(NamedTuple):
    """The simplices.

    Args:
        step: moves done.
        simplices: where they are.
        ended: (S,) whether each has come together, or could not begin.
        unreported: runs that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    simplices: Simplices
    ended: Bool[np.ndarray, "S"]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One move of each simplex that is not at its end.

    Args:
        z: (S, n) best corners.
        cost: (S,) J there; infinite where none has run yet.
        spread: (S,) [log units] from the best corner to the worst.
        size: (S,) [1] largest distance of a corner from the best, as a share of the width of the search.
        runs: model runs.
        gradients: none.
    """

    z: Float[np.ndarray, "S n"]
    cost: Float[np.ndarray, "S"]
    spread: Float[np.ndarray, "S"]
    size: Float[np.ndarray, "S"]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class NelderMead(Method):
    """A simplex of n + 1 corners that turns its worst corner over, stretches downhill and draws together at the bottom.

    Needs model runs only. Gives the best point; the trace's last `z` and `cost` hold the ends of all starts. Costs one or two
    runs a move and start, side by side over the starts, and hundreds of moves a parameter; `num_screened` runs before. Its
    coefficients adapt to the number of parameters. Fails beyond about ten parameters, where it draws together on a slope; a
    second search from where it ended shows that. Use it for a few parameters of a model that only runs and is noisy or
    kinked; else cma_es does the same with fewer runs.

    Args:
        num_starts: S.
        num_screened: prior draws to choose the starts from; 0 to start from the first draws.
        max_iterations: most moves.
        first_size: [1] first edges, as a share of the width of the prior's central 95 %, or of a bounded interval.
        tolerance: [log units] a start has ended when its corners lie within this, and within a millionth of the width.
        checkpoint_every: moves between two checkpoints.

    Source: [nelder1965]; [gao2012] for the coefficients.
    """

    name: ClassVar[str] = "nelder_mead"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "nelder1965"
    compiled: ClassVar[bool] = False

    num_starts: int = 8
    num_screened: int = 512
    max_iterations: int = 4_000
    first_size: float = 0.1
    tolerance: float = 1e-10
    checkpoint_every: int = 100

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 1, "num_starts", "max_iterations", "checkpoint_every")
        need_at_least(self, 0, "num_screened")
        need_positive(self, "first_size", "tolerance")

    @property
    def chunk(self) -> int:
        """Moves between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Most moves."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """A simplex at each start.

        Raises:
            RunFailed: the model runs at none of their corners.
        """
        starts, runs = screened_starts(problem, key, self.num_starts, self.num_screened, batch=self.num_starts * problem.n)
        low, high = (np.asarray(bound) for bound in problem.bounds)
        edge = self.first_size * np.asarray(widths(problem))
        edges = np.where(starts + edge > high, -edge, edge)  # (S, n): inwards where there is a bound
        corners = np.concatenate([starts[:, None], starts[:, None] + edges[:, :, None] * np.eye(problem.n)], axis=1)
        corners = np.clip(corners, low, high)
        cost = np.concatenate(
            [
                costs_in_batch(problem, starts, self.num_starts)[:, None],
                costs_in_batch(problem, corners[:, 1:].reshape(-1, problem.n)).reshape(self.num_starts, problem.n),
            ],
            axis=1,
        )
        if not np.any(np.isfinite(cost)):
            raise all_failed(self.num_starts)
        ended = ~np.any(np.isfinite(cost), axis=1)
        return State(np.zeros((), dtype=np.int64), Simplices(corners, cost).in_order(), ended, np.asarray(runs + cost.size))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One move of each simplex."""
        del key
        before = Simplices(*(np.asarray(field) for field in state.simplices))
        ended = np.asarray(state.ended)
        after, runs = advanced(problem, before, ~ended)
        size = np.max(np.abs(after.corners - after.corners[:, :1]) / np.asarray(widths(problem)), axis=(1, 2))
        with np.errstate(invalid="ignore"):  # a start of which no corner ran
            spread = after.cost[:, -1] - after.cost[:, 0]
        rounding = 4 * np.finfo(float).eps * np.abs(after.cost[:, 0])
        ended = ended | ((spread <= np.maximum(self.tolerance, rounding)) & (size < 1e-6)) | (size < 1e-12)
        info = Info(
            after.corners[:, 0], after.cost[:, 0], np.nan_to_num(spread, nan=np.inf), size,
            np.asarray(runs + int(state.unreported)), np.asarray(0),
        )  # fmt: skip
        return State(np.asarray(state.step) + 1, after, ended, np.zeros((), dtype=np.int64)), info

    def done(self, state: State) -> bool:
        """All have come together, or the moves are used up. The first move is always made, for the trace."""
        step = int(state.step)
        return (step > 0 and bool(np.all(np.asarray(state.ended)))) or step >= self.max_iterations

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best corner, and how the starts ended."""
        del trace, problem
        cost = np.asarray(state.simplices.cost)[:, 0]
        best = int(np.argmin(cost))
        failed = ~np.isfinite(cost)
        findings = starts_findings(cost, np.asarray(state.ended) & ~failed, failed, self.max_iterations)
        return Point(jnp.asarray(state.simplices.corners[best, 0]), jnp.asarray(cost[best])), findings
