"""What a prior is: a monotone map from a standard normal, and the coordinate in which a bounded search works."""

from __future__ import annotations

import abc
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.coordinate import Coordinate

# Moments are trapezoid sums over the normal score. The rule converges faster than any power of the step for the smooth maps
# here, and ±30 holds the second moment of a log-normal up to sigma = 10.
SCORES = np.linspace(-30.0, 30.0, 1921)
WEIGHTS = np.exp(-0.5 * SCORES**2) / np.exp(-0.5 * SCORES**2).sum()


class Prior(eqx.Module):
    """What is believed of one number before the data are seen. A subclass is final, and its class docstring is its card.

    The image of N(0, 1) under `from_normal` is the prior. All maps are elementwise. `coordinate` is where a bounded optimiser
    works ("natural" in the methods below): the scale on which the family is simplest.
    """

    name: ClassVar[str]
    alternatives: ClassVar[tuple[str, ...]] = ()
    """Class methods that build the prior from other numbers than its fields."""

    @classmethod
    @abc.abstractmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """The member of the family that a row of a parameter table means.

        Raises:
            StudyError: the range is not one that the family can have.
        """

    @property
    @abc.abstractmethod
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""

    @property
    @abc.abstractmethod
    def coordinate(self) -> Coordinate:
        """The scale on which the family is simplest."""

    @abc.abstractmethod
    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`; increases with `z`."""

    @abc.abstractmethod
    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`; NaN outside the support, ∓inf at a finite end of it."""

    @abc.abstractmethod
    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate `u`."""

    def natural(self, x: ArrayLike) -> Float[Array, "..."]:
        """Natural coordinate of the value `x`."""
        return self.coordinate.forward(x)

    def from_natural(self, u: ArrayLike) -> Float[Array, "..."]:
        """Value at the natural coordinate `u`."""
        return self.coordinate.inverse(u)

    @property
    def natural_bounds(self) -> tuple[Array, Array]:
        """Ends of the support in the natural coordinate."""
        low, high = self.support
        return self.natural(low), self.natural(high)

    def log_density(self, x: ArrayLike) -> Float[Array, "..."]:
        """Log density of the value `x` per unit of `x`; −inf outside the support."""
        x = jnp.asarray(x, float)
        low, high = self.support
        inside = (x >= low) & (x <= high)
        # The branch not taken must be finite too, or its derivative spoils the other: evaluate it at the median instead.
        safe = jnp.where(inside, x, self.from_normal(0.0))
        log_density = self.natural_log_density(self.natural(safe)) + self.coordinate.log_slope(safe)
        return jnp.where(inside, log_density, -jnp.inf)

    def quantile(self, q: ArrayLike) -> Float[Array, "..."]:
        """Value below which the prior has probability `q`."""
        return self.from_normal(ndtri(jnp.asarray(q, float)))

    @property
    def moments(self) -> tuple[Array, Array]:
        """Prior mean and standard deviation."""
        return _moments(self)


@eqx.filter_jit
def _moments(prior: Prior) -> tuple[Array, Array]:
    values = prior.from_normal(SCORES)
    mean = jnp.sum(WEIGHTS * values)
    return mean, jnp.sqrt(jnp.sum(WEIGHTS * (values - mean) ** 2))


def real(value: ArrayLike) -> Array:
    """The value as a float64 array."""
    return jnp.asarray(value, float)
