"""Differential evolution whose two settings adapt themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Point
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.population import costs, first_population, population_findings
from landpda.methods.optimise.settings_check import need_at_least, need_positive, need_share
from landpda.problem.problem import AbstractProblem, lowest_first

RATE = 0.1  # [zhang2009] c: how fast the two settings follow what succeeded
SPREAD = 0.1  # [zhang2009] how far they are scattered around
FIRST = 0.5  # [zhang2009] of both


class Settings(NamedTuple):
    """What is learnt of the two settings.

    Args:
        factor: location of the factors F.
        crossover: mean of the crossover probabilities CR.
    """

    factor: Float[Array, ""]
    crossover: Float[Array, ""]


def scattered(key: PRNGKeyArray, settings: Settings, num: int) -> tuple[Float[Array, "N"], Float[Array, "N"]]:
    """A factor F > 0, at most 1, from a Cauchy distribution and a probability CR from a normal one, for each member.

    Source: [zhang2009] section III.
    """
    factor_key, crossover_key = jr.split(key)
    nothing = 0.5 - jnp.arctan(settings.factor / SPREAD) / jnp.pi  # the Cauchy distribution's share below 0
    u = nothing + (1.0 - nothing) * jr.uniform(factor_key, (num,), minval=1e-6)
    factor = jnp.clip(settings.factor + SPREAD * jnp.tan(jnp.pi * (u - 0.5)), 0.0, 1.0)
    return factor, jnp.clip(settings.crossover + SPREAD * jr.normal(crossover_key, (num,)), 0.0, 1.0)


def mutants(
    key: PRNGKeyArray, Z: Float[Array, "N n"], past: Float[Array, "N n"], num_past: Int[Array, ""], best: int, factor: Array
) -> Float[Array, "N n"]:
    """Current to one of the best, and along a difference: v = z + F (z_best − z) + F (z_1 − z_2).

    Member 1 is another of the population, member 2 yet another, or one that was replaced earlier.

    Args:
        key: of the choices.
        Z: the population, best first.
        past: members that were replaced.
        num_past: how many of these rows are in use.
        best: how many of the best may lead.
        factor: (N,) F.

    Source: [zhang2009] section III.
    """
    best_key, one_key, two_key = jr.split(key, 3)
    num = len(Z)
    own = jnp.arange(num)
    leads = jr.randint(best_key, (num,), 0, best)
    one = (own + 1 + jr.randint(one_key, (num,), 0, num - 1)) % num
    # any of the others and of the past: those from min(own, one) on are counted one further, from the other on one more
    two = jnp.floor(jr.uniform(two_key, (num,)) * (num - 2 + num_past)).astype(int)
    two = two + (two >= jnp.minimum(own, one))
    two = two + (two >= jnp.maximum(own, one))
    pool = jnp.concatenate([Z, past])
    return Z + factor[:, None] * (Z[leads] - Z + Z[one] - pool[two])


def kept(
    key: PRNGKeyArray,
    past: Float[Array, "N n"],
    num_past: Int[Array, ""],
    Z: Float[Array, "N n"],
    replaced: Bool[Array, "N"],
) -> tuple[Float[Array, "N n"], Int[Array, ""]]:
    """The past with the replaced members in it: in free rows first, then in rows picked at random."""
    num = len(past)
    place = num_past + jnp.cumsum(replaced) - 1
    place = jnp.where(place < num, place, jr.randint(key, (len(Z),), 0, num))
    place = jnp.where(replaced, place, num)  # beyond the end: nothing is written
    return past.at[place].set(Z, mode="drop"), jnp.minimum(num_past + jnp.sum(replaced), num)


def learnt(settings: Settings, factor: Array, crossover: Array, won: Bool[Array, "N"]) -> Settings:
    """The settings moved towards those that succeeded; large factors count for more, as they keep the population apart.

    Source: [zhang2009] section III.
    """
    num = jnp.sum(won)
    some = num > 0
    lehmer = jnp.sum(jnp.where(won, factor**2, 0.0)) / jnp.where(some, jnp.sum(jnp.where(won, factor, 0.0)), 1.0)
    mean = jnp.sum(jnp.where(won, crossover, 0.0)) / jnp.maximum(num, 1)
    moved = Settings((1.0 - RATE) * settings.factor + RATE * lehmer, (1.0 - RATE) * settings.crossover + RATE * mean)
    return Settings(*(jnp.where(some, new, old) for new, old in zip(moved, settings, strict=True)))


class State(NamedTuple):
    """The population, best first.

    Args:
        step: generations done.
        z: (N, n) members.
        cost: (N,) J; infinite where the run failed.
        past: (N, n) members that were replaced.
        num_past: how many rows of these are in use.
        settings: what is learnt of F and CR.
        unreported: runs and failures that the next Info will count.
    """

    step: Int[Array, ""]
    z: Float[Array, "N n"]
    cost: Float[Array, "N"]
    past: Float[Array, "N n"]
    num_past: Int[Array, ""]
    settings: Settings
    unreported: Int[Array, "2"]


class Info(NamedTuple):
    """One generation.

    Args:
        z: (N, n) members, best first.
        cost: (N,) J of each.
        lowest: J of the best.
        factor: location of the factors F.
        crossover: mean of the crossover probabilities CR.
        improved: members that were replaced by a better one.
        failed: runs that failed.
        runs: model runs.
        gradients: none.
    """

    z: Float[Array, "N n"]
    cost: Float[Array, "N"]
    lowest: Float[Array, ""]
    factor: Float[Array, ""]
    crossover: Float[Array, ""]
    improved: Int[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class DifferentialEvolution(Method):
    """A population that moves along differences of its own members, and so takes on the scales and directions of the cost.

    Needs model runs only. Gives the best point; the trace's last `z` and `cost` hold the whole population, from which
    samplers can begin. Costs num_members runs a generation, side by side: num_members·(num_generations + 1) runs, fewer where
    the population comes together before. How far members go and how many elements change adapts by what succeeds. Fails where
    the population is small: with fewer than about 5n members it comes together before it has found the valley. It is the one
    to begin with among the searches that only run the model.

    Args:
        num_members: N.
        num_generations: most generations.
        best_share: [1] share of the members that may lead the others.
        tolerance: [log units] the search ends where the costs of all members lie within this.
        checkpoint_every: generations between two checkpoints.

    Source: [storn1997]; [zhang2009] for the adaptation, with the archive of members that were replaced.
    """

    name: ClassVar[str] = "differential_evolution"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.POINT
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "storn1997"
    compiled: ClassVar[bool] = True

    num_members: int = 128
    num_generations: int = 800
    best_share: float = 0.1
    tolerance: float = 1e-10
    checkpoint_every: int = 20

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 5, "num_members")
        need_at_least(self, 1, "num_generations", "checkpoint_every")
        need_share(self, "best_share")
        need_positive(self, "tolerance")

    @property
    def chunk(self) -> int:
        """Generations between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Most generations: whole checkpoints."""
        return self.chunk * math.ceil(self.num_generations / self.chunk)

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Draws from the prior.

        Raises:
            RunFailed: the model runs at none of them.
        """
        z, cost = first_population(problem, key, self.num_members)
        order = lowest_first(cost)
        first = Settings(jnp.asarray(FIRST), jnp.asarray(FIRST))
        unreported = jnp.stack([jnp.asarray(self.num_members), jnp.sum(~jnp.isfinite(cost))])
        return State(jnp.asarray(0), z[order], cost[order], jnp.zeros_like(z), jnp.asarray(0), first, unreported)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One generation."""
        settings_key, mutant_key, cross_key, keep_key = jr.split(key, 4)
        num, n = state.z.shape
        factor, crossover = scattered(settings_key, state.settings, num)
        best = max(2, round(self.best_share * num))
        trial = mutants(mutant_key, state.z, state.past, state.num_past, best, factor)
        low, high = problem.bounds
        # half-way to a bound that it would cross [zhang2009]
        trial = jnp.where(trial < low, 0.5 * (low + state.z), jnp.where(trial > high, 0.5 * (high + state.z), trial))
        u, always = jr.uniform(cross_key, (num, n)), jr.randint(jr.fold_in(cross_key, 1), (num, 1), 0, n)
        trial = jnp.where((u < crossover[:, None]) | (jnp.arange(n) == always), trial, state.z)
        cost = costs(problem, trial)
        won = cost < state.cost
        past, num_past = kept(keep_key, state.past, state.num_past, state.z, won & jnp.isfinite(state.cost))
        z, lowest = jnp.where(won[:, None], trial, state.z), jnp.where(won, cost, state.cost)
        order = lowest_first(lowest)
        runs, failed = state.unreported + jnp.stack([jnp.asarray(num), jnp.sum(~jnp.isfinite(cost))])
        settings = learnt(state.settings, factor, crossover, won)
        nothing = jnp.zeros_like(state.unreported)
        after = State(state.step + 1, z[order], lowest[order], past, num_past, settings, nothing)
        return after, Info(after.z, after.cost, after.cost[0], *settings, jnp.sum(won), failed, runs, jnp.asarray(0))

    def done(self, state: State) -> bool:
        """After all generations, or where the population has come together."""
        together = float(jnp.max(state.cost) - state.cost[0]) < self.tolerance
        return int(state.step) >= self.num_steps or together

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Point, tuple[Finding, ...]]:
        """The best member."""
        del problem
        return Point(state.z[0], state.cost[0]), population_findings(trace, trace["lowest"])
