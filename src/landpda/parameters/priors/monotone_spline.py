"""An increasing curve through given points, smooth, with its inverse in closed form."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float


class MonotoneSpline(eqx.Module):
    """Rational-quadratic interpolation of increasing points, straight lines beyond the ends.

    Between two knots, with t = (z − z_k)/(z_{k+1} − z_k), s the secant slope and d the slopes at the knots,

        y = y_k + (y_{k+1} − y_k) (s t² + d_k t (1−t)) / (s + (d_{k+1} + d_k − 2 s) t (1−t))

    is increasing for all positive d, and its inverse is the root of a quadratic.

    Args:
        z: positions of the knots, increasing.
        y: values at the knots, increasing.
        slope: dy/dz at the knots, > 0.

    Source: [gregory1982] eq. 7.
    """

    z: Float[Array, "K"]
    y: Float[Array, "K"]
    slope: Float[Array, "K"]

    def __call__(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value y at `z`."""
        z = jnp.asarray(z, float)
        inside = jnp.clip(z, self.z[0], self.z[-1])
        k, width, rise, secant, excess = self._interval(self.z, inside)
        t = (inside - self.z[k]) / width
        value = self.y[k] + rise * (secant * t * t + self.slope[k] * t * (1 - t)) / (secant + excess * t * (1 - t))
        return value + self._end_slope(z > self.z[1]) * (z - inside)

    def inverse(self, y: ArrayLike) -> Float[Array, "..."]:
        """Position z at `y`."""
        y = jnp.asarray(y, float)
        inside = jnp.clip(y, self.y[0], self.y[-1])
        k, width, rise, secant, excess = self._interval(self.y, inside)
        above = inside - self.y[k]
        a = rise * (secant - self.slope[k]) + above * excess
        b = rise * self.slope[k] - above * excess
        c = -secant * above
        # The root as 2c/(−b − √…) has no difference of near-equal numbers, as b > 0 where it counts.
        t = 2 * c / (-b - jnp.sqrt(jnp.maximum(b * b - 4 * a * c, 0.0)))
        return self.z[k] + width * t + (y - inside) / self._end_slope(y > self.y[1])

    def log_slope(self, z: ArrayLike) -> Float[Array, "..."]:
        """Logarithm of dy/dz at `z`."""
        z = jnp.asarray(z, float)
        inside = jnp.clip(z, self.z[0], self.z[-1])
        k, width, _, secant, excess = self._interval(self.z, inside)
        t = (inside - self.z[k]) / width
        top = self.slope[k + 1] * t * t + 2 * secant * t * (1 - t) + self.slope[k] * (1 - t) ** 2
        return 2 * jnp.log(secant) + jnp.log(top) - 2 * jnp.log(secant + excess * t * (1 - t))

    def _interval(self, knots: Array, inside: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Index of the interval that holds `inside`, its width, rise, secant slope and d_{k+1} + d_k − 2 s."""
        k = jnp.clip(jnp.searchsorted(knots, inside, side="right") - 1, 0, knots.shape[-1] - 2)
        width, rise = self.z[k + 1] - self.z[k], self.y[k + 1] - self.y[k]
        secant = rise / width
        return k, width, rise, secant, self.slope[k] + self.slope[k + 1] - 2 * secant

    def _end_slope(self, upper: Array) -> Array:
        return jnp.where(upper, self.slope[-1], self.slope[0])
