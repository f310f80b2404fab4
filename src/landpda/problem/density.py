"""A problem that is nothing but a density: for targets whose posterior is known."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.errors import NeedsError
from landpda.core.types import Needs
from landpda.parameters.space import ParameterSpace
from landpda.problem.problem import AbstractProblem, Linearisation, Misfit, Predictions, hessian_by_differences


class DensityProblem(AbstractProblem):
    """A log density of the physical vector, whole: the space's prior only says where to start and is not multiplied in.

    Args:
        function: (n,) physical values, in the order of the space → log density.
        space: names, and from where starts are drawn; independent parameters without groups, so that elements and values match.
    """

    function: Callable[[Float[Array, "n"]], Float[Array, ""]]
    prior: ParameterSpace

    @property
    def space(self) -> ParameterSpace:
        """Names and starts."""
        return self.prior

    @property
    def offers(self) -> Needs:
        """Values and gradients; there are no observations."""
        return Needs.FORWARD | Needs.GRADIENT

    @property
    def traceable(self) -> bool:
        """Always."""
        return True

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """None."""
        return jnp.full(self.n, -jnp.inf), jnp.full(self.n, jnp.inf)

    @property
    def gradient_runs(self) -> int:
        """One."""
        return 1

    @property
    def y(self) -> Float[Array, "m"]:
        """No data."""
        return jnp.zeros(0)

    @property
    def slices(self) -> dict[str, slice]:
        """No streams."""
        return {}

    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        """(num, n) draws from the space's prior."""
        return self.prior.sample(key, num)

    def _log_density(self, z: Float[Array, "n"]) -> Float[Array, ""]:
        def physical(z: Array) -> Array:
            theta = self.prior.to_physical(z)
            return jnp.stack([theta[name] for name in self.prior.theta_names])

        # the map is elementwise, so its Jacobian is diagonal and one directional derivative gives it whole
        x, slope = jax.jvp(physical, (z,), (jnp.ones_like(z),))
        return self.function(x) + jnp.sum(jnp.log(slope))

    @eqx.filter_jit
    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        """Log density of each row, in the control space."""
        density = jax.vmap(self._log_density)(Z)
        return jnp.where(jnp.isnan(density), -jnp.inf, density)

    @eqx.filter_jit
    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        """−log density of each row, and its gradient."""
        return jax.vmap(jax.value_and_grad(lambda z: -self._log_density(z)))(Z)

    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        """No observations: rows of length 0."""
        return Predictions(jnp.zeros((len(Z), 0)), jnp.ones(len(Z), dtype=bool))

    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        """Not offered."""
        raise NeedsError(
            "A misfit was asked for.", "This problem is a density, without observations.", "Ask for its log density."
        )

    def curvature_product(self, z: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
        """Not offered."""
        raise NeedsError(
            "A curvature was asked for.", "This problem is a density, without observations.", "Ask for its Hessian."
        )

    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        """Hessian of −log density."""
        return hessian_by_differences(self, z)

    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        """Not offered."""
        raise NeedsError(
            "A Jacobian was asked for.", "This problem is a density, without observations.", "Use a method for densities."
        )
