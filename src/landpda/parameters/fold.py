"""Circular parameters: of all values that are the same model, take the one in a chosen period."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.types import Theta

if TYPE_CHECKING:
    from landpda.parameters.space import ParameterSpace


def fold(space: ParameterSpace, Z: ArrayLike, around: Theta | None = None) -> Float[Array, "N n"]:
    """Control vectors of the same models, each circular value within half a period of a centre.

    The centre is the middle of the prior's range (its median where the range has no ends), or the value in `around`. A value
    whose nearest equivalent lies outside the prior's support takes the one next to it inside; without any, it stays. Values
    that are not moved keep their bits. The likelihood is the same before and after; so is the density of a uniform prior.

    Args:
        space: the parameters; those with a period are folded.
        Z: control vectors as rows, or one control vector.
        around: parameters of one member to fold around.
    """
    Z = jnp.asarray(Z, float)
    if not _periods(space).any():
        return Z
    centre = _centre(space) if around is None else space.values_from_theta(around)
    return _fold_rows(space, Z[None], centre)[0] if Z.ndim == 1 else _fold_rows(space, Z, centre)


@eqx.filter_jit
def _fold_rows(space: ParameterSpace, Z: Array, centre: Array) -> Float[Array, "N n"]:
    return jax.vmap(partial(_fold_one, space, centre, jnp.asarray(_periods(space))))(Z)


def _periods(space: ParameterSpace) -> np.ndarray:
    """Period of each control element [as its value]; 0 where it is not circular."""
    return np.asarray([element.period for element in space.elements for _ in range(element.size)])


def _centre(space: ParameterSpace) -> Float[Array, "n"]:
    low, high = space.bounds
    ends = jnp.isfinite(low) & jnp.isfinite(high)
    middle = 0.5 * (jnp.where(ends, low, 0.0) + jnp.where(ends, high, 0.0))
    return jnp.where(ends, middle, space.marginals.from_normal(jnp.zeros(space.n)))


def _fold_one(space: ParameterSpace, centre: Array, periods: Array, z: Array) -> Array:
    low, high = space.bounds
    values = space.values(z)
    circular = periods > 0
    period = jnp.where(circular, periods, 1.0)
    nearest = values - period * jnp.round((values - centre) / period)
    nearest = jnp.where(nearest < low, nearest + period, jnp.where(nearest > high, nearest - period, nearest))
    moved = circular & (nearest >= low) & (nearest <= high) & (jnp.abs(nearest - values) > 0.5 * period)
    folded = space.from_values(jnp.where(moved, nearest, values))
    # An element that nobody correlated with has moved keeps its bits, and stays finite where its value lies on a bound.
    return jnp.where(_touched(space, moved), folded, z)


def _touched(space: ParameterSpace, moved: Array) -> Array:
    """Elements whose control changes when the elements `moved` do: themselves and those correlated with them."""
    if not space.copula.indices:
        return moved
    where = np.asarray(space.copula.indices)
    return moved.at[where].set(jnp.any(moved[where]))
