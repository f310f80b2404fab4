"""DREAM(zs): many Markov chains that learn their jumps from an archive of past states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import RunFailed, StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import burn_in
from landpda.methods.sample.archive import Archive, new_archive, pick_rows, remember
from landpda.methods.sample.burn_in import JumpKinds
from landpda.methods.sample.chain_findings import chain_findings, fold_circular
from landpda.methods.sample.dream_luck import Luck, draw_luck
from landpda.methods.sample.dream_moves import Proposal, parallel_direction, pick_kind, snooker, whole_jump, within
from landpda.methods.sample.frame import Frame, frame_of
from landpda.methods.sample.natural import natural
from landpda.problem.problem import AbstractProblem

STARTING_ROWS = 10
"""Rows per element that the archive starts with: m0 = 10 d [vrugt2016, table 1]."""
STEPS_PER_FRAME = 5
"""Steps of burn-in between two looks at the archive's axes: each costs as much as a generation of a fast model."""
UNDISTURBED = 0.1
"""Share of the burn-in before lost chains are looked for: all are far away at first."""


class DreamState(NamedTuple):
    """What the next step needs.

    Args:
        step: steps done, of `thin` generations each.
        u: (C, n) where the chains are, in natural coordinates.
        log_density: (C,) there, per unit of u.
        archive: past states of all chains.
        frame: axes along which the archive is independent; as they were when burn-in ended.
        kinds: how far chains got with each kind of jump; as it was when burn-in ended.
        late_log_density: (C,) mean log density of each chain, later steps weighing more.
    """

    step: Int[Array, ""]
    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    archive: Archive
    frame: Frame
    kinds: JumpKinds
    late_log_density: Float[Array, "C"]


class DreamInfo(NamedTuple):
    """What a reader wants to see of a step.

    Args:
        z: (C, n) control vectors where the chains are after the step.
        log_density: (C,) there, per unit of z.
        acceptance: share of the step's proposals that were accepted.
        lost: chains that were moved to another chain's place (burn-in only).
        kinds: (K,) probability of each kind of jump.
        runs: model runs.
        gradients: none.
    """

    z: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    acceptance: Float[Array, ""]
    lost: Int[Array, ""]
    kinds: Float[Array, "K"]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class Walk(NamedTuple):
    """What the generations of one step hand on: places, densities, jumps counted, proposals accepted."""

    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    kinds: JumpKinds
    accepted: Int[Array, ""]


class Move(NamedTuple):
    """A generation's proposals: where to, whether inside the bounds, by which kind of jump, and whether that counts."""

    proposal: Proposal
    inside: Bool[Array, "C"]
    kind: Int[Array, "C"]
    counts: Bool[Array, "C"]


class DreamZS(Method):
    """DREAM(zs): many chains jump along differences of past states, so that jumps learn the posterior's scales and directions.

    Needs model runs only, no gradient, and takes posteriors that are skewed, correlated or have several modes. Gives samples.
    Costs `num_chains` · `num_generations` runs, which are asked for `num_chains` at a time: chains propose from the archive and
    not from each other, so a block of members costs what one chain would.

    Burn-in is where the chains adapt: the kinds of jump are weighted by how far they carry, the axes along which jumps are cut
    follow the archive, chains stuck where there is no mass are put where another chain is, the archive forgets its oldest
    states. All of that then stops, and only draws made after it are kept; the archive goes on as a fair sample of the past,
    which changes by ever less per generation, so that the kept draws follow the posterior in the limit (diminishing adaptation
    [roberts2007]).

    Fails when the burn-in is too short for the chains to reach the posterior, which R-hat in its findings shows, or when no
    start was near a mode, which nothing shows. Use a method with gradients for a smooth posterior in more than about 20
    dimensions.

    Departures from the papers. Crossover picks axes of a `Frame` and not parameters, and may pick a single one: where many
    parameters are bounded or bent, jumps in all directions at once are hardly ever accepted ([guo2015] for the idea, in
    differential evolution). The jump rate has several scales. γ = 1 is a move of its own, in all elements. Chains walk in the
    priors' natural coordinates (see `Natural`). On two DALEC posteriors the four together give three times the effective draws.
    In burn-in only: the archive slides; a chain counts as lost only if it is also 10 + n log units below the others (see
    `burn_in.lost_chains`) and takes the place of any other chain, not of the best; statistics of jumps fade.

    Args:
        num_chains: chains C.
        num_generations: proposals per chain, rounded up to whole checkpoints.
        thin: generations per step; every thin-th state is kept and offered to the archive (K in the papers).
        burn_in: [1] share of the generations that is dropped.
        max_pairs: most pairs δ of past states in one jump.
        snooker: [1] share of snooker moves.
        whole_jumps: [1] share of jumps with γ = 1, from mode to mode.
        num_crossover: number nCR of crossover values, from 1/n to 1.
        jump_scales: [1] factors on the jump rate γ (β0 in the paper, which has one).
        archive_size: states that the archive holds, at least.
        checkpoint_every: steps between two checkpoints.
        starts: (S, n) points from which chains start, picked at random; they are also the archive's first rows, filled up to
            10 n with prior draws. Without rows all are prior draws. See `starting_points.around_optima`.

    Source: [vrugt2016], [laloy2012], [terbraak2008] for the snooker.
    """

    name: ClassVar[str] = "dream_zs"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "vrugt2016"
    compiled: ClassVar[bool] = True

    num_chains: int = 64
    num_generations: int = 20_000
    thin: int = 10
    burn_in: float = 0.5
    max_pairs: int = 3
    snooker: float = 0.1
    whole_jumps: float = 0.1
    num_crossover: int = 3
    jump_scales: tuple[float, ...] = (1.0, 0.5, 0.2)
    archive_size: int = 4_000
    checkpoint_every: int = 20
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = ("num_chains", "num_generations", "thin", "max_pairs", "num_crossover", "archive_size", "checkpoint_every")
        for name in whole:
            if getattr(self, name) < 1:
                raise StudyError(
                    f"dream_zs was given {name}: {getattr(self, name)}.", "It must be at least 1.", "Give 1 or more."
                )
        for name in ("burn_in", "snooker", "whole_jumps"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise StudyError(f"dream_zs was given {name}: {getattr(self, name)}.", "It is a share.", "Give 0 to below 1.")

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

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> DreamState:
        """Chains at the starts, or at prior draws; the archive filled with more of them.

        Raises:
            RunFailed: the model fails at every start.
            StudyError: the starts are not of the problem's length.
        """
        pool_key, start_key, spare_key = jr.split(key, 3)
        pool = self._pool(pool_key, problem)
        choices = self.starts if len(self.starts) else pool
        # every start is used once before any is used twice
        order = jnp.argsort(jr.uniform(start_key, (len(choices),)))
        seen = natural(problem)
        u = seen.from_control(choices[order[jnp.arange(self.num_chains) % len(choices)]])
        log_density = seen.inner.log_density_ensemble(u)
        failed = ~jnp.isfinite(log_density)
        if not isinstance(failed, Tracer) and bool(jnp.all(failed)):
            raise RunFailed(
                f"{self.num_chains} chains were to start.",
                "The model gave no usable answer at any of their starts.",
                "Check the priors with a prior run (landpda check), or narrow them.",
            )
        archive = new_archive(seen.from_control(pool), max(self.archive_size, len(pool), self.num_chains))
        place = burn_in.rescue(jr.uniform(spare_key, failed.shape), failed)
        return DreamState(
            step=jnp.asarray(0),
            u=u[place],
            log_density=log_density[place],
            archive=archive,
            frame=frame_of(archive),
            kinds=burn_in.new_kinds(self.num_crossover * len(self.jump_scales)),
            late_log_density=log_density[place],
        )

    def step(self, key: PRNGKeyArray, state: DreamState, problem: AbstractProblem) -> tuple[DreamState, DreamInfo]:
        """`thin` generations, then the archive is told, and in burn-in lost chains are moved."""
        walk_key, late_key = jr.split(key)
        archive_luck, rescue_luck = jr.uniform(late_key, (2, self.num_chains))
        seen = natural(problem)
        first = Walk(state.u, state.log_density, burn_in.forget(state.kinds), jnp.asarray(0))
        walk = self._generations(walk_key, first, state, seen.inner)
        burning = state.step < self.burn_in_steps
        late = burn_in.late_mean(state.late_log_density, walk.log_density, state.step)
        lost = burn_in.lost_chains(late, problem.n) & burning & (state.step >= UNDISTURBED * self.burn_in_steps)
        place = burn_in.rescue(rescue_luck, lost)
        u, log_density = walk.u[place], walk.log_density[place]
        archive = remember(archive_luck, state.archive, u, burning)
        after = DreamState(
            step=state.step + 1,
            u=u,
            log_density=log_density,
            archive=archive,
            frame=_followed(burning & (state.step % STEPS_PER_FRAME == 0), archive, state.frame),
            kinds=jax.tree.map(lambda new, old: jnp.where(burning, new, old), walk.kinds, state.kinds),
            late_log_density=late[place],
        )
        # the starts were run too, before the first step
        runs = self.num_chains * (self.thin + (state.step == 0))
        acceptance = walk.accepted / (self.num_chains * self.thin)
        z = seen.to_control(u)
        return after, DreamInfo(
            z=z,
            log_density=seen.log_density_of_control(log_density, u, z),
            acceptance=acceptance,
            lost=jnp.sum(lost),
            kinds=state.kinds.probability,
            runs=jnp.asarray(runs),
            gradients=jnp.asarray(0),
        )

    def done(self, state: DreamState) -> bool:
        """After all generations."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: DreamState, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The states after burn-in, with what the chains say of themselves."""
        kept = slice(self.burn_in_steps, None)
        samples = Samples(jnp.asarray(np.swapaxes(trace["z"][kept], 0, 1)), jnp.asarray(trace["log_density"][kept].T))
        samples = fold_circular(samples, problem)
        findings = chain_findings(np.asarray(samples.draws), problem.names, float(np.mean(trace["acceptance"][kept])))
        return samples, (*findings, *_rescued(int(np.sum(trace["lost"]))))

    def _pool(self, key: PRNGKeyArray, problem: AbstractProblem) -> Float[Array, "N n"]:
        if len(self.starts) and self.starts.shape[1:] != (problem.n,):
            raise StudyError(
                f"dream_zs was given starts of shape {self.starts.shape}.",
                f"The problem has {problem.n} elements: {', '.join(problem.names[:12])}.",
                "Give one row for each start, with one number for each element.",
            )
        at_least = max(STARTING_ROWS * problem.n, self.num_chains)
        prior = problem.initial_ensemble(key, at_least)
        return jnp.concatenate([self.starts, prior[: max(at_least - len(self.starts), 0)]]) if len(self.starts) else prior

    def _generations(self, key: PRNGKeyArray, walk: Walk, state: DreamState, problem: AbstractProblem) -> Walk:
        def generation(walk: Walk, luck: Luck) -> tuple[Walk, None]:
            move = _propose(self, luck, walk.u, state, problem.bounds)
            log_density = problem.log_density_ensemble(move.proposal.z)
            return _accept(luck, walk, move, log_density, state.frame), None

        luck = draw_luck(key, self.thin, self.num_chains, problem.n, self.max_pairs)
        if problem.traceable:
            return jax.lax.scan(generation, walk, luck)[0]
        for k in range(self.thin):
            walk, _ = generation(walk, jax.tree.map(lambda field, k=k: field[k], luck))
        return walk


@eqx.filter_jit
def _followed(now: Bool[Array, ""], archive: Archive, frame: Frame) -> Frame:
    """The frame of the archive, if it is to follow now; else the one so far."""
    return jax.lax.cond(now, lambda: frame_of(archive), lambda: frame)


@eqx.filter_jit
def _propose(
    method: DreamZS, luck: Luck, u: Float[Array, "C n"], state: DreamState, bounds: tuple[Float[Array, "n"], Float[Array, "n"]]
) -> Move:
    kind = pick_kind(luck, state.kinds.probability, method.num_crossover, method.jump_scales)
    past = pick_rows(luck.rows, state.archive)
    straight = parallel_direction(luck, u, state.archive, state.frame, kind, past)
    whole, along = whole_jump(luck, u, state.archive, past), snooker(luck, u, state.archive)
    is_snooker, is_whole = luck.move < method.snooker, luck.move >= 1.0 - method.whole_jumps
    proposal = Proposal(
        jnp.where(is_snooker[:, None], along.z, jnp.where(is_whole[:, None], whole.z, straight.z)),
        jnp.where(is_snooker, along.log_correction, 0.0),
    )
    return Move(*within(proposal, u, bounds, ~is_snooker), kind.number, ~is_snooker & ~is_whole)


@eqx.filter_jit
def _accept(luck: Luck, walk: Walk, move: Move, log_density: Float[Array, "C"], frame: Frame) -> Walk:
    """Metropolis: a failed run (−∞, or NaN from a problem that does not keep its word) is never accepted."""
    usable = move.inside & (log_density > -jnp.inf)
    log_ratio = log_density - walk.log_density + move.proposal.log_correction
    accepted = usable & (jnp.log(luck.accept) < log_ratio)
    u = jnp.where(accepted[:, None], move.proposal.z, walk.u)
    kinds = burn_in.count_jumps(walk.kinds, move.kind, move.counts, (u - walk.u) @ frame.inverse.T)
    return Walk(u, jnp.where(accepted, log_density, walk.log_density), kinds, walk.accepted + jnp.sum(accepted))


def _rescued(num: int) -> tuple[Finding, ...]:
    if not num:
        return ()
    sentence = f"{num} times in burn-in, a chain stuck far below the others was put where another chain was."
    return (Finding("note", "convergence", sentence),)
