"""Empirical prior: a smooth distribution through the quantiles of given samples."""

from __future__ import annotations

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy.special import ndtr, ndtri

from landpda.core.errors import StudyError
from landpda.parameters.priors.check import check_numbers, refuse_range
from landpda.parameters.priors.coordinate import Coordinate, Linear, Log, LogBelow, Logit
from landpda.parameters.priors.monotone_spline import MonotoneSpline
from landpda.parameters.priors.prior import Prior, real
from landpda.parameters.priors.standard_normal import log_phi

FEWEST_SAMPLES = 20


class Empirical(Prior):
    """What earlier samples say, e.g. the posterior of another site: their quantiles, joined smoothly, with normal tails.

    Samples must be known when the prior is built: they cannot be traced. Few samples give few knots (about 2 N^⅓), so that the
    density is smooth; detail finer than that is lost. Between finite ends the curve is drawn on a logit (or log) scale.

    Args:
        samples: [as the parameter] at least 20 values, in any order.
        low: [as the parameter] lower end, below all samples; −inf for none.
        high: [as the parameter] upper end, above all samples; inf for none.
    """

    name: ClassVar[str] = "empirical"
    low: Array
    high: Array
    curve: MonotoneSpline
    bounded: tuple[bool, bool] = eqx.field(static=True)

    def __init__(self, samples: ArrayLike, low: float = -np.inf, high: float = np.inf) -> None:
        samples = np.sort(np.asarray(samples, float).ravel())  # a sum of them must not know their order
        self.low, self.high = real(low), real(high)
        self.bounded = (bool(np.isfinite(low)), bool(np.isfinite(high)))
        check_numbers(self, ordered=("low", "high"))
        _check_samples(samples, low, high)
        self.curve = _curve_through(np.asarray(self.natural(samples)))

    @classmethod
    def over_range(cls, low: float, high: float, default: float) -> Self:
        """Nothing: a range holds no samples."""
        raise refuse_range(cls.name)

    @property
    def support(self) -> tuple[Array, Array]:
        """Ends of the interval that holds all values."""
        return self.low, self.high

    @property
    def coordinate(self) -> Coordinate:
        """The value; its logarithm from one finite end; its logit between two."""
        match self.bounded:
            case (True, True):
                return Logit(self.low, self.high)
            case (True, False):
                return Log(self.low)
            case (False, True):
                return LogBelow(self.high)
            case _:
                return Linear()

    def from_normal(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value whose normal score is `z`."""
        return self.from_natural(self.curve(z))

    def to_normal(self, x: ArrayLike) -> Float[Array, "..."]:
        """Normal score of the value `x`."""
        return self.curve.inverse(self.natural(x))

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "..."]:
        """Log density of the natural coordinate."""
        z = self.curve.inverse(u)
        return log_phi(z) - self.curve.log_slope(z)


def _check_samples(samples: np.ndarray, low: float, high: float) -> None:
    asked = f"The prior empirical of {len(samples)} samples was asked for."
    if len(np.unique(samples)) < FEWEST_SAMPLES:
        found = f"There are {len(np.unique(samples))} different values."
        raise StudyError(asked, found, f"Give at least {FEWEST_SAMPLES} different samples.")
    if not np.isfinite(samples).all():
        found = f"{int((~np.isfinite(samples)).sum())} are not finite numbers."
        raise StudyError(asked, found, "Leave out the runs that failed.")
    if not (low < samples.min() and samples.max() < high):
        found = f"They lie between {samples.min():.6g} and {samples.max():.6g}, the ends are {low:.6g} and {high:.6g}."
        raise StudyError(asked, found, "Give ends that hold all samples.")


def _curve_through(y: np.ndarray) -> MonotoneSpline:
    """Quantile curve of the samples `y` against their normal score."""
    # √N samples beyond each end knot: the tail's slope is then known to N^-¼, and detail is kept as far out as N allows.
    beyond = min(len(y) ** -0.5, 0.1)
    num_knots = int(np.clip(round(2 * len(y) ** (1 / 3)), 5, 101))
    z = np.linspace(ndtri(beyond), -ndtri(beyond), num_knots)
    knots = np.quantile(y, ndtr(z), method="hazen")
    distinct = np.concatenate(([True], np.diff(knots) > 0))
    z, knots = z[distinct], knots[distinct]
    if len(z) < 3:
        raise StudyError(
            "The prior empirical was asked for.",
            "Nearly all samples are the same value.",
            "Hold the parameter at that value, or give samples of more draws.",
        )
    slope = _knot_slopes(z, knots)
    slope[0], slope[-1] = _tail_slope(-z[0], -knots[0], -y), _tail_slope(z[-1], knots[-1], y)
    return MonotoneSpline(jnp.asarray(z), jnp.asarray(knots), jnp.asarray(slope))


def _knot_slopes(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes at the knots: the geometric mean of the secants on both sides, which keeps the density smooth and above 0."""
    secants = np.diff(y) / np.diff(z)
    return np.concatenate((secants[:1], np.sqrt(secants[:-1] * secants[1:]), secants[-1:]))


def _tail_slope(z: float, y: float, samples: np.ndarray) -> float:
    """Slope of the straight tail beyond the knot (z, y) that has the mean excess of the samples there.

    The mean of a normal score beyond z is φ(z)/Φ(−z), so the tail's mean excess is slope · (φ(z)/Φ(−z) − z).
    """
    excess = np.mean(samples[samples > y] - y)
    return float(excess / (np.exp(log_phi(z)) / ndtr(-z) - z))
