"""Uniform prior."""

from __future__ import annotations

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.check import check_numbers
from landpda.parameters.priors.coordinate import Coordinate, Linear
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.uniform_score import between, score_between


class Uniform(Prior):
    """Every value between `low` and `high` is as likely as any other.

    Args:
        low: [as the parameter] lower end.
        high: [as the parameter] upper end.
    """

    name: ClassVar[str] = "uniform"
    low: Array = eqx.field(converter=real)
    high: Array = eqx.field(converter=real)

    def __check_init__(self) -> None:
        check_numbers(self, finite=("low", "high"), ordered=("low", "high"))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Uniform from `low` to `high`."""
        return cls(low, high)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return self.low, self.high

    @property
    def coordinate(self) -> Coordinate:
        """The value itself."""
        return Linear()

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        return between(jnp.asarray(z, float), self.low, self.high)

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return score_between(jnp.asarray(x, float), self.low, self.high)

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate: flat."""
        return jnp.zeros_like(jnp.asarray(u, float)) - jnp.log(self.high - self.low)
