"""Scales on which a family of priors is simple: linear, logarithmic, logit."""

from __future__ import annotations

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float


class Coordinate(eqx.Module):
    """An increasing map x → u with its slope."""

    @abc.abstractmethod
    def forward(self, x: ArrayLike) -> Float[Array, "..."]:
        """Coordinate u of the value x."""

    @abc.abstractmethod
    def inverse(self, u: ArrayLike) -> Float[Array, "..."]:
        """Value x at the coordinate u."""

    @abc.abstractmethod
    def log_slope(self, x: ArrayLike) -> Float[Array, "..."]:
        """Logarithm of du/dx at the value x."""


class Linear(Coordinate):
    """u = x."""

    def forward(self, x: ArrayLike) -> Float[Array, "..."]:
        """Coordinate u of the value x."""
        return jnp.asarray(x, float)

    def inverse(self, u: ArrayLike) -> Float[Array, "..."]:
        """Value x at the coordinate u."""
        return jnp.asarray(u, float)

    def log_slope(self, x: ArrayLike) -> Float[Array, "..."]:
        """Logarithm of du/dx at the value x."""
        return jnp.zeros_like(jnp.asarray(x, float))


class Log(Coordinate):
    """u = log(x − low)."""

    low: Array

    def forward(self, x: ArrayLike) -> Float[Array, "..."]:
        """Coordinate u of the value x."""
        return jnp.log(x - self.low)

    def inverse(self, u: ArrayLike) -> Float[Array, "..."]:
        """Value x at the coordinate u."""
        return self.low + jnp.exp(u)

    def log_slope(self, x: ArrayLike) -> Float[Array, "..."]:
        """Logarithm of du/dx at the value x."""
        return -jnp.log(x - self.low)


class LogBelow(Coordinate):
    """u = −log(high − x)."""

    high: Array

    def forward(self, x: ArrayLike) -> Float[Array, "..."]:
        """Coordinate u of the value x."""
        return -jnp.log(self.high - x)

    def inverse(self, u: ArrayLike) -> Float[Array, "..."]:
        """Value x at the coordinate u."""
        return self.high - jnp.exp(-jnp.asarray(u, float))

    def log_slope(self, x: ArrayLike) -> Float[Array, "..."]:
        """Logarithm of du/dx at the value x."""
        return -jnp.log(self.high - x)


class Logit(Coordinate):
    """u = log((x − low) / (high − x))."""

    low: Array
    high: Array

    def forward(self, x: ArrayLike) -> Float[Array, "..."]:
        """Coordinate u of the value x."""
        return jnp.log(x - self.low) - jnp.log(self.high - x)

    def inverse(self, u: ArrayLike) -> Float[Array, "..."]:
        """Value x at the coordinate u."""
        u = jnp.asarray(u, float)
        width = self.high - self.low
        # Measured from the nearer end, so that neither end loses digits.
        return jnp.where(u < 0, self.low + width * jax.nn.sigmoid(u), self.high - width * jax.nn.sigmoid(-u))

    def log_slope(self, x: ArrayLike) -> Float[Array, "..."]:
        """Logarithm of du/dx at the value x."""
        return jnp.log(self.high - self.low) - jnp.log(x - self.low) - jnp.log(self.high - x)
