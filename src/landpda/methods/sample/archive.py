"""An archive of past states from which chains learn how far and in which direction to jump; its size is fixed."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int


class Archive(NamedTuple):
    """Past states.

    Args:
        rows: (M, n) of which the first `filled` hold states.
        filled: rows in use.
        offered: states that were ever offered.
    """

    rows: Float[Array, "M n"]
    filled: Int[Array, ""]
    offered: Int[Array, ""]


def new_archive(states: Float[Array, "N n"], capacity: int) -> Archive:
    """Archive with room for `capacity` states, of which the first are `states`."""
    rows = jnp.zeros((capacity, states.shape[1])).at[: len(states)].set(states)
    return Archive(rows, jnp.asarray(len(states)), jnp.asarray(len(states)))


def pick_rows(u: Float[Array, "..."], archive: Archive) -> Float[Array, "..."]:
    """Rows at random, one for each uniform number in [0, 1). A row may come twice, which only makes a jump shorter."""
    return archive.rows[jnp.floor(u * archive.filled).astype(int)]


def remember(u: Float[Array, "C"], archive: Archive, states: Float[Array, "C n"], sliding: ArrayLike) -> Archive:
    """The archive with `states` added: all of them as long as there is room.

    A full archive that is `sliding` lets go of its oldest states, so that it forgets how the chains came to where they are.
    One that is not keeps a fair sample of all that was ever offered: state number k enters in place of a random row with
    probability M / k [vitter1985, algorithm R]. The share of the archive that changes per generation thus falls as 1 / time,
    and so does any influence of the chains' past on their jumps (diminishing adaptation).

    Args:
        u: (C,) uniform numbers in [0, 1).
        archive: the archive so far.
        states: (C, n) present states, C not above the capacity.
        sliding: whether the oldest states go first.
    """
    capacity = archive.rows.shape[0]
    number = archive.offered + jnp.arange(len(states))
    fair = jnp.floor(u * (number + 1)).astype(int)
    slot = jnp.where(sliding, number % capacity, jnp.where(number < capacity, number, fair))
    # a slot beyond the last row is dropped: the state was not chosen
    rows = archive.rows.at[slot].set(states, mode="drop")
    return Archive(rows, jnp.minimum(archive.filled + len(states), capacity), archive.offered + len(states))
