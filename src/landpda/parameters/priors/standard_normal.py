"""Constants and densities of the standard normal."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

SD_IN_RANGE = 2 * 1.959963984540054
"""Standard deviations between the 2.5 % and the 97.5 % quantile: how a table's range is read for a prior without ends."""

LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


def log_phi(z: ArrayLike) -> Float[Array, "..."]:
    """Log density of N(0, 1)."""
    z = jnp.asarray(z, float)
    return -0.5 * z * z - LOG_ROOT_TWO_PI
