"""Where chains start when a search has gone before: around its optima, spread as the curvature there says."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.errors import StudyError


def around_optima(
    key: PRNGKeyArray,
    optima: Float[Array, "K n"],
    cost: Float[Array, "K"],
    curvature: Float[Array, "K n n"],
    num: int,
    *,
    spread: float = 1.5,
    margin: float = 10.0,
) -> Float[Array, "num n"]:
    """Draws around the optima worth it, each the centre of a normal distribution with its Laplace covariance, widened.

    Optima within `margin` log units of the best take part, in equal numbers: the chains find out their weights. As starts
    of DREAM(zs) the draws also fill its archive, so that jumps have the posterior's directions from the first generation and
    differences between two optima are there to jump along.

    Args:
        key: randomness.
        optima: (K, n) end points of searches; those that did not end in an optimum are cut by `margin`.
        cost: (K,) −log density of each; not finite where the search failed.
        curvature: (K, n, n) positive definite Hessian or Gauss–Newton matrix of the cost at each.
        num: how many draws.
        spread: [1] factor on the Laplace standard deviations; above 1, for starts should be wider than the target [gelman1992].
        margin: [1] log units, see above.

    Raises:
        StudyError: no optimum has a finite cost.
    """
    costs = np.asarray(cost)
    kept = np.flatnonzero(np.isfinite(costs) & (costs <= np.nanmin(costs, initial=np.inf) + margin))
    if not len(kept):
        raise StudyError("Chains were to start around optima.", "No optimum has a finite cost.", "Start them from the prior.")
    chosen = kept[np.arange(num) % len(kept)]
    # on the host, for LAPACK inside compiled loops has hung; L⁻ᵀ e has covariance (L Lᵀ)⁻¹
    roots = np.stack([np.linalg.inv(np.linalg.cholesky(np.asarray(curvature[k]))).T for k in kept])
    noise = np.asarray(jr.normal(key, (num, optima.shape[1])))
    steps = np.einsum("kij,kj->ki", roots[np.arange(num) % len(kept)], noise)
    return jnp.asarray(np.asarray(optima)[chosen] + spread * steps)
