"""NSGA-II: a genetic algorithm for two or three objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.estimate import Front
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.population import widths
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.methods.optimise.variation import children, copies, tournament
from landpda.methods.pareto.dominance import ranks
from landpda.methods.pareto.objectives import first_members, front_findings, front_of, objective_names, objectives
from landpda.problem.problem import AbstractProblem


def crowding(found: Float[Array, "N k"], rank: Int[Array, "N"]) -> Float[Array, "N"]:
    """How much room each member has among those of its rank: sides of the box between its neighbours, in units of the front.

    The ends of a front have room without end; members that failed have none.

    Source: [deb2002] section III.B.
    """
    num = len(found)
    ran = rank < num
    room = jnp.zeros(num)
    for values in jnp.where(ran[:, None], found, 0.0).T:
        order = jnp.lexsort((values, rank))
        ordered, level = values[order], rank[order]
        # of each front, its ends and its length
        first = jnp.concatenate([jnp.array([True]), level[1:] != level[:-1]])
        last = jnp.concatenate([first[1:], jnp.array([True])])
        lowest = jnp.full(num + 1, jnp.inf).at[level].min(ordered)[level]
        highest = jnp.full(num + 1, -jnp.inf).at[level].max(ordered)[level]
        length = jnp.where(highest > lowest, highest - lowest, 1.0)
        before, after = jnp.roll(ordered, 1), jnp.roll(ordered, -1)
        side = jnp.where(first | last, jnp.inf, (after - before) / length)
        room = room.at[order].add(side)
    return jnp.where(ran, room, 0.0)


class State(NamedTuple):
    """The population.

    Args:
        step: generations done.
        z: (N, n) members.
        found: (N, k) objectives; infinite where the run failed.
        rank: (N,) number of its front.
        room: (N,) crowding distance within it.
        unreported: runs and failures that the next Info will count.
    """

    step: Int[Array, ""]
    z: Float[Array, "N n"]
    found: Float[Array, "N k"]
    rank: Int[Array, "N"]
    room: Float[Array, "N"]
    unreported: Int[Array, "2"]


class Info(NamedTuple):
    """One generation.

    Args:
        objectives: (N, k) of the members that live on.
        ideal: (k,) lowest of each objective.
        unbeaten: members that no other beats.
        failed: runs that failed.
        runs: model runs.
        gradients: none.
    """

    objectives: Float[Array, "N k"]
    ideal: Float[Array, "k"]
    unbeaten: Int[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class NSGA2(Method):
    """A population that spreads over all compromises between streams: who is beaten in all of them goes, and crowds thin out.

    Needs model runs only. Gives a front: members of which none is better than another for all streams, and as `best` the
    compromise nearest to the lowest of each. Costs num_members runs a generation, side by side: num_members·(num_generations
    + 1) runs. The objective of a stream is the cost it would have alone, with the prior and with the streams that are not set
    against others (name the measured ones in `streams` where soft constraints are to hold for all). Fails with four
    objectives and more, where nobody beats anybody (nsga3 is for these), and, as every genetic algorithm, is slow where
    parameters are known only together. A front is no posterior: it shows whether streams can be fitted by the same parameters
    at all. Streams that pull far apart tell of a bias in the model, in a stream, or in the errors given.

    Args:
        num_members: N, an even number.
        num_generations: how often there are children.
        streams: which streams are set against one another, `prior` among them if wanted; all streams if none is named.
        crossover_index: η of the crossover: the larger, the nearer children stay to a parent.
        mutation_index: η of the mutation.
        checkpoint_every: generations between two checkpoints.

    Source: [deb2002].
    """

    name: ClassVar[str] = "nsga2"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.FRONT
    exact: ClassVar[Exact] = Exact.NEVER
    source: ClassVar[str] = "deb2002"
    compiled: ClassVar[bool] = True

    num_members: int = 100
    num_generations: int = 400
    streams: tuple[str, ...] = ()
    crossover_index: float = 15.0
    mutation_index: float = 20.0
    checkpoint_every: int = 20

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 4, "num_members")
        need_at_least(self, 1, "num_generations", "checkpoint_every")
        need_positive(self, "crossover_index", "mutation_index")

    @property
    def chunk(self) -> int:
        """Generations between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Generations in all: whole checkpoints."""
        return self.chunk * math.ceil(self.num_generations / self.chunk)

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Draws from the prior.

        Raises:
            RunFailed: the model runs at none of them.
            StudyError: there is nothing to set against one another.
        """
        num = self.num_members + self.num_members % 2
        z, found = first_members(problem, key, num, objective_names(problem, self.streams))
        rank = ranks(found)
        failed = jnp.sum(~jnp.isfinite(found[:, 0]))
        return State(jnp.asarray(0), z, found, rank, crowding(found, rank), jnp.stack([jnp.asarray(num), failed]))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One generation."""
        parent_key, child_key = jr.split(key)
        num = len(state.z)
        rank, room = state.rank, state.room
        better = (rank[:, None] < rank) | ((rank[:, None] == rank) & (room[:, None] > room))
        parents = tournament(parent_key, better, num)
        eta = (self.crossover_index, self.mutation_index)
        born = jnp.clip(children(child_key, state.z, parents, widths(problem), eta), *problem.bounds)
        new = objectives(problem, born, objective_names(problem, self.streams))
        z, found = jnp.concatenate([state.z, born]), jnp.concatenate([state.found, new])
        found = jnp.where(copies(z)[:, None], jnp.inf, found)
        rank = ranks(found)
        room = crowding(found, rank)
        kept = jnp.lexsort((-room, rank))[:num]
        runs, failed = state.unreported + jnp.stack([jnp.asarray(num), jnp.sum(~jnp.isfinite(new[:, 0]))])
        # as the rooms were before the crowd thinned out, which is what the next tournament goes by [deb2002]
        nothing = jnp.zeros_like(state.unreported)
        after = State(state.step + 1, z[kept], found[kept], jnp.minimum(rank[kept], num), room[kept], nothing)
        ideal = jnp.min(after.found, axis=0)
        return after, Info(after.found, ideal, jnp.sum(after.rank == 0), failed, runs, jnp.asarray(0))

    def done(self, state: State) -> bool:
        """After all generations."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Front, tuple[Finding, ...]]:
        """The members that nobody beats."""
        front = front_of(state.z, state.found, objective_names(problem, self.streams))
        return front, front_findings(front, trace)
