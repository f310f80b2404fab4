"""A quantile function without closed form, tabulated once and interpolated to rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy.special import log_ndtr

LAST_SCORE = 37.0  # Φ(−37) = 6e-300 is near the smallest number that a float64 holds in full
NODES_PER_SCORE = 16
NEWTON_STEPS = 6  # the curve is almost straight between nodes: three reach rounding, the rest are for sharp corners


class QuantileTable(eqx.Module):
    """y(z), increasing, at equally spaced normal scores with its first and second derivatives; quintic between them.

    Beyond the last node the curve goes on as a straight line. The table is built from numbers, so the numbers that shape the
    distribution cannot be traced or differentiated; `z` and `y` can.

    Args:
        y: values at the nodes.
        slope: dy/dz.
        bend: d²y/dz².
    """

    y: Float[Array, "K"]
    slope: Float[Array, "K"]
    bend: Float[Array, "K"]

    @classmethod
    def of(
        cls,
        quantile: Callable[[np.ndarray, np.ndarray], np.ndarray],
        log_density: Callable[[np.ndarray], np.ndarray],
        score: Callable[[np.ndarray], np.ndarray],
    ) -> Self:
        """The table of a distribution with known density.

        As g(y) y' = φ(z), the derivatives at the nodes are exact: y' = φ/g and y'' = y' (−z − (log g)'(y) y').

        Args:
            quantile: (z, log Φ(−|z|)) → y.
            log_density: y → log g(y).
            score: y → (log g)'(y).
        """
        z = np.linspace(-LAST_SCORE, LAST_SCORE, int(2 * LAST_SCORE * NODES_PER_SCORE) + 1)
        y = quantile(z, log_ndtr(-np.abs(z)))
        slope = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_density(y))
        bend = slope * (-z - score(y) * slope)
        return cls(jnp.asarray(y), jnp.asarray(slope), jnp.asarray(bend))

    def __call__(self, z: ArrayLike) -> Float[Array, "..."]:
        """Value y at the normal score `z`."""
        z = jnp.asarray(z, float)
        inside = jnp.clip(z, -LAST_SCORE, LAST_SCORE)
        position = (inside + LAST_SCORE) * NODES_PER_SCORE
        i = jnp.clip(jnp.floor(position).astype(int), 0, self.y.shape[-1] - 2)
        beyond = jnp.where(z > 0, self.slope[-1], self.slope[0]) * (z - inside)
        return _polynomial(self._coefficients(i), position - i)[0] + beyond

    def inverse(self, y: ArrayLike) -> Float[Array, "..."]:
        """Normal score of `y`."""
        y = jnp.asarray(y, float)
        inside = jnp.clip(y, self.y[0], self.y[-1])
        i = jnp.clip(jnp.searchsorted(self.y, inside, side="right") - 1, 0, self.y.shape[-1] - 2)
        coefficients = self._coefficients(i)
        t = (inside - self.y[i]) / (self.y[i + 1] - self.y[i])
        for _ in range(NEWTON_STEPS):
            value, derivative = _polynomial(coefficients, t)
            t = t - (value - inside) / derivative
        beyond = (y - inside) / jnp.where(y > self.y[1], self.slope[-1], self.slope[0])
        return (i + t) / NODES_PER_SCORE - LAST_SCORE + beyond

    def _coefficients(self, i: Array) -> tuple[Array, ...]:
        """Quintic a + b t + … over the interval after node `i`, t from 0 to 1: both ends to their second derivative."""
        h = 1.0 / NODES_PER_SCORE
        y0, y1 = self.y[i], self.y[i + 1]
        d0, d1 = h * self.slope[i], h * self.slope[i + 1]
        s0, s1 = h * h * self.bend[i], h * h * self.bend[i + 1]
        rise = y1 - y0 - d0 - 0.5 * s0
        turn = d1 - d0 - s0
        flex = s1 - s0
        return (
            y0,
            d0,
            0.5 * s0,
            10 * rise - 4 * turn + 0.5 * flex,
            -15 * rise + 7 * turn - flex,
            6 * rise - 3 * turn + 0.5 * flex,
        )


def _polynomial(coefficients: tuple[Array, ...], t: Array) -> tuple[Array, Array]:
    """Value and derivative of a + b t + c t² + … by Horner's rule."""
    value, derivative = jnp.zeros_like(t), jnp.zeros_like(t)
    for coefficient in reversed(coefficients):
        derivative = derivative * t + value
        value = value * t + coefficient
    return value, derivative
