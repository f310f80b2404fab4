"""Logit-normal prior."""

from __future__ import annotations

from typing import ClassVar, Self

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.check import check_numbers
from landpda.parameters.priors.coordinate import Coordinate, Logit
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.standard_normal import log_phi


class LogitNormal(Prior):
    """A number between two ends that fades out towards both, so that a search never sits on a bound.

    Args:
        low: [as the parameter] lower end.
        high: [as the parameter] upper end.
        median: [as the parameter] median; the middle if none is given.
        sigma: [1] standard deviation of the logit; below √2 the density has one peak.
    """

    name: ClassVar[str] = "logit_normal"
    low: Array
    high: Array
    median: Array
    sigma: Array

    def __init__(self, low: ArrayLike, high: ArrayLike, median: ArrayLike | None = None, sigma: ArrayLike = 1.0) -> None:
        self.low, self.high, self.sigma = real(low), real(high), real(sigma)
        self.median = 0.5 * (self.low + self.high) if median is None else real(median)
        check_numbers(self, finite=("low", "median", "high"), positive=("sigma",), ordered=("low", "median", "high"))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Logit-normal from `low` to `high` with its median at the default and sigma 1."""
        return cls(low, high, default)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return self.low, self.high

    @property
    def coordinate(self) -> Coordinate:
        """The logit of the value between its ends."""
        return Logit(self.low, self.high)

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        return self.from_natural(self.natural(self.median) + self.sigma * jnp.asarray(z, float))

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return (self.natural(x) - self.natural(self.median)) / self.sigma

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        return log_phi((u - self.natural(self.median)) / self.sigma) - jnp.log(self.sigma)
