"""All that chance decides in a generation of DREAM(zs), drawn in one call.

Each call of a random generator costs a third of a second to compile; a dozen of them took longer to compile than short runs
to run.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray


class Luck(NamedTuple):
    """Numbers uniform in [0, 1), one field for each purpose, all independent.

    Args:
        move: (C,) which of the three moves.
        accept: (C,) Metropolis.
        kind: (C,) which crossover value and scale.
        pairs: (C,) how many pairs of past states.
        stretch: (C,) by how much the jump is stretched.
        forced: (C,) which element moves where none was chosen.
        snooker_rate: (C,) γ of the snooker.
        snooker_rows: (C, 3) past states of the snooker.
        rows: (C, 2P) past states in pairs.
        subset: (C, n) whether each element moves.
        jitter: (C, n) noise.
    """

    move: Float[Array, "*G C"]
    accept: Float[Array, "*G C"]
    kind: Float[Array, "*G C"]
    pairs: Float[Array, "*G C"]
    stretch: Float[Array, "*G C"]
    forced: Float[Array, "*G C"]
    snooker_rate: Float[Array, "*G C"]
    snooker_rows: Float[Array, "*G C 3"]
    rows: Float[Array, "*G C 2P"]
    subset: Float[Array, "*G C n"]
    jitter: Float[Array, "*G C n"]


def draw_luck(key: PRNGKeyArray, num_generations: int, num_chains: int, n: int, max_pairs: int) -> Luck:
    """The luck of many generations; the generation is the first axis of every field."""
    wide = {"snooker_rows": 3, "rows": 2 * max_pairs, "subset": n, "jitter": n}
    widths = [wide.get(name, 1) for name in Luck._fields]
    drawn = jr.uniform(key, (num_generations, num_chains, sum(widths)))
    fields = jnp.split(drawn, np.cumsum(widths)[:-1], axis=-1)
    return Luck(*(field if name in wide else field[..., 0] for name, field in zip(Luck._fields, fields, strict=True)))


def pick(u: Float[Array, "..."], num: Array | int) -> Array:
    """An index below `num`, all alike, from a uniform number."""
    return jnp.floor(u * num).astype(int)


def between(u: Float[Array, "..."], low: float, high: float) -> Float[Array, "..."]:
    """A number uniform between `low` and `high`, from one uniform in [0, 1)."""
    return low + (high - low) * u
