"""One generation of DREAM(zs): plan, propose, accept."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from landpda.methods.sample.archive import Archive, pick_rows
from landpda.methods.sample.burn_in import JumpKinds, count_jumps
from landpda.methods.sample.dream_luck import Luck
from landpda.methods.sample.dream_moves import Proposal, parallel_direction, pick_kind, snooker, whole_jump, within
from landpda.methods.sample.frame import Frame


class Shares(NamedTuple):
    """Settings that say which moves are made how often; see `DreamZS`."""

    snooker: float
    whole_jumps: float
    num_crossover: int
    jump_scales: tuple[float, ...]


class Walk(NamedTuple):
    """What the generations of one step hand on: places, densities, jumps counted, proposals accepted."""

    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    kinds: JumpKinds
    accepted: Int[Array, ""]


class Plan(NamedTuple):
    """What is settled of a step's generations before they begin; the generation is the first axis of every field.

    Args:
        jump: (G, C, n) by how much each chain would move, if not by the snooker.
        is_snooker: (G, C) whether it moves by the snooker.
        past: (G, C, 3, n) past states for the snooker.
        kind: (G, C) number of the kind of jump.
        counts: (G, C) whether the jump is of that kind: not a whole jump, not the snooker.
        luck: what chance decides later.
    """

    jump: Float[Array, "G C n"]
    is_snooker: Bool[Array, "G C"]
    past: Float[Array, "G C 3 n"]
    kind: Int[Array, "G C"]
    counts: Bool[Array, "G C"]
    luck: Luck


@eqx.filter_jit
def plan_step(luck: Luck, archive: Archive, frame: Frame, probability: Float[Array, "K"], shares: Shares) -> Plan:
    """All moves of a step, as far as they do not depend on where the chains are.

    Args:
        luck: of the step's generations.
        archive: past states.
        frame: axes along which jumps are cut.
        probability: (K,) of each kind of jump.
        shares: settings of the method.
    """
    kind = pick_kind(luck, probability, shares.num_crossover, shares.jump_scales)
    is_snooker, is_whole = luck.move < shares.snooker, luck.move >= 1.0 - shares.whole_jumps
    straight = parallel_direction(luck, archive, frame, kind)
    return Plan(
        jump=jnp.where(is_whole[..., None], whole_jump(luck, archive), straight),
        is_snooker=is_snooker,
        past=pick_rows(luck.snooker_rows, archive),
        kind=kind.number,
        counts=~is_snooker & ~is_whole,
        luck=luck,
    )


@eqx.filter_jit
def propose(
    plan: Plan, u: Float[Array, "C n"], bounds: tuple[Float[Array, "n"], Float[Array, "n"]]
) -> tuple[Proposal, Bool[Array, "C"]]:
    """Where the chains would go, and whether that lies within the bounds."""
    along = snooker(plan.luck.snooker_rate, u, plan.past)
    proposal = Proposal(
        jnp.where(plan.is_snooker[:, None], along.z, u + plan.jump), jnp.where(plan.is_snooker, along.log_correction, 0.0)
    )
    return within(proposal, u, bounds, ~plan.is_snooker)


@eqx.filter_jit
def accept(
    plan: Plan, walk: Walk, proposal: Proposal, usable: Bool[Array, "C"], log_density: Float[Array, "C"], frame: Frame
) -> Walk:
    """Metropolis: what is not usable, a failed run or a place outside the bounds, is never accepted."""
    log_ratio = log_density - walk.log_density + proposal.log_correction
    accepted = usable & (jnp.log(plan.luck.accept) < log_ratio)
    u = jnp.where(accepted[:, None], proposal.z, walk.u)
    kinds = count_jumps(walk.kinds, plan.kind, plan.counts, (u - walk.u) @ frame.inverse.T)
    return Walk(u, jnp.where(accepted, log_density, walk.log_density), kinds, walk.accepted + jnp.sum(accepted))
