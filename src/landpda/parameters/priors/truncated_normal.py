"""Truncated normal prior."""

from __future__ import annotations

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri
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
        below, above = ndtr(z), ndtr(-z)
        t = _score(above * ndtr(a) + below * ndtr(b), above * ndtr(-a) + below * ndtr(-b))
        return jnp.clip(self.mean + self.sd * t, self.low, self.high)

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        x = jnp.asarray(x, float)
        a, b = self._ends
        t = (x - self.mean) / self.sd
        total = _probability(a, b)
        score = _score(_probability(a, t) / total, _probability(t, b) / total)
        return jnp.where((x < self.low) | (x > self.high), jnp.nan, score)

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        return log_phi((u - self.mean) / self.sd) - jnp.log(self.sd) - jnp.log(_probability(*self._ends))

    @property
    def _ends(self) -> tuple[Array, Array]:
        """Both ends in standard deviations from the mean."""
        return self._standardised(self.low), self._standardised(self.high)

    def _standardised(self, end: Array) -> Array:
        # An end at infinity does not move with mean and sd; without the first `where` its derivative would be inf · 0.
        finite = jnp.isfinite(end)
        return jnp.where(finite, (jnp.where(finite, end, self.mean) - self.mean) / self.sd, end)


def _score(lower: Array, upper: Array) -> Float[Array, "..."]:
    """Normal score of two probabilities whose sum is 1, from the smaller."""
    from_below = lower < upper
    score = ndtri(jnp.where(from_below, lower, upper))  # not `minimum`: its derivative is split where both are equal
    return jnp.where(from_below, score, -score)


def _probability(a: Array, b: Array) -> Float[Array, "..."]:
    """Φ(b) − Φ(a), taken in the tail where the difference keeps its digits."""
    mirror = a + b > 0
    return ndtr(jnp.where(mirror, -a, b)) - ndtr(jnp.where(mirror, -b, a))
