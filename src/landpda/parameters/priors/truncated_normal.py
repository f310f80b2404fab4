"""Truncated normal prior."""

from __future__ import annotations

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr, ndtri
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.check import check_numbers, refuse, traced
from landpda.parameters.priors.coordinate import Coordinate, Linear
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.standard_normal import SD_IN_RANGE, log_phi

FARTHEST_END = 10.0  # standard deviations: farther out, a tail of a tail has too few digits, and another family is meant


class TruncatedNormal(Prior):
    """A normal prior cut off at one or both ends, where a value is known to be impossible beyond them.

    Args:
        mean: [as the parameter] mean before the cut.
        sd: [as the parameter] standard deviation before the cut.
        low: [as the parameter] lower end; −inf for none.
        high: [as the parameter] upper end; inf for none.
    """

    name: ClassVar[str] = "truncated_normal"
    mean: Array = eqx.field(converter=real)
    sd: Array = eqx.field(converter=real)
    low: Array = eqx.field(converter=real, default=-np.inf)
    high: Array = eqx.field(converter=real, default=np.inf)

    def __check_init__(self) -> None:
        check_numbers(self, finite=("mean",), positive=("sd",), ordered=("low", "high"))
        a, b = self._ends
        if not traced(a, b) and bool(((a > FARTHEST_END) | (b < -FARTHEST_END)).any()):
            numbers = {name: getattr(self, name) for name in ("mean", "sd", "low", "high")}
            found = f"All that is left lies more than {FARTHEST_END:.0f} standard deviations from the mean."
            raise refuse(self.name, numbers, found, "Move the mean towards the ends, or widen sd.")

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Around the default, as wide as the normal that has 95 % of its probability from `low` to `high`, cut off there."""
        return cls(default, (high - low) / SD_IN_RANGE, low, high)

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
        z = jnp.asarray(z, float)
        a, b = self._ends
        # Both tails are sums of positive terms: P(t) = Φ(−z) Φ(a) + Φ(z) Φ(b), and the same with all signs changed.
        lower = jnp.logaddexp(log_ndtr(-z) + log_ndtr(a), log_ndtr(z) + log_ndtr(b))
        upper = jnp.logaddexp(log_ndtr(-z) + log_ndtr(-a), log_ndtr(z) + log_ndtr(-b))
        t = jnp.where(lower < upper, ndtri(jnp.exp(lower)), -ndtri(jnp.exp(upper)))
        return jnp.clip(self.mean + self.sd * t, self.low, self.high)

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        x = jnp.asarray(x, float)
        a, b = self._ends
        t = (x - self.mean) / self.sd
        total = _log_probability(a, b)
        lower, upper = _log_probability(a, t) - total, _log_probability(t, b) - total
        score = jnp.where(lower < upper, ndtri(jnp.exp(lower)), -ndtri(jnp.exp(upper)))
        return jnp.where((x < self.low) | (x > self.high), jnp.nan, score)

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        return log_phi((u - self.mean) / self.sd) - jnp.log(self.sd) - _log_probability(*self._ends)

    @property
    def _ends(self) -> tuple[Array, Array]:
        """Both ends in standard deviations from the mean."""
        return (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd


def _log_probability(a: Array, b: Array) -> Float[Array, "..."]:
    """log(Φ(b) − Φ(a)), taken in the tail where the difference keeps its digits."""
    mirror = a + b > 0
    low, high = jnp.where(mirror, -b, a), jnp.where(mirror, -a, b)
    log_low, log_high = log_ndtr(low), log_ndtr(high)
    gap = jnp.where(log_low < log_high, log_low - log_high, -jnp.inf)
    return jnp.where(log_low < log_high, log_high + jnp.log1p(-jnp.exp(gap)), -jnp.inf)
