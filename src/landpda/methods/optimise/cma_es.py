"""The covariance matrix adaptation evolution strategy, with restarts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.batches import costs_in_batch
from landpda.methods.optimise.covariance_adaptation import Axes, Normal, folded, updated
from landpda.methods.optimise.multi_start import all_failed, screened_starts, starts_findings
from landpda.methods.optimise.population import widths
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem

MOST_ELONGATED = 1e14  # [hansen2016] appendix B.3: condition number of C beyond which its axes are rounding
FEWEST_LOWEST = 10  # [hansen2016] appendix B.3: generations, and 30 n/λ more, over which the lowest cost must fall
BATCH = 128
"""Members that a compiled problem is asked for at once: one size for all populations."""


class State(NamedTuple):
    """One strategy at work, and the ends of those before it.

    Args:
        step: generations done.
        descent: number of the strategy at work; as many as there are starts when all are done.
        generation: its generations.
        normal: its distribution.
        recent: (H,) its lowest cost of each generation, the last one first.
        starts: (S, n) where each begins.
        z: (S, n) the best member of each.
        cost: (S,) J there; infinite before it began.
        converged: (S,) whether it came together.
        spent: model runs so far.
        unreported: those that the next Info will count.
    """

    step: Int[np.ndarray, ""]
    descent: Int[np.ndarray, ""]
    generation: Int[np.ndarray, ""]
    normal: Normal
    recent: Float[np.ndarray, "H"]
    starts: Float[np.ndarray, "S n"]
    z: Float[np.ndarray, "S n"]
    cost: Float[np.ndarray, "S"]
    converged: Bool[np.ndarray, "S"]
    spent: Int[np.ndarray, ""]
    unreported: Int[np.ndarray, ""]


class Info(NamedTuple):
    """One generation.

    Args:
        z: (S, n) the best member of each strategy so far.
        cost: (S,) J there; infinite before it began.
        lowest: J of the best of all.
        descent: which of them was at work.
        sigma: its σ.
        elongation: longest of its axes over the shortest.
        failed: runs that failed.
        runs: model runs.
        gradients: none.
    """

    z: Float[np.ndarray, "S n"]
    cost: Float[np.ndarray, "S"]
    lowest: Float[np.ndarray, ""]
    descent: Int[np.ndarray, ""]
    sigma: Float[np.ndarray, ""]
    elongation: Float[np.ndarray, ""]
    failed: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class CMAES(Method):
    """A normal distribution that moves to its better draws and takes on their covariance, down to the valley's bottom.

    Needs model runs only. Gives the best point; the trace's last `z` and `cost` hold the ends of all restarts, from which
    samplers can begin. Costs num_members runs a generation, side by side: hundreds of generations a strategy, each of which
    has twice the members of the one before; `max_runs` runs at most. Learns scales and correlations of the parameters, as a
    quasi-Newton method does, from runs alone, and is hardly troubled by noise or kinks. Fails where the valley is found late:
    in a rugged cost (DALEC's phenology) a small population ends in the valley where it began, which the restarts are there
    for. In a `box` problem members beyond a bound are mirrored.

    Args:
        num_members: λ of the first strategy; 0 for 4 + ⌊3 ln n⌋.
        num_restarts: strategies that follow the first, each with twice the members.
        num_screened: prior draws to choose the starts from; 0 to start from the first draws.
        first_step: [1] first σ, as a share of the width of the prior's central 95 %, or of a bounded interval.
        tolerance: [log units] a strategy has come together when its lowest costs of many generations lie within this.
        max_runs: most model runs.
        checkpoint_every: generations between two checkpoints.

    Source: [hansen2016]; [auger2005] for the restarts.
    """

    name: ClassVar[str] = "cma_es"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "hansen2016"
    compiled: ClassVar[bool] = False

    num_members: int = 0
    num_restarts: int = 4
    num_screened: int = 512
    first_step: float = 0.2
    tolerance: float = 1e-11
    max_runs: int = 100_000
    checkpoint_every: int = 20

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 0, "num_members", "num_restarts", "num_screened")
        need_at_least(self, 1, "max_runs", "checkpoint_every")
        need_positive(self, "first_step", "tolerance")

    @property
    def chunk(self) -> int:
        """Generations between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Most generations, were they all of the first strategy's size in 20 parameters."""
        return -(-self.max_runs // self._members(20, 0))

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """The starts, and the first strategy at the best of them.

        Raises:
            RunFailed: the model runs at none of them.
        """
        num, n = 1 + self.num_restarts, problem.n
        starts, runs = screened_starts(problem, key, num, self.num_screened, batch=BATCH)
        cost = costs_in_batch(problem, starts)
        if not np.any(np.isfinite(cost)):
            raise all_failed(num)
        starts = starts[np.argsort(cost, kind="stable")]
        history = FEWEST_LOWEST + -(-30 * n // self._members(n, 0))
        nothing = np.full(num, np.inf)
        zero = np.zeros((), dtype=np.int64)
        first = self._begun(problem, starts[0])
        recent = np.full(history, np.inf)
        converged = np.zeros(num, dtype=bool)
        spent = np.asarray(runs + num)
        return State(zero, zero, zero, first, recent, starts, starts.copy(), nothing, converged, spent, spent)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One generation of the strategy at work."""
        index, generation = int(state.descent), int(state.generation)
        normal = Normal(*(np.asarray(field) for field in state.normal))
        low, high = problem.bounds
        axes, num = Axes.of(normal), self._members(problem.n, index)
        y = axes.stretched(np.asarray(jr.normal(key, (num, problem.n))))
        members = folded(normal.mean + normal.sigma * y, (np.asarray(low), np.asarray(high)))
        cost = _in_batches(problem, members)
        order = np.argsort(cost, kind="stable")
        ran = order[: int(np.isfinite(cost).sum())]
        z, lowest = np.array(state.z), np.array(state.cost)
        if len(ran) and cost[ran[0]] < lowest[index]:
            z[index], lowest[index] = members[ran[0]], cost[ran[0]]
        lowest_now = cost[ran[:1]] if len(ran) else np.array([np.inf])
        recent = np.concatenate([lowest_now, np.asarray(state.recent)[:-1]])
        # fewer than four say nothing of a direction
        after = updated(normal, axes, y[ran], generation) if len(ran) >= 4 else normal
        together = self._together(after, axes, recent, cost, problem)
        over = (
            together
            or not np.all(np.isfinite(after.covariance))
            or axes.lengths[-1] ** 2 > (MOST_ELONGATED * axes.lengths[0] ** 2)
        )
        runs = num + int(state.unreported)
        info = Info(
            z, lowest, lowest.min(), np.asarray(index), after.sigma, axes.lengths[-1] / axes.lengths[0],
            np.asarray(num - len(ran)), np.asarray(runs), np.asarray(0),
        )  # fmt: skip
        converged = np.array(state.converged)
        converged[index] = together
        advanced = state._replace(
            step=np.asarray(state.step) + 1,
            generation=np.asarray(generation + 1), normal=after, recent=recent, z=z, cost=lowest,
            converged=converged, spent=np.asarray(int(state.spent) + num), unreported=np.asarray(0),
        )  # fmt: skip
        return (self._restarted(advanced, problem) if over else advanced), info

    def done(self, state: State) -> bool:
        """All strategies have ended, or the runs are used up."""
        return int(state.descent) > self.num_restarts or int(state.spent) >= self.max_runs

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best member of all, and how the strategies ended."""
        del problem
        cost = np.asarray(state.cost)
        best = int(np.argmin(cost))
        began = np.isfinite(cost)
        findings = starts_findings(cost[began], np.asarray(state.converged)[began], ~began[began], len(trace["lowest"]))
        return Point(jnp.asarray(state.z[best]), jnp.asarray(cost[best])), findings

    def _members(self, n: int, index: int) -> int:
        first = self.num_members or 4 + int(3.0 * np.log(n))
        return max(first, 4) * 2**index

    def _begun(self, problem: AbstractProblem, start: np.ndarray) -> Normal:
        n = problem.n
        scale = np.asarray(widths(problem))
        sigma = np.asarray(self.first_step * np.exp(np.mean(np.log(scale))))
        shape = np.diag((scale / np.exp(np.mean(np.log(scale)))) ** 2)
        return Normal(np.asarray(start), sigma, shape, np.zeros(n), np.zeros(n))

    def _restarted(self, state: State, problem: AbstractProblem) -> State:
        index = int(state.descent) + 1
        start = np.asarray(state.starts)[min(index, self.num_restarts)]
        recent = np.full_like(np.asarray(state.recent), np.inf)
        zero = np.zeros((), dtype=np.int64)
        return state._replace(descent=np.asarray(index), generation=zero, normal=self._begun(problem, start), recent=recent)

    def _together(self, normal: Normal, axes: Axes, recent: np.ndarray, cost: np.ndarray, problem: AbstractProblem) -> bool:
        span = FEWEST_LOWEST + -(-30 * problem.n // len(cost))
        window = np.concatenate([recent[:span], cost[np.isfinite(cost)]])
        if not np.all(np.isfinite(window)):
            return False
        rounding = 4 * np.finfo(float).eps * abs(float(window.min()))
        narrow = normal.sigma * axes.lengths[-1] < 1e-9 * float(np.min(np.asarray(widths(problem))))
        return bool(np.ptp(window) <= max(self.tolerance, rounding) or narrow)


def _in_batches(problem: AbstractProblem, members: Float[np.ndarray, "K n"]) -> Float[np.ndarray, "K"]:
    """Costs; a compiled problem is asked for whole batches of one size."""
    parts = [members[at : at + BATCH] for at in range(0, len(members), BATCH)] if problem.traceable else [members]
    return np.concatenate([costs_in_batch(problem, part, BATCH) for part in parts])
