"""Log-normal prior."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import StudyError
from landpda.parameters.priors.check import check_numbers
from landpda.parameters.priors.coordinate import Coordinate, Log
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.standard_normal import SD_IN_RANGE, log_phi


class LogNormal(Prior):
    """A positive number known to a factor: half the probability below `median`, the logarithm normal.

    Args:
        median: [as the parameter] median, > 0.
        sigma: [1] standard deviation of the natural logarithm.
    """

    name: ClassVar[str] = "log_normal"
    alternatives: ClassVar[tuple[str, ...]] = ("from_factor", "from_mean_sd")
    median: Array = eqx.field(converter=real)
    sigma: Array = eqx.field(converter=real)

    def __check_init__(self) -> None:
        check_numbers(self, positive=("median", "sigma"))

    @classmethod
    def from_factor(cls, median: float, factor: float) -> Self:
        """Log-normal in which one standard deviation is a multiplication or division by `factor` > 1.

        CARDAMOM writes its priors so: LN(0.5, ×÷1.2).
        """
        if not factor > 1:
            raise StudyError(
                f"The prior log_normal(median={median}, factor={factor}) was asked for.",
                "factor is not above 1.",
                "Give the factor that is one standard deviation, e.g. 1.2 for 20 %.",
            )
        return cls(median, math.log(factor))

    @classmethod
    def from_mean_sd(cls, mean: float, sd: float) -> Self:
        """Log-normal with this mean and standard deviation of the value itself."""
        if not (mean > 0 and sd > 0):
            raise StudyError(
                f"The prior log_normal(mean={mean}, sd={sd}) was asked for.",
                "mean and sd are not both above 0.",
                "Give both above 0, or a normal prior.",
            )
        variance = math.log1p((sd / mean) ** 2)
        return cls(mean * math.exp(-0.5 * variance), math.sqrt(variance))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Log-normal with 95 % of its probability from `low` to `high`, in the middle of the logarithms."""
        if not 0 < low < high:
            raise StudyError(
                f"The prior log_normal over the range {low} to {high} was asked for.",
                "The range is not above 0, or not in order.",
                "Give 0 < low < high, or a normal prior.",
            )
        return cls(math.sqrt(low * high), math.log(high / low) / SD_IN_RANGE)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return jnp.zeros_like(self.median), jnp.full_like(self.median, jnp.inf)

    @property
    def coordinate(self) -> Coordinate:
        """The logarithm of the value."""
        return Log(jnp.zeros_like(self.median))

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        return self.median * jnp.exp(self.sigma * jnp.asarray(z, float))

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return jnp.log(x / self.median) / self.sigma

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        return log_phi((u - jnp.log(self.median)) / self.sigma) - jnp.log(self.sigma)
