"""What an error model is: R through its root."""

from __future__ import annotations

import abc
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.types import Theta


class ErrorModel(eqx.Module):
    """Covariance of observation and structural error. Its own unknowns are elements of `theta`, named in `parameters`.

    Written for one member; a problem maps it over the members of a block.
    """

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """Names in `theta` that it needs."""

    @abc.abstractmethod
    def whiten(self, misfit: Float[Array, "m"], theta: Theta) -> Float[Array, "m"]:
        """R^-½ r: of unit variance and uncorrelated if R is right."""

    @abc.abstractmethod
    def log_scale(self, theta: Theta) -> Float[Array, ""]:
        """log|R^½|, up to a constant that no parameter changes."""

    @abc.abstractmethod
    def log_sd(self, theta: Theta) -> Float[Array, "m"]:
        """Log of the standard deviation of each datum; its derivative tells how well the error itself is known."""

    @abc.abstractmethod
    def sample(self, key: PRNGKeyArray, theta: Theta) -> Float[Array, "m"]:
        """Structural and observation error together [stream units]."""

    @abc.abstractmethod
    def sample_structural(self, key: PRNGKeyArray, theta: Theta) -> Float[Array, "m"]:
        """Structural error alone [stream units]."""
