"""Half-normal prior."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.special import erf, erfinv, ndtr, ndtri
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import StudyError
from landpda.parameters.priors.check import check_numbers
from landpda.parameters.priors.coordinate import Coordinate, Linear
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.standard_normal import SD_IN_RANGE, log_phi

ROOT_TWO = math.sqrt(2.0)
MEDIAN = 0.6744897501960817  # of the size of a standard normal number: Φ⁻¹(¾)


class HalfNormal(Prior):
    """A number ≥ 0 that is most likely near 0, such as a standard deviation: the size of a normal number.

    Args:
        scale: [as the parameter] standard deviation of that normal number.
    """

    name: ClassVar[str] = "half_normal"
    scale: Array = eqx.field(converter=real)

    def __check_init__(self) -> None:
        check_numbers(self, positive=("scale",))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Half-normal with 95 % of its probability from 0 to `high`."""
        if low != 0 or high <= 0:
            raise StudyError(
                f"The prior half_normal over the range {low} to {high} was asked for.",
                "A half-normal prior begins at 0.",
                "Give low = 0 < high, or another family.",
            )
        return cls(2 * high / SD_IN_RANGE)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return jnp.zeros_like(self.scale), jnp.full_like(self.scale, jnp.inf)

    @property
    def coordinate(self) -> Coordinate:
        """The value itself."""
        return Linear()

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        z = jnp.asarray(z, float)
        # P(|n| < t) = erf(t/√2) is exact near 0 and 2 Φ(−t) far out: each side of the median uses its own.
        near = ROOT_TWO * erfinv(ndtr(jnp.where(z < 0, z, 0.0)))
        far = -ndtri(0.5 * ndtr(-jnp.where(z < 0, 0.0, z)))
        return self.scale * jnp.where(z < 0, near, far)

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        t = x / self.scale
        below_median = t < MEDIAN
        near, far = erf(t / ROOT_TWO), 2.0 * ndtr(-t)
        score = ndtri(jnp.where(below_median, near, far))
        return jnp.where(t < 0, jnp.nan, jnp.where(below_median, score, -score))

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        return log_phi(u / self.scale) + math.log(2.0) - jnp.log(self.scale)
