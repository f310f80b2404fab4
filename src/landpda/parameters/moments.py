"""Prior mean and covariance of the control elements' values, by quadrature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.parameters.priors.prior import SCORES, WEIGHTS

if TYPE_CHECKING:
    from landpda.parameters.space import ParameterSpace

# Pairs are summed over a square grid, so coarser than SCORES: still exact to rounding for maps without kinks.
PAIR_SCORES = np.linspace(-12.0, 12.0, 97)
PAIR_WEIGHTS = np.exp(-0.5 * PAIR_SCORES**2) / np.exp(-0.5 * PAIR_SCORES**2).sum()


def prior_mean(space: ParameterSpace) -> Float[Array, "n"]:
    """Prior mean of the values, each in its own units."""
    return jnp.asarray(WEIGHTS) @ _values_at(space, SCORES)


def prior_covariance(space: ParameterSpace) -> Float[Array, "n n"]:
    """Prior covariance of the values.

    Of two correlated elements the copula gives scores (v₁, ρ v₁ + √(1−ρ²) v₂), so the covariance is a sum over a grid of
    (v₁, v₂).
    """
    anomalies = _values_at(space, SCORES) - prior_mean(space)
    covariance = jnp.diag(jnp.asarray(WEIGHTS) @ anomalies**2)
    indices, root = space.copula.indices, np.asarray(space.copula.root)
    correlation = root @ root.T
    for a in range(len(indices)):
        for b in range(a):
            if correlation[a, b] != 0.0:
                i, j = indices[a], indices[b]
                value = _pair_covariance(space, (i, j), float(correlation[a, b]))
                covariance = covariance.at[i, j].set(value).at[j, i].set(value)
    return covariance


def _values_at(space: ParameterSpace, scores: np.ndarray) -> Float[Array, "K n"]:
    """Value of every element at each normal score."""
    grid = jnp.broadcast_to(jnp.asarray(scores)[:, None], (len(scores), space.n))
    return jax.vmap(space.marginals.from_normal)(grid)


def _pair_covariance(space: ParameterSpace, pair: tuple[int, int], correlation: float) -> Array:
    i, j = pair
    first, second = (axis.ravel() for axis in np.meshgrid(PAIR_SCORES, PAIR_SCORES, indexing="ij"))
    weights = np.outer(PAIR_WEIGHTS, PAIR_WEIGHTS).ravel()
    partner = correlation * first + np.sqrt(1.0 - correlation**2) * second
    x, y = _values_at(space, first)[:, i], _values_at(space, partner)[:, j]
    return jnp.sum(weights * (x - jnp.sum(weights * x)) * (y - jnp.sum(weights * y)))
