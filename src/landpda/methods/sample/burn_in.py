"""What chains may do only while their draws are thrown away: learn which kinds of jump carry far, rescue the lost."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

KEPT_FOR_ALL = 0.15
"""[1] share of the jumps that all kinds have equal parts of, so that none dies out."""
FORGETTING = 0.98
"""Per step of the method: what was learnt 50 steps ago counts a third, for far from the posterior other jumps are good."""
LOST_MARGIN = 10.0
"""[1] log units, to which n is added: chains closer than this to the others may sit in a mode of their own and stay there."""


class JumpKinds(NamedTuple):
    """How far chains got with each kind of jump: each crossover value with each scale.

    Args:
        tried: (K,) moves tried.
        gained: (K,) squared distance moved, in units of the posterior's variance.
    """

    tried: Float[Array, "K"]
    gained: Float[Array, "K"]

    @property
    def probability(self) -> Float[Array, "K"]:
        """(K,) of each kind: in proportion to the squared distance per move [vrugt2016, eq. 27, there for crossover values]."""
        rate = self.gained / self.tried
        return KEPT_FOR_ALL / len(rate) + (1.0 - KEPT_FOR_ALL) * rate / jnp.sum(rate)


def new_kinds(num_kinds: int) -> JumpKinds:
    """All kinds alike."""
    return JumpKinds(jnp.ones(num_kinds), jnp.ones(num_kinds))


def count_jumps(
    kinds: JumpKinds,
    picked: Int[Array, "C"],
    counts: Bool[Array, "C"],
    jump: Float[Array, "C n"],
) -> JumpKinds:
    """Add one generation of jumps; a rejected move counts as tried with a jump of zero.

    Args:
        kinds: so far.
        picked: (C,) number of the kind of each chain's jump.
        counts: (C,) whether the chain's move was such a jump at all.
        jump: (C, n) new state minus old, along the axes of the frame, where the posterior has unit variance.
    """
    used = (picked[:, None] == jnp.arange(len(kinds.tried))) & counts[:, None]
    distance = jnp.sum(jnp.square(jump), axis=1)
    return JumpKinds(kinds.tried + jnp.sum(used, axis=0), kinds.gained + jnp.sum(used * distance[:, None], axis=0))


def forget(kinds: JumpKinds) -> JumpKinds:
    """Old jumps count less."""
    return JumpKinds(FORGETTING * kinds.tried, FORGETTING * kinds.gained)


def late_mean(mean: Float[Array, "C"], new: Float[Array, "C"], step: ArrayLike) -> Float[Array, "C"]:
    """Mean over steps in which step t has a weight in proportion to t, so that the late half has three quarters of it."""
    return mean + (new - mean) * 2.0 / (step + 2.0)


def lost_chains(mean_log_density: Float[Array, "C"], n: int) -> Bool[Array, "C"]:
    """Which chains are stuck where there is no mass to speak of.

    The published rule is: mean log density below the lower quartile by more than twice the interquartile range [vrugt2016].
    Averages over long chains differ so little that this alone would empty a minor mode that belongs to the posterior; a chain
    is therefore lost only if it is also more than 10 + n log units below: each element may make up for one log unit by width.

    >>> import jax.numpy as jnp
    >>> lost_chains(jnp.array([-1.0, -2.0, -1.5, -1.2, -9.0, -400.0]), n=5).tolist()
    [False, False, False, False, False, True]
    """
    lower, upper = jnp.quantile(mean_log_density, jnp.array([0.25, 0.75]))
    return mean_log_density < lower - jnp.maximum(2.0 * (upper - lower), LOST_MARGIN + n)


def rescue(u: Float[Array, "C"], lost: Bool[Array, "C"]) -> Int[Array, "C"]:
    """Which chain's place each chain takes: its own, or for the lost that of a chain picked at random among the others.

    Args:
        u: (C,) uniform numbers in [0, 1).
        lost: (C,) which chains are lost; not all.
    """
    others_first = jnp.argsort(lost, stable=True)
    picked = others_first[jnp.floor(u * jnp.sum(~lost)).astype(int)]
    return jnp.where(lost, picked, jnp.arange(len(lost)))
