"""A genetic algorithm for real numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.population import costs, first_population, population_findings, widths
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.methods.optimise.variation import children, copies, tournament
from landpda.problem.problem import AbstractProblem, lowest_first


class State(NamedTuple):
    """The population, best first.

    Args:
        step: generations done.
        z: (N, n) members.
        cost: (N,) J; infinite where the run failed.
        unreported: runs and failures that the next Info will count.
    """

    step: Int[Array, ""]
    z: Float[Array, "N n"]
    cost: Float[Array, "N"]
    unreported: Int[Array, "2"]


class Info(NamedTuple):
    """One generation.

    Args:
        z: (N, n) the members that live on, best first.
        cost: (N,) J of each.
        lowest: J of the best.
        failed: runs that failed.
        runs: model runs.
        gradients: none.
    """

    z: Float[Array, "N n"]
    cost: Float[Array, "N"]
    lowest: Float[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class Genetic(Method):
    """A population whose better members have children: crossed of two parents, mutated a little, kept if they are better.

    Needs model runs only. Gives the best point; the trace's last `z` and `cost` hold the whole population, from which
    samplers can begin. Costs num_members runs a generation, side by side: num_members·(num_generations + 1) runs. Parents win
    a tournament of two; of parents and children together the better half lives on, so that the lowest cost never rises. Fails
    where parameters are known only together: crossover takes each element from either parent, which leaves a narrow ridge.
    There differential_evolution and cma_es, which learn the ridge, come much lower with the same runs. Use it to compare with
    studies that did; with a gradient, use levenberg_marquardt.

    Args:
        num_members: N, an even number.
        num_generations: how often there are children.
        crossover_index: η of the crossover: the larger, the nearer children stay to a parent.
        mutation_index: η of the mutation: a mutation is of about the width of the search divided by it.
        checkpoint_every: generations between two checkpoints.

    Source: [deb1995] for the crossover; [deb1996] for the mutation.
    """

    name: ClassVar[str] = "genetic"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "deb1995"
    compiled: ClassVar[bool] = True

    num_members: int = 128
    num_generations: int = 400
    crossover_index: float = 5.0
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
        """
        z, cost = first_population(problem, key, self.num_members + self.num_members % 2)
        order = lowest_first(cost)
        failed = jnp.sum(~jnp.isfinite(cost))
        return State(jnp.asarray(0), z[order], cost[order], jnp.stack([jnp.asarray(len(z)), failed]))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One generation."""
        parent_key, child_key = jr.split(key)
        num = len(state.z)
        parents = tournament(parent_key, state.cost[:, None] < state.cost[None, :], num)
        eta = (self.crossover_index, self.mutation_index)
        born = jnp.clip(children(child_key, state.z, parents, widths(problem), eta), *problem.bounds)
        cost = costs(problem, born)
        z, both = jnp.concatenate([state.z, born]), jnp.concatenate([state.cost, cost])
        both = jnp.where(copies(z), jnp.inf, both)
        order = lowest_first(both)[:num]
        runs, failed = state.unreported + jnp.stack([jnp.asarray(num), jnp.sum(~jnp.isfinite(cost))])
        after = State(state.step + 1, z[order], both[order], jnp.zeros_like(state.unreported))
        return after, Info(after.z, after.cost, after.cost[0], failed, runs, jnp.asarray(0))

    def done(self, state: State) -> bool:
        """After all generations."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best member."""
        del problem
        return Point(state.z[0], state.cost[0]), population_findings(trace, trace["lowest"])
