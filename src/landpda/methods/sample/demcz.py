"""DE-MC(z): differential evolution Markov chains that jump along differences of past states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import many_chains
from landpda.methods.sample.archive import Archive, new_archive, pick_rows, remember
from landpda.methods.sample.dream_luck import Luck, between, draw_luck
from landpda.methods.sample.dream_moves import JITTER, JUMP_RATE, Proposal, snooker, within
from landpda.methods.sample.natural import natural
from landpda.problem.problem import AbstractProblem


def parallel_jump(luck: Luck, u: Float[Array, "C n"], archive: Archive, rate: Float[Array, "C"]) -> Proposal:
    """Jumps u + γ (a − b) + ε along the difference of two past states a and b; symmetric.

    Source: [terbraak2008] eq. 2, there z_R1, z_R2; ε is uniform and not normal.
    """
    past = pick_rows(luck.rows, archive)
    jump = rate[:, None] * (past[:, 0] - past[:, 1]) + between(luck.jitter, -JITTER, JITTER)
    return Proposal(u + jump, jnp.zeros(len(u)))


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: steps done, of `thin` generations each.
        u: (C, n) where the chains are, in natural coordinates.
        log_density: (C,) there, per unit of u.
        archive: past states of all chains (Z in the paper).
    """

    step: Int[Array, ""]
    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    archive: Archive


class Info(NamedTuple):
    """What a reader wants to see of a step.

    Args:
        z: (C, n) control vectors where the chains are after the step.
        log_density: (C,) there, per unit of z.
        acceptance: share of the step's proposals that were accepted.
        runs: model runs.
        gradients: none.
    """

    z: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    acceptance: Float[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class Walk(NamedTuple):
    """What the generations of one step hand on."""

    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    accepted: Int[Array, ""]


class DEMCz(Method):
    """DE-MC(z): chains jump by the difference of two past states of any chain, so that jumps have the posterior's shape.

    Needs model runs only, no gradient. Gives samples. Costs `num_chains` · `num_generations` runs, asked for `num_chains` at a
    time. The forerunner of `dream_zs`, without its subsets of directions, its several scales and its rescue of lost chains:
    with fewer settings, and as good in a few dimensions, also with several modes. Fails in tens of dimensions or on bent
    ridges, where jumps of all elements at once are hardly ever accepted, and when the burn-in is too short: R-hat in the
    findings shows both.

    Departures from the paper: chains walk in the priors' natural coordinates (see `Natural`); the archive has a fixed size,
    lets go of its oldest states in burn-in, and is a fair sample of the past after it.

    Args:
        num_chains: chains C (N in the paper, where three do; more run as fast side by side).
        num_generations: proposals per chain, rounded up to whole checkpoints.
        thin: generations per step; every thin-th state is kept and offered to the archive (K in the paper).
        burn_in: [1] share of the generations that is dropped.
        snooker: [1] share of snooker moves.
        whole_jumps: [1] share of jumps with γ = 1, from mode to mode.
        archive_size: states that the archive holds, at least.
        checkpoint_every: steps between two checkpoints.
        starts: (S, n) points from which chains start, and the archive's first rows, filled up to 10 n with prior draws.

    Source: [terbraak2008].
    """

    name: ClassVar[str] = "demcz"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "terbraak2008"
    compiled: ClassVar[bool] = True

    num_chains: int = 64
    num_generations: int = 20_000
    thin: int = 10
    burn_in: float = 0.5
    snooker: float = 0.1
    whole_jumps: float = 0.1
    archive_size: int = 4_000
    checkpoint_every: int = 20
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = ("num_chains", "num_generations", "thin", "archive_size", "checkpoint_every")
        shares = ("burn_in", "snooker", "whole_jumps")
        many_chains.refuse(
            self.name, {name: getattr(self, name) for name in whole}, {name: getattr(self, name) for name in shares}
        )

    @property
    def chunk(self) -> int:
        """Steps between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Steps in all: whole checkpoints."""
        return self.chunk * math.ceil(self.num_generations / (self.thin * self.chunk))

    @property
    def burn_in_steps(self) -> int:
        """Steps that are dropped."""
        return math.ceil(self.burn_in * self.num_steps)

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Chains at the starts, or at prior draws; the archive filled with more of them.

        Raises:
            RunFailed: the model fails at every start.
            StudyError: the starts are not of the problem's length.
        """
        pool_key, start_key = jr.split(key)
        many_chains.check_starts(self.name, self.starts, problem)
        seen = natural(problem)
        pool = seen.from_control(many_chains.starting_pool(pool_key, problem, self.num_chains, self.starts))
        choices = seen.from_control(self.starts) if len(self.starts) else pool
        u = many_chains.picked(start_key, choices, self.num_chains)
        log_density = seen.inner.log_density_ensemble(u)
        place = many_chains.standing(log_density)
        archive = new_archive(pool, max(self.archive_size, len(pool), self.num_chains))
        return State(jnp.asarray(0), u[place], log_density[place], archive)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """`thin` generations, then the archive is told."""
        walk_key, late_key = jr.split(key)
        seen = natural(problem)
        first = Walk(state.u, state.log_density, jnp.asarray(0))
        walk = self._generations(walk_key, first, state.archive, seen.inner)
        burning = state.step < self.burn_in_steps
        archive = remember(jr.uniform(late_key, (self.num_chains,)), state.archive, walk.u, burning)
        z = seen.to_control(walk.u)
        return State(state.step + 1, walk.u, walk.log_density, archive), Info(
            z=z,
            log_density=seen.log_density_of_control(walk.log_density, walk.u, z),
            acceptance=walk.accepted / (self.num_chains * self.thin),
            # the starts were run too, before the first step
            runs=jnp.asarray(self.num_chains * (self.thin + (state.step == 0))),
            gradients=jnp.asarray(0),
        )

    def done(self, state: State) -> bool:
        """After all generations."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The states after burn-in, with what the chains say of themselves."""
        del state
        return many_chains.kept_samples(trace, self.burn_in_steps, problem)

    def _generations(self, key: PRNGKeyArray, walk: Walk, archive: Archive, problem: AbstractProblem) -> Walk:
        def generation(walk: Walk, luck: Luck) -> tuple[Walk, None]:
            proposal, inside = _propose(self, luck, walk.u, archive, problem.bounds)
            return _accept(luck, walk, proposal, inside, problem.log_density_ensemble(proposal.z)), None

        luck = draw_luck(key, self.thin, self.num_chains, problem.n, max_pairs=1)
        if problem.traceable:
            return jax.lax.scan(generation, walk, luck)[0]
        for k in range(self.thin):
            walk, _ = generation(walk, jax.tree.map(lambda field, k=k: field[k], luck))
        return walk


@eqx.filter_jit
def _propose(
    method: DEMCz, luck: Luck, u: Float[Array, "C n"], archive: Archive, bounds: tuple[Float[Array, "n"], Float[Array, "n"]]
) -> tuple[Proposal, Bool[Array, "C"]]:
    is_snooker, is_whole = luck.move < method.snooker, luck.move >= 1.0 - method.whole_jumps
    straight = parallel_jump(luck, u, archive, jnp.where(is_whole, 1.0, JUMP_RATE / math.sqrt(2.0 * u.shape[1])))
    along = snooker(luck, u, archive)
    proposal = Proposal(jnp.where(is_snooker[:, None], along.z, straight.z), jnp.where(is_snooker, along.log_correction, 0.0))
    return within(proposal, u, bounds, ~is_snooker)


@eqx.filter_jit
def _accept(luck: Luck, walk: Walk, proposal: Proposal, inside: Bool[Array, "C"], log_density: Float[Array, "C"]) -> Walk:
    """Metropolis: a failed run (−∞, or NaN from a problem that does not keep its word) is never accepted."""
    log_ratio = log_density - walk.log_density + proposal.log_correction
    accepted = inside & (log_density > -jnp.inf) & (jnp.log(luck.accept) < log_ratio)
    u = jnp.where(accepted[:, None], proposal.z, walk.u)
    return Walk(u, jnp.where(accepted, log_density, walk.log_density), walk.accepted + jnp.sum(accepted))
