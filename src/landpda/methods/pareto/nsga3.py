"""NSGA-III: a genetic algorithm that keeps to reference directions among several objectives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Front
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.population import widths
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.methods.optimise.variation import children, copies
from landpda.methods.pareto.dominance import ranks
from landpda.methods.pareto.objectives import first_members, front_findings, front_of, objective_names, objectives
from landpda.problem.problem import AbstractProblem

SMALL = 1e-6  # [deb2014] weight of the other axes in the search for the extreme points


def directions(num: int, most: int) -> Float[np.ndarray, "D k"]:
    """Directions spread evenly over the simplex of `num` weights: as many as there are with equal parts, at most `most`.

    Source: [das1998].

    >>> directions(2, 4)
    array([[0.        , 1.        ],
           [0.33333333, 0.66666667],
           [0.66666667, 0.33333333],
           [1.        , 0.        ]])
    """
    parts = 1
    while math.comb(parts + num, num - 1) <= most:
        parts += 1
    cuts = np.array(list(itertools.combinations(range(parts + num - 1), num - 1))).reshape(-1, num - 1)
    edges = np.concatenate([np.full((len(cuts), 1), -1), cuts, np.full((len(cuts), 1), parts + num - 1)], axis=1)
    return (np.diff(edges, axis=1) - 1) / parts


class Scale(NamedTuple):
    """How objectives are brought to one scale.

    Args:
        ideal: (k,) lowest of each objective so far.
        extremes: (k, k) the member (row) that lies farthest out along each axis, its objectives less the ideal.
    """

    ideal: Float[Array, "k"]
    extremes: Float[Array, "k k"]


def rescaled(
    found: Float[Array, "N k"], scale: Scale, ran: Bool[Array, "N"], unbeaten: Bool[Array, "N"]
) -> tuple[Array, Scale]:
    """Objectives from 0 at the ideal to 1 where the plane through the extreme points cuts the axes, and the scale moved on.

    Where the extreme points span no plane that cuts all axes, the highest of each objective in the first front stands for it.

    Args:
        found: objectives.
        scale: of the generation before.
        ran: members that did not fail.
        unbeaten: members of the first front.

    Source: [deb2014] algorithm 2.
    """
    k = found.shape[1]
    usable = jnp.where(ran[:, None], found, jnp.inf)
    ideal = jnp.minimum(scale.ideal, jnp.min(usable, axis=0))
    above = jnp.where(ran[:, None], found - ideal, jnp.inf)
    candidates = jnp.concatenate([scale.extremes + jnp.where(jnp.isfinite(scale.ideal), scale.ideal, 0.0) - ideal, above])
    weights = jnp.where(jnp.eye(k) > 0, 1.0, SMALL)
    reach = jnp.max(candidates[:, None, :] / weights, axis=-1)
    extremes = candidates[jnp.argmin(reach, axis=0)]
    intercepts = 1.0 / solved(extremes, jnp.ones(k))
    worst = jnp.max(jnp.where(unbeaten[:, None], above, 0.0), axis=0)
    plane = jnp.all(jnp.isfinite(intercepts) & (intercepts > SMALL * worst))
    length = jnp.where(plane, intercepts, worst)
    return above / jnp.where(length > 0.0, length, 1.0), Scale(ideal, extremes)


def solved(matrix: Float[Array, "k k"], right: Float[Array, "k"]) -> Float[Array, "k"]:
    """Solution of k linear equations by elimination with pivots, written out: k is the number of objectives."""
    k = len(right)
    table = jnp.concatenate([matrix, right[:, None]], axis=1)
    for column in range(k):
        pivot = column + jnp.argmax(jnp.abs(table[column:, column]))
        top, other = table[pivot], table[column]
        table = table.at[pivot].set(other).at[column].set(top / top[column])
        factors = jnp.where(jnp.arange(k) == column, 0.0, table[:, column])
        table = table - factors[:, None] * table[column]
    return table[:, -1]


def nearest_direction(scaled: Float[Array, "N k"], ways: Float[Array, "D k"]) -> tuple[Int[Array, "N"], Float[Array, "N"]]:
    """The direction to which each member lies nearest, and how far from it.

    Source: [deb2014] algorithm 3.
    """
    unit = ways / jnp.linalg.norm(ways, axis=1, keepdims=True)
    along = scaled @ unit.T
    beside = jnp.sum(jnp.square(scaled), axis=1, keepdims=True) - jnp.square(along)
    which = jnp.argmin(beside, axis=1)
    return which, jnp.sqrt(jnp.maximum(jnp.take_along_axis(beside, which[:, None], axis=1)[:, 0], 0.0))


def thinned(
    key: PRNGKeyArray, rank: Int[Array, "M"], which: Int[Array, "M"], far: Float[Array, "M"], num: int, num_ways: int
) -> Bool[Array, "M"]:
    """The members that live on: whole fronts while there is room, and of the next one those whose direction has fewest.

    Args:
        key: of the choice among equals.
        rank: number of each member's front.
        which: direction of each member.
        far: distance from it.
        num: how many live on.
        num_ways: number of directions.

    Source: [deb2014] algorithm 4.
    """
    member_key, way_key = jr.split(key)
    total = len(rank)
    up_to = jnp.sum(rank[None, :] <= rank[:, None], axis=1)  # members of a front and of those before it
    last = jnp.min(jnp.where(up_to >= num, rank, total + 1))
    chosen, left = rank < last, rank == last
    luck, turn = jr.uniform(member_key, (total,)), jr.uniform(way_key, (num_ways,))

    def pick(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        chosen, left, count = carry
        waiting = jnp.zeros(num_ways, dtype=bool).at[which].max(left)
        way = jnp.argmin(jnp.where(waiting, count + 0.5 * turn, jnp.inf))
        mine = left & (which == way)
        member = jnp.argmin(jnp.where(mine, jnp.where(count[way] == 0, far, luck), jnp.inf))
        return chosen.at[member].set(True), left.at[member].set(False), count.at[way].add(1)

    def room(carry: tuple[Array, Array, Array]) -> Array:
        return (jnp.sum(carry[0]) < num) & jnp.any(carry[1])

    count = jnp.zeros(num_ways, dtype=int).at[which].add(chosen)
    return jax.lax.while_loop(room, pick, (chosen, left, count))[0]


class State(NamedTuple):
    """The population.

    Args:
        step: generations done.
        z: (N, n) members.
        found: (N, k) objectives; infinite where the run failed.
        scale: of the objectives.
        unreported: runs and failures that the next Info will count.
    """

    step: Int[Array, ""]
    z: Float[Array, "N n"]
    found: Float[Array, "N k"]
    scale: Scale
    unreported: Int[Array, "2"]


class Info(NamedTuple):
    """One generation.

    Args:
        objectives: (N, k) of the members that live on.
        ideal: (k,) lowest of each objective.
        unbeaten: members that no other beats.
        directions: directions near which a member lies.
        failed: runs that failed.
        runs: model runs.
        gradients: none.
    """

    objectives: Float[Array, "N k"]
    ideal: Float[Array, "k"]
    unbeaten: Int[Array, ""]
    directions: Int[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class NSGA3(Method):
    """A population that spreads over all compromises between streams, held to directions that are even among the objectives.

    Needs model runs only. Gives a front: members of which none is better than another for all streams, and as `best` the
    compromise nearest to the lowest of each. Costs num_members runs a generation, side by side: num_members·(num_generations
    + 1) runs. The objective of a stream is the cost it would have alone, with the prior and with the streams that are not set
    against others (name the measured ones in `streams` where soft constraints are to hold for all). Use it for three
    objectives and more; for two, nsga2 spreads as well. Fails where the front is broken or bent towards few directions, of
    which many then find no member, and, as every genetic algorithm, is slow where parameters are known only together. A front
    is no posterior.

    Args:
        num_members: N, an even number; there are as many directions as an even spread has, at most N.
        num_generations: how often there are children.
        streams: which streams are set against one another, `prior` among them if wanted; all streams if none is named.
        crossover_index: η of the crossover: the larger, the nearer children stay to a parent.
        mutation_index: η of the mutation.
        checkpoint_every: generations between two checkpoints.

    Source: [deb2014]; [das1998] for the directions.
    """

    name: ClassVar[str] = "nsga3"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.FRONT
    exact: ClassVar[Exact] = Exact.NEVER
    source: ClassVar[str] = "deb2014"
    compiled: ClassVar[bool] = True

    num_members: int = 92
    num_generations: int = 400
    streams: tuple[str, ...] = ()
    crossover_index: float = 30.0
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
        k = found.shape[1]
        # extremes far out, so that the first members take their place
        scale = Scale(jnp.full(k, jnp.inf), jnp.full((k, k), jnp.inf))
        failed = jnp.sum(~jnp.isfinite(found[:, 0]))
        return State(jnp.asarray(0), z, found, scale, jnp.stack([jnp.asarray(num), failed]))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One generation."""
        parent_key, child_key, niche_key = jr.split(key, 3)
        num = len(state.z)
        names = objective_names(problem, self.streams)
        ways = jnp.asarray(directions(len(names), num))
        eta = (self.crossover_index, self.mutation_index)
        born = children(child_key, state.z, jr.permutation(parent_key, num), widths(problem), eta)
        born = jnp.clip(born, *problem.bounds)
        new = objectives(problem, born, names)
        z, found = jnp.concatenate([state.z, born]), jnp.concatenate([state.found, new])
        found = jnp.where(copies(z)[:, None], jnp.inf, found)
        rank = ranks(found)
        ran = rank < len(found)
        scaled, scale = rescaled(found, state.scale, ran, rank == 0)
        which, far = nearest_direction(jnp.where(ran[:, None], scaled, 1.0), ways)
        lives = thinned(niche_key, rank, which, far, num, len(ways))
        kept = jnp.argsort(~lives, stable=True)[:num]
        runs, failed = state.unreported + jnp.stack([jnp.asarray(num), jnp.sum(~jnp.isfinite(new[:, 0]))])
        after = State(state.step + 1, z[kept], found[kept], scale, jnp.zeros_like(state.unreported))
        met = jnp.zeros(len(ways), dtype=bool).at[which].max(lives & ran)
        ideal = jnp.min(after.found, axis=0)
        return after, Info(after.found, ideal, jnp.sum(lives & (rank == 0)), jnp.sum(met), failed, runs, jnp.asarray(0))

    def done(self, state: State) -> bool:
        """After all generations."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Front, tuple[Finding, ...]]:
        """The members that nobody beats."""
        front = front_of(state.z, state.found, objective_names(problem, self.streams))
        return front, front_findings(front, trace)
