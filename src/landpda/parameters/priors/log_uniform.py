"""Log-uniform prior."""

from __future__ import annotations

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.check import check_numbers
from landpda.parameters.priors.coordinate import Coordinate, Log
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.uniform_score import between, score_between


class LogUniform(Prior):
    """Every factor is as likely as any other between `low` and `high`; for rates and sizes known to an order of magnitude.

    Args:
        low: [as the parameter] lower end, > 0.
        high: [as the parameter] upper end.
    """

    name: ClassVar[str] = "log_uniform"
    low: Array = eqx.field(converter=real)
    high: Array = eqx.field(converter=real)

    def __check_init__(self) -> None:
        check_numbers(self, positive=("low", "high"), ordered=("low", "high"))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Log-uniform from `low` to `high`."""
        return cls(low, high)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return self.low, self.high

    @property
    def coordinate(self) -> Coordinate:
        """The logarithm of the value."""
        return Log(jnp.zeros_like(self.low))

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        value = jnp.exp(between(jnp.asarray(z, float), jnp.log(self.low), jnp.log(self.high)))
        # exp(log x) may pass an end by one rounding, and a value outside its own support has no density.
        return jnp.clip(value, self.low, self.high)

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return score_between(jnp.log(jnp.asarray(x, float)), jnp.log(self.low), jnp.log(self.high))

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate: flat."""
        return jnp.zeros_like(jnp.asarray(u, float)) - jnp.log(jnp.log(self.high / self.low))
