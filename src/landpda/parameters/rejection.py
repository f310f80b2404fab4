"""Draws from a prior with constraints: those that break one are drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.core.errors import StudyError

if TYPE_CHECKING:
    from landpda.parameters.space import ParameterSpace

SMALLEST_ROUND = 256
MOST_ROUNDS = 100


def sample(space: ParameterSpace, key: Array, num_members: int) -> Float[Array, "N n"]:
    """Control vectors from the part of the prior that obeys the constraints, as rows.

    Raises:
        StudyError: too few draws obey them; names the constraint that is broken most often.
    """
    size = max(num_members, SMALLEST_ROUND)
    kept: list[np.ndarray] = []
    broken = np.zeros(len(space.constraints))
    for key_round in jax.random.split(key, MOST_ROUNDS):
        Z = jax.random.normal(key_round, (size, space.n))
        holds = np.asarray(_margins(space, Z) >= 0)
        broken += (~holds).sum(axis=1)
        kept.append(np.asarray(Z)[holds.all(axis=0)])
        if sum(map(len, kept)) >= num_members:
            return jnp.asarray(np.concatenate(kept)[:num_members])
    drawn, worst = MOST_ROUNDS * size, int(np.argmax(broken))
    raise StudyError(
        f"{num_members} draws from the prior that obey {len(space.constraints)} constraints were asked for.",
        f"Of {drawn} draws {sum(map(len, kept))} do; {space.constraints[worst]} is broken in {broken[worst] / drawn:.1%}.",
        "Move the priors so that the constraints hold for more of them.",
    )


@eqx.filter_jit
def _margins(space: ParameterSpace, Z: Float[Array, "N n"]) -> Float[Array, "k N"]:
    return space.constraint_margins(space.to_physical_block(Z))
