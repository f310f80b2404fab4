"""What chains may do only while their draws are thrown away: learn crossover probabilities, rescue the lost."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

LEAST_PROBABILITY = 0.05
"""No crossover value dies out, so that every kind of jump stays possible."""
FORGETTING = 0.98
"""Per step of the method: what was learnt 50 steps ago counts a third, for far from the posterior other jumps are good."""
LOST_MARGIN = 10.0
"""[1] log units, to which n is added: chains closer than this to the others may sit in a mode of their own and stay there."""


class Crossover(NamedTuple):
    """How far chains got with each crossover value.

    Args:
        tried: (nCR,) moves tried.
        gained: (nCR,) squared distance moved, in units of the chains' spread.
    """

    tried: Float[Array, "nCR"]
    gained: Float[Array, "nCR"]

    @property
    def probability(self) -> Float[Array, "nCR"]:
        """(nCR,) of each value: in proportion to the squared distance per move [vrugt2016, eq. 27]."""
        rate = self.gained / self.tried
        share = rate / jnp.sum(rate)
        return LEAST_PROBABILITY + (1.0 - LEAST_PROBABILITY * len(share)) * share


def new_crossover(num_values: int) -> Crossover:
    """All values alike."""
    return Crossover(jnp.ones(num_values), jnp.ones(num_values))


def count_jumps(
    crossover: Crossover,
    picked: Int[Array, "C"],
    counts: Bool[Array, "C"],
    jump: Float[Array, "C n"],
    spread: Float[Array, "n"],
) -> Crossover:
    """Add one generation of jumps; a rejected move counts as tried with a jump of zero.

    Args:
        crossover: so far.
        picked: (C,) index of the crossover value that each chain used.
        counts: (C,) whether the chain's move used it at all.
        jump: (C, n) new state minus old.
        spread: (n,) standard deviation over chains.
    """
    used = (picked[:, None] == jnp.arange(len(crossover.tried))) & counts[:, None]
    distance = jnp.sum(jnp.square(jump / jnp.where(spread > 0.0, spread, 1.0)), axis=1)
    return Crossover(crossover.tried + jnp.sum(used, axis=0), crossover.gained + jnp.sum(used * distance[:, None], axis=0))


def forget(crossover: Crossover) -> Crossover:
    """Old jumps count less."""
    return Crossover(FORGETTING * crossover.tried, FORGETTING * crossover.gained)


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
