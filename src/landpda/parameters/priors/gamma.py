"""Gamma prior."""

from __future__ import annotations

from typing import ClassVar, Self

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy import special

from landpda.core.errors import StudyError
from landpda.parameters.priors.check import check_numbers, refuse_range
from landpda.parameters.priors.coordinate import Coordinate, Log
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.quantile_table import QuantileTable

LEADING_TERM_IS_EXACT = -40.0  # log x below which F(x) = xᵏ / Γ(k+1) to rounding


class Gamma(Prior):
    """A positive number with mean `shape`·`scale` and a tail that falls like an exponential; a waiting time or a size.

    `shape` must be known when the prior is built (its quantiles are tabulated): it cannot be traced.

    Args:
        shape: [1] k; the standard deviation is mean/√k.
        scale: [as the parameter] θ.
    """

    name: ClassVar[str] = "gamma"
    alternatives: ClassVar[tuple[str, ...]] = ("from_mean_sd",)
    shape: Array
    scale: Array
    table: QuantileTable

    def __init__(self, shape: float, scale: float) -> None:
        self.shape, self.scale = real(shape), real(scale)
        check_numbers(self, positive=("shape", "scale"))
        self.table = _table(float(shape))

    @classmethod
    def from_mean_sd(cls, mean: float, sd: float) -> Self:
        """Gamma with this mean and standard deviation."""
        if not (mean > 0 and sd > 0):
            raise StudyError(
                f"The prior gamma(mean={mean}, sd={sd}) was asked for.",
                "mean and sd are not both above 0.",
                "Give both above 0, or a normal prior.",
            )
        return cls((mean / sd) ** 2, sd**2 / mean)

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Nothing: a range does not say which gamma prior is meant."""
        raise refuse_range(cls.name)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return jnp.zeros_like(self.scale), jnp.full_like(self.scale, jnp.inf)

    @property
    def coordinate(self) -> Coordinate:
        """The logarithm of the value."""
        return Log(jnp.zeros_like(self.scale))

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        return self.scale * jnp.exp(self.table(z))

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return self.table.inverse(jnp.log(x / self.scale))

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        y = u - jnp.log(self.scale)
        return self.shape * y - jnp.exp(y) - gammaln(self.shape)


def _table(k: float) -> QuantileTable:
    """Quantiles of y = log x for scale 1."""

    def quantile(z: np.ndarray, log_tail: np.ndarray) -> np.ndarray:
        tail = np.exp(log_tail)
        leading = (log_tail + special.gammaln(k + 1)) / k
        use_leading = (z < 0) & (leading < LEADING_TERM_IS_EXACT)
        x = np.where(z < 0, special.gammaincinv(k, tail), special.gammainccinv(k, tail))
        return np.where(use_leading, leading, np.log(np.where(use_leading, 1.0, x)))

    return QuantileTable.of(
        quantile,
        log_density=lambda y: k * y - np.exp(y) - special.gammaln(k),
        score=lambda y: k - np.exp(y),
    )
