"""Beta prior."""

from __future__ import annotations

from typing import ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import betaln
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy import special

from landpda.core.errors import StudyError
from landpda.parameters.priors.check import check_numbers, refuse_range
from landpda.parameters.priors.coordinate import Coordinate, Logit
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.quantile_table import QuantileTable

LEADING_TERM_IS_EXACT = -40.0  # log(x (b + 1)) below which F(x) = xᵃ / (a B(a, b)) to rounding


class Beta(Prior):
    """A fraction, or any number between two ends, with a density that may rise, fall, peak or sag.

    `alpha` and `beta` must be known when the prior is built (its quantiles are tabulated): they cannot be traced.

    Args:
        alpha: [1] exponent at the lower end; the larger, the less probability there.
        beta: [1] exponent at the upper end.
        low: [as the parameter] lower end.
        high: [as the parameter] upper end.
    """

    name: ClassVar[str] = "beta"
    alternatives: ClassVar[tuple[str, ...]] = ("from_mean_sd",)
    alpha: Array
    beta: Array
    low: Array
    high: Array
    table: QuantileTable

    def __init__(self, alpha: float, beta: float, low: float = 0.0, high: float = 1.0) -> None:
        self.alpha, self.beta, self.low, self.high = real(alpha), real(beta), real(low), real(high)
        check_numbers(self, positive=("alpha", "beta"), finite=("low", "high"), ordered=("low", "high"))
        self.table = _table(float(alpha), float(beta))

    @classmethod
    def from_mean_sd(cls, mean: float, sd: float, low: float = 0.0, high: float = 1.0) -> Self:
        """Beta between two ends with this mean and standard deviation."""
        fraction, spread = (mean - low) / (high - low), sd / (high - low)
        if not (0 < fraction < 1 and 0 < spread**2 < fraction * (1 - fraction)):
            raise StudyError(
                f"The prior beta(mean={mean}, sd={sd}, low={low}, high={high}) was asked for.",
                "No beta prior has this mean and this standard deviation between these ends.",
                "Give low < mean < high and sd² < (mean − low)(high − mean).",
            )
        total = fraction * (1 - fraction) / spread**2 - 1
        return cls(fraction * total, (1 - fraction) * total, low, high)

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Nothing: a range does not say which beta prior is meant."""
        raise refuse_range(cls.name)

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
        return self.coordinate.inverse(self.table(z))

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return self.table.inverse(self.coordinate.forward(x))

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        u = jnp.asarray(u, float)
        return self.alpha * jax.nn.log_sigmoid(u) + self.beta * jax.nn.log_sigmoid(-u) - betaln(self.alpha, self.beta)


def _table(a: float, b: float) -> QuantileTable:
    """Quantiles of y = logit x between 0 and 1."""

    def quantile(z: np.ndarray, log_tail: np.ndarray) -> np.ndarray:
        # From the upper end the same distribution is Beta(b, a), so both tails are measured from their own end.
        return np.where(z < 0, _lower_logit(a, b, log_tail), -_lower_logit(b, a, log_tail))

    return QuantileTable.of(
        quantile,
        log_density=lambda y: a * special.log_expit(y) + b * special.log_expit(-y) - special.betaln(a, b),
        score=lambda y: a * special.expit(-y) - b * special.expit(y),
    )


def _lower_logit(a: float, b: float, log_tail: np.ndarray) -> np.ndarray:
    """Logit of x at the lower tail probability exp(log_tail) ≤ ½."""
    leading = (log_tail + np.log(a) + special.betaln(a, b)) / a
    use_leading = leading + np.log1p(b) < LEADING_TERM_IS_EXACT
    tail = np.exp(log_tail)
    below, above = (np.where(use_leading, 0.5, x) for x in (special.betaincinv(a, b, tail), special.betainccinv(b, a, tail)))
    # x close to 1 has lost its distance from 1, which the complement keeps.
    return np.where(use_leading, leading, np.log(below) - np.log(above))
