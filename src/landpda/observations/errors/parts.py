"""The two parts of a diagonal error: each is given, a factor of the value, or estimated."""

from __future__ import annotations

import abc
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.types import Theta


class ErrorPart(eqx.Module):
    """The variance of one source of error."""

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """Names in `theta` that it needs."""

    @abc.abstractmethod
    def variance(self, theta: Theta) -> Float[Array, "..."]:
        """(m,) variance [stream units squared], or () where it is the same for all."""


class Given(ErrorPart):
    """A standard deviation that is known.

    Args:
        sd: [stream units] (m,) or one for all.
    """

    name: ClassVar[str] = "given"
    sd: Float[Array, "..."]

    @property
    def parameters(self) -> tuple[str, ...]:
        """None."""
        return ()

    def variance(self, theta: Theta) -> Float[Array, "..."]:
        """The square of what was given."""
        del theta
        return jnp.square(self.sd)


class FactorOf(ErrorPart):
    """A standard deviation in proportion to the size of the observed value, with a floor.

    Args:
        factor: [1] share of the absolute value.
        size: [stream units] (m,) the observed values; those of the data, not of the model, or the fit would shrink the model.
        floor: [stream units] smallest standard deviation.
    """

    name: ClassVar[str] = "factor"
    factor: float
    size: Float[Array, "m"]
    floor: float

    @property
    def parameters(self) -> tuple[str, ...]:
        """None."""
        return ()

    def variance(self, theta: Theta) -> Float[Array, "m"]:
        """Square of max(floor, factor·|value|)."""
        del theta
        return jnp.square(jnp.maximum(self.factor * jnp.abs(self.size), self.floor))


class Estimated(ErrorPart):
    """A standard deviation that is a parameter, the same for all data.

    Args:
        parameter: its name in `theta`, in stream units.
    """

    name: ClassVar[str] = "estimated"
    parameter: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The one."""
        return (self.parameter,)

    def variance(self, theta: Theta) -> Float[Array, ""]:
        """Square of the parameter."""
        return jnp.square(theta[self.parameter])


class EstimatedSeasonal(ErrorPart):
    """A standard deviation that swings between two parameters with the size of the mean seasonal cycle of the data.

        σ² = (1 − s) σ_quiet² + s σ_active²,  s = activity in 0..1

    Args:
        quiet: name of the parameter that holds where the activity is 0.
        active: name of the parameter that holds where it is 1.
        activity: (m,) [1] how active the season is, from the observed data alone.
    """

    name: ClassVar[str] = "estimated_seasonal"
    quiet: str
    active: str
    activity: Float[Array, "m"]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Both."""
        return (self.quiet, self.active)

    def variance(self, theta: Theta) -> Float[Array, "m"]:
        """Variance between the two."""
        return (1.0 - self.activity) * jnp.square(theta[self.quiet]) + self.activity * jnp.square(theta[self.active])
