"""Cost, gradient and Gauss–Newton curvature from predictions and their Jacobian, wherever that comes from."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from landpda.problem.problem import Linearisation, Misfit

MisfitFunction = Callable[[Float[Array, "N m"], Float[Array, "N n"]], Misfit]


def gauss_newton(
    misfit: MisfitFunction,
    values: Float[Array, "N m"],
    jacobian: Float[Array, "N n m"],
    Z: Float[Array, "N n"],
    ok: Bool[Array, "N"],
    known: Bool[Array, "N n"] | None = None,
) -> Linearisation:
    """The cost to second order, with R, its own parameters and the prior differentiated exactly.

        C = JᵀR⁻¹J + 2 DᵀD + I,  D = ∂ log σ/∂z

    2 DᵀD is the Fisher information of Gaussian errors on the parameters of their standard deviation. The gradient is exact
    for any error model; the curvature of one with correlations leaves out what its correlation length would add.

    Args:
        misfit: the problem's `misfit_ensemble`.
        values: predictions of each row of Z.
        jacobian: their derivatives, ∂G/∂z_k in row k.
        Z: control vectors.
        ok: whether each run succeeded.
        known: whether each derivative could be had; all, if not given.

    Source: [nocedal2006] section 10.3.
    """
    known = jnp.ones(Z.shape, dtype=bool) if known is None else known
    values = jnp.where(ok[:, None], values, 0.0)

    def whitened(values: Array) -> Array:
        return misfit(values, Z).whitened

    def scales(values: Array, Z: Array) -> tuple[Array, Array, Array]:
        parts = misfit(values, Z)
        return parts.log_sd, parts.cost, parts.log_prior

    def along(column: Float[Array, "N m"], direction: Float[Array, "n"]) -> tuple[Array, Array, Array]:
        moved = (column, jnp.broadcast_to(direction, Z.shape))
        _, (log_sd, cost, _) = jax.jvp(scales, (values, Z), moved)
        return jax.jvp(whitened, (values,), (column,))[1], log_sd, cost

    cost = misfit(values, Z).cost
    data, log_sd, gradient = jax.vmap(along, in_axes=(1, 0), out_axes=(1, 1, 1))(jacobian, jnp.eye(Z.shape[1]))
    curvature = _gram(data) + 2.0 * _gram(log_sd) + jnp.eye(Z.shape[1])
    both = known[:, :, None] & known[:, None, :]
    curvature = jnp.where(both, curvature, jnp.eye(Z.shape[1]))
    ok = ok & jnp.isfinite(cost) & jnp.all(jnp.isfinite(curvature), axis=(1, 2)) & jnp.all(jnp.isfinite(gradient), axis=1)
    return Linearisation(
        cost=jnp.where(ok, cost, jnp.inf),
        gradient=jnp.where(ok[:, None] & known, gradient, 0.0),
        curvature=jnp.where(ok[:, None, None], curvature, jnp.eye(Z.shape[1])),
        ok=ok,
        known=known,
    )


def _gram(rows: Float[Array, "N n m"]) -> Float[Array, "N n n"]:
    return jnp.einsum("bkm,blm->bkl", rows, rows)
