"""The two moves of DREAM(zs): along differences of past states, and along the line to a past state.

Symbols: δ pairs, d' elements that move, γ jump rate, CR crossover value; the archive is Z in the papers, past states here.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from landpda.methods.sample.archive import Archive, pick_rows
from landpda.methods.sample.dream_luck import Luck, between, pick

JUMP_RATE = 2.38
"""The scale that is best for a Gaussian target in many dimensions [roberts2001]; divided by √(2 δ d')."""
WHOLE_JUMP_PROBABILITY = 0.2
"""How often γ = 1, which takes a chain from one mode to another in one jump: every fifth generation [vrugt2016]."""
JUMP_FRACTIONS = (1.0, 0.5, 0.2, 0.08)
"""[1] of γ, chosen with equal chances: the factor β0 of [vrugt2016], there one number to be set by hand below 1 where few proposals
are accepted. A curved ridge wants short jumps in one place and long ones in another; a mixture stays symmetric and has nothing to
tune. On DALEC it takes the acceptance from 2 to 20 %, and the excess of R-hat after 8000 generations from 0.9 to 0.6."""
STRETCH = 0.1
"""Jumps are stretched by 1 + e, e ~ U(−0.1, 0.1) [vrugt2016, there λ and c]."""
JITTER = 1e-6
"""[1] ends of the uniform noise that lets a chain reach every point; small against any posterior in the control space."""
SNOOKER_RATES = (1.2, 2.2)
"""γ of the snooker move is uniform between these [terbraak2008]."""


class Proposal(NamedTuple):
    """Where chains would go.

    Args:
        z: (C, n) proposed states.
        log_correction: (C,) what to add to the log density ratio, because the move is not symmetric.
    """

    z: Float[Array, "C n"]
    log_correction: Float[Array, "C"]


def parallel_direction(luck: Luck, z: Float[Array, "C n"], archive: Archive, crossover: Float[Array, "C"]) -> Proposal:
    """Jumps z + (1 + e) γ Σ_k (a_k − b_k) + ε in a random subset of the elements; symmetric.

    The past states a_k, b_k come in δ pairs, δ uniform in 1 … P. Each element moves with probability CR, at least one does.
    e is one number for a jump, as in the published listing (algorithm 5) and unlike its eq. 24: a number for each element would
    turn the jump out of its direction, which costs a strongly correlated posterior nine tenths of its effective sample size.

    Args:
        luck: of this generation.
        z: (C, n) present states.
        archive: past states.
        crossover: (C,) CR of each chain.

    Source: [vrugt2016] eqs 21–24; [laloy2012].
    """
    max_pairs = luck.rows.shape[-1] // 2
    pairs = 1 + pick(luck.pairs, max_pairs)[:, None]
    past = pick_rows(luck.rows, archive)
    used = jnp.arange(max_pairs) < pairs
    direction = jnp.einsum("ck,ckn->cn", used.astype(z.dtype), past[:, :max_pairs] - past[:, max_pairs:])
    moving = _subset(luck, crossover)
    rate = JUMP_RATE / jnp.sqrt(2.0 * pairs * jnp.sum(moving, axis=1, keepdims=True))
    rate = jnp.where(luck.rate[:, None] < WHOLE_JUMP_PROBABILITY, 1.0, rate * _fraction(luck.rate)[:, None])
    stretch = between(luck.stretch[:, None], 1.0 - STRETCH, 1.0 + STRETCH)
    jump = stretch * rate * direction + between(luck.jitter, -JITTER, JITTER)
    return Proposal(z + jnp.where(moving, jump, 0.0), jnp.zeros(len(z)))


def _fraction(u: Float[Array, "C"]) -> Float[Array, "C"]:
    """The fraction of γ that each chain uses: one of `JUMP_FRACTIONS`, from the part of u that did not choose γ = 1."""
    share = (u - WHOLE_JUMP_PROBABILITY) / (1.0 - WHOLE_JUMP_PROBABILITY)
    return jnp.asarray(JUMP_FRACTIONS)[jnp.clip(pick(share, len(JUMP_FRACTIONS)), 0, len(JUMP_FRACTIONS) - 1)]


def _subset(luck: Luck, crossover: Float[Array, "C"]) -> Bool[Array, "C n"]:
    """Which elements move: each with probability CR, and where that chose none, one."""
    chosen = luck.subset < crossover[:, None]
    n = chosen.shape[1]
    forced = pick(luck.forced, n)[:, None] == jnp.arange(n)
    return chosen | (forced & ~jnp.any(chosen, axis=1, keepdims=True))


def snooker(luck: Luck, z: Float[Array, "C n"], archive: Archive) -> Proposal:
    """Jumps on the line through z and a past state a, by γ times the difference of two past states projected on it.

    Points of that line near a are fewer than those far from it, hence the correction (n − 1) log(|z_p − a| / |z − a|).

    Args:
        luck: of this generation.
        z: (C, n) present states.
        archive: past states.

    Source: [terbraak2008] eqs 3–4.
    """
    past = pick_rows(luck.snooker_rows, archive)
    line = z - past[:, 0]
    length = jnp.linalg.norm(line, axis=1, keepdims=True)
    # a chain that stands on the past state has no line to move on and stays
    on_it = length == 0.0
    unit = line / jnp.where(on_it, 1.0, length)
    rate = between(luck.snooker_rate[:, None], *SNOOKER_RATES)
    shift = rate * jnp.sum((past[:, 1] - past[:, 2]) * unit, axis=1, keepdims=True)
    ratio = jnp.where(on_it, 1.0, jnp.abs(length + shift) / jnp.where(on_it, 1.0, length))
    return Proposal(z + shift * unit, (z.shape[1] - 1) * jnp.log(ratio[:, 0]))


def pick_crossover(luck: Luck, probability: Float[Array, "nCR"]) -> tuple[Int[Array, "C"], Float[Array, "C"]]:
    """Which crossover value each chain uses (an index), and the value: CR_k = (k + 1) / nCR."""
    picked = jnp.sum(luck.crossover[:, None] >= jnp.cumsum(probability)[:-1], axis=1)
    return picked, (picked + 1) / len(probability)


def within(
    proposal: Proposal, z: Float[Array, "C n"], bounds: tuple[Float[Array, "n"], Float[Array, "n"]], wraps: Bool[Array, "C"]
) -> tuple[Proposal, Bool[Array, "C"]]:
    """The proposals brought inside the bounds, and which of them are there; the others are replaced by where the chain is.

    Where an element has two finite bounds and the move `wraps`, what leaves at one end comes in at the other, which keeps a
    symmetric move symmetric ("folding" in [vrugt2016]). Reflection would not: it turns one element of a correlated jump and not
    the others. All else that is outside is to be rejected.
    """
    lower, upper = bounds
    both = jnp.isfinite(lower) & jnp.isfinite(upper)
    start, width = jnp.where(both, lower, 0.0), jnp.where(both, upper - lower, 1.0)
    folded = jnp.where(both & wraps[:, None], start + jnp.mod(proposal.z - start, width), proposal.z)
    inside = jnp.all((folded >= lower) & (folded <= upper), axis=1)
    return Proposal(jnp.where(inside[:, None], folded, z), proposal.log_correction), inside
