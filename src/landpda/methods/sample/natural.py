"""The coordinates in which a sampler walks: the natural ones of the priors, where ridges of products are straight."""

from __future__ import annotations

import equinox as eqx
import jax
from jaxtyping import Array, Float

from landpda.parameters.space import ParameterSpace
from landpda.problem.box import Box, box
from landpda.problem.problem import AbstractProblem


class Natural(eqx.Module):
    """A problem seen in natural coordinates u, with the way there and back.

    The data of a carbon model know rates times pools. Under log-uniform priors such a ridge is straight in the logarithms, and
    bent in the control space, whose map from the logarithm is the normal score. Straight jumps are accepted ten times as often
    there. The posterior is the same; its density per unit of u differs from that per unit of z by the ratio of the priors'.

    Args:
        outer: the problem as it was posed, in its control vector z.
        inner: the same in u; the outer one itself where the space knows no other coordinates.
    """

    outer: AbstractProblem
    inner: AbstractProblem

    def to_control(self, U: Float[Array, "N n"]) -> Float[Array, "N n"]:
        """Control vector z of each row."""
        return jax.vmap(self.inner.coordinates.to_control)(U) if isinstance(self.inner, Box) else U

    def from_control(self, Z: Float[Array, "N n"]) -> Float[Array, "N n"]:
        """Natural coordinates u of each row."""
        return jax.vmap(self.inner.coordinates.from_control)(Z) if isinstance(self.inner, Box) else Z

    def log_density_of_control(
        self, log_density: Float[Array, "N"], U: Float[Array, "N n"], Z: Float[Array, "N n"]
    ) -> Float[Array, "N"]:
        """Log density per unit of z, from that per unit of u."""
        if not isinstance(self.inner, Box):
            return log_density
        return log_density + jax.vmap(self.outer.space.log_prior)(Z) - jax.vmap(self.inner.space.log_prior)(U)


def natural(problem: AbstractProblem) -> Natural:
    """`problem` with its natural coordinates."""
    return Natural(problem, box(problem) if isinstance(problem.space, ParameterSpace) else problem)
