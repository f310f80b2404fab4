"""Prior mean and covariance of the control elements' values, by quadrature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.parameters.marginals import Marginals
from landpda.parameters.priors.prior import SCORES, WEIGHTS

if TYPE_CHECKING:
    from landpda.parameters.space import ParameterSpace

HIGHEST_DEGREE = 80  # of the polynomials below; their share of the covariance falls like correlation^degree, and faster


def prior_mean(space: ParameterSpace) -> Float[Array, "n"]:
    """Prior mean of the values, each in its own units."""
    return jnp.asarray(WEIGHTS) @ _values(space.marginals)


def prior_covariance(space: ParameterSpace) -> Float[Array, "n n"]:
    """Prior covariance of the values.

    Two elements whose normal scores have the correlation ρ have, with c_k the coefficients of their maps in normalised Hermite
    polynomials,

        Cov(x_i, x_j) = Σ_{k ≥ 1} c_ik c_jk ρ^k

    Source: [mehler1866]; the sum is over the expansion of the bivariate normal density.
    """
    values = _values(space.marginals)
    anomalies = values - jnp.asarray(WEIGHTS) @ values
    variance = jnp.asarray(WEIGHTS) @ anomalies**2
    if not space.copula.indices:
        return jnp.diag(variance)
    within = np.ix_(space.copula.indices, space.copula.indices)
    coefficients = jnp.asarray(_hermite() * WEIGHTS) @ anomalies[:, np.asarray(space.copula.indices)]
    correlation = space.copula.root @ space.copula.root.T
    powers = jnp.cumprod(jnp.broadcast_to(correlation, (HIGHEST_DEGREE, *correlation.shape)), axis=0)
    covariance = jnp.einsum("dij,di,dj->ij", powers, coefficients, coefficients)
    on_diagonal = jnp.arange(space.n)
    return jnp.zeros((space.n, space.n)).at[within].set(covariance).at[on_diagonal, on_diagonal].set(variance)


@eqx.filter_jit
def _values(marginals: Marginals) -> Float[Array, "K n"]:
    """Value of every element at each normal score of the quadrature."""
    num_elements = sum(map(len, marginals.members))
    return jax.vmap(marginals.from_normal)(jnp.broadcast_to(jnp.asarray(SCORES)[:, None], (len(SCORES), num_elements)))


def _hermite() -> np.ndarray:
    """(HIGHEST_DEGREE, K) Hermite polynomials of degree 1, 2, … at the scores, with unit variance under N(0, 1)."""
    before, now = np.ones_like(SCORES), SCORES
    rows = [now]
    for degree in range(2, HIGHEST_DEGREE + 1):
        before, now = now, (SCORES * now - np.sqrt(degree - 1.0) * before) / np.sqrt(degree)
        rows.append(now)
    return np.stack(rows)
