"""Normal prior."""

from __future__ import annotations

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.check import check_numbers
from landpda.parameters.priors.coordinate import Coordinate, Linear
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.standard_normal import SD_IN_RANGE, log_phi


class Normal(Prior):
    """A central value and a spread, both ways alike and without ends.

    Args:
        mean: [as the parameter] centre.
        sd: [as the parameter] standard deviation.
    """

    name: ClassVar[str] = "normal"
    mean: Array = eqx.field(converter=real)
    sd: Array = eqx.field(converter=real)

    def __check_init__(self) -> None:
        check_numbers(self, finite=("mean",), positive=("sd",))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Normal with 95 % of its probability from `low` to `high`, in the middle."""
        return cls(0.5 * (low + high), (high - low) / SD_IN_RANGE)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return jnp.full_like(self.mean, -jnp.inf), jnp.full_like(self.mean, jnp.inf)

    @property
    def coordinate(self) -> Coordinate:
        """The value itself."""
        return Linear()

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        return self.mean + self.sd * jnp.asarray(z, float)

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return (jnp.asarray(x, float) - self.mean) / self.sd

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        return log_phi(self.to_normal(u)) - jnp.log(self.sd)
