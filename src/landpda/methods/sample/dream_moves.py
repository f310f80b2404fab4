"""The moves of DREAM(zs): along differences of past states, from mode to mode, and along the line to a past state.

Symbols: δ pairs, d' elements that move, γ jump rate, CR crossover value; the archive is Z in the papers, past states here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from landpda.methods.sample.archive import Archive, pick_rows
from landpda.methods.sample.dream_luck import Luck, between, pick
from landpda.methods.sample.frame import Frame

JUMP_RATE = 2.38
"""The scale that is best for a Gaussian target in many dimensions [roberts2001]; divided by √(2 δ d')."""
STRETCH = 0.1
"""Jumps are stretched by 1 + e, e ~ U(−0.1, 0.1) [vrugt2016, there λ and c]."""
JITTER = 1e-6
"""[1] ends of the uniform noise that lets a chain reach every point, in standard deviations of the posterior."""
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


class Kind(NamedTuple):
    """The kind of each chain's jump.

    Args:
        number: (C,) which kind.
        crossover: (C,) its crossover value CR.
        scale: (C,) its factor on γ.
    """

    number: Int[Array, "C"]
    crossover: Float[Array, "C"]
    scale: Float[Array, "C"]


def pick_kind(luck: Luck, probability: Float[Array, "K"], num_crossover: int, scales: tuple[float, ...]) -> Kind:
    """A kind for each chain: one of nCR crossover values with one of the scales.

    Crossover values are 1 … 1/n, evenly spaced in their logarithm, so that jumps along one axis are among them.
    """
    number = jnp.sum(luck.kind[:, None] >= jnp.cumsum(probability)[:-1], axis=1)
    n = luck.subset.shape[-1]
    values = jnp.logspace(0.0, -math.log10(n), num_crossover)
    return Kind(number, values[number % num_crossover], jnp.asarray(scales)[number // num_crossover])


def parallel_direction(
    luck: Luck, z: Float[Array, "C n"], archive: Archive, frame: Frame, kind: Kind, past: Float[Array, "C 2P n"] | None = None
) -> Proposal:
    """Jumps z + L m ∘ [(1 + e) γ L⁻¹ Σ_k (a_k − b_k) + ε], where m is 1 in a random subset of the frame's axes; symmetric.

    The past states a_k, b_k come in δ pairs, δ uniform in 1 … P. Each axis is used with probability CR, at least one is. With
    L = I this is the published jump. e is one number for a jump, as in the published listing (algorithm 5) and unlike its
    eq. 24: a number for each element would turn the jump out of its direction, which costs a strongly correlated posterior nine
    tenths of its effective draws.

    Args:
        luck: of this generation.
        z: (C, n) present states.
        archive: past states.
        frame: L and its inverse.
        kind: CR and the factor on γ of each chain.
        past: the luck's rows of the archive, if they were picked already: the compiler does not see that two moves pick the
            same, and picking takes as long as all else here.

    Source: [vrugt2016] eqs 21–24; [laloy2012].
    """
    max_pairs = luck.rows.shape[-1] // 2
    pairs = 1 + pick(luck.pairs, max_pairs)[:, None]
    past = pick_rows(luck.rows, archive) if past is None else past
    used = jnp.arange(max_pairs) < pairs
    difference = jnp.einsum("ck,ckn->cn", used.astype(z.dtype), past[:, :max_pairs] - past[:, max_pairs:])
    moving = _subset(luck, kind.crossover)
    rate = JUMP_RATE * kind.scale[:, None] / jnp.sqrt(2.0 * pairs * jnp.sum(moving, axis=1, keepdims=True))
    stretch = between(luck.stretch[:, None], 1.0 - STRETCH, 1.0 + STRETCH)
    jump = stretch * rate * (difference @ frame.inverse.T) + between(luck.jitter, -JITTER, JITTER)
    return Proposal(z + jnp.where(moving, jump, 0.0) @ frame.root.T, jnp.zeros(len(z)))


def whole_jump(luck: Luck, z: Float[Array, "C n"], archive: Archive, past: Float[Array, "C 2P n"] | None = None) -> Proposal:
    """Jumps z + a − b, γ = 1, in all elements: from one mode to the same place in another; symmetric.

    `past` as for `parallel_direction`.
    """
    past = pick_rows(luck.rows[:, :2], archive) if past is None else past
    return Proposal(z + past[:, 0] - past[:, 1] + between(luck.jitter, -JITTER, JITTER), jnp.zeros(len(z)))


def _subset(luck: Luck, crossover: Float[Array, "C"]) -> Bool[Array, "C n"]:
    """Which axes are used: each with probability CR, and where that chose none, one."""
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
