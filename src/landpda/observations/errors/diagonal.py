"""Independent errors: R is diagonal."""

from __future__ import annotations

from typing import ClassVar

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.types import Theta
from landpda.observations.errors.error_model import ErrorModel
from landpda.observations.errors.parts import ErrorPart


class Diagonal(ErrorModel):
    """Independent Gaussian errors whose variance is the sum of an observation part and a structural part.

        R = diag(σ_obs² + σ_struct²)

    Args:
        observation: error of the measurement.
        structural: error of a model that is right in all its parameters; `Given(0.0)` where there is none.
        num: m, number of data.

    Days in a row are not independent in truth: a daily flux misfit has a lag-one correlation of 0.4–0.7, and a posterior under
    this model is then too narrow. The diagnostics say so when they see it.
    """

    name: ClassVar[str] = "diagonal"
    observation: ErrorPart
    structural: ErrorPart
    num: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """Those of both parts."""
        return (*self.observation.parameters, *self.structural.parameters)

    def _variance(self, theta: Theta) -> Float[Array, "m"]:
        return jnp.broadcast_to(self.observation.variance(theta) + self.structural.variance(theta), (self.num,))

    def whiten(self, misfit: Float[Array, "m"], theta: Theta) -> Float[Array, "m"]:
        """Misfit over σ."""
        return misfit / jnp.sqrt(self._variance(theta))

    def log_sd(self, theta: Theta) -> Float[Array, "m"]:
        """Log σ of each datum."""
        return 0.5 * jnp.log(self._variance(theta))

    def log_scale(self, theta: Theta) -> Float[Array, ""]:
        """Σ log σ."""
        return jnp.sum(self.log_sd(theta))

    def sample(self, key: PRNGKeyArray, theta: Theta) -> Float[Array, "m"]:
        """σ ε."""
        return jr.normal(key, (self.num,)) * jnp.sqrt(self._variance(theta))

    def sample_structural(self, key: PRNGKeyArray, theta: Theta) -> Float[Array, "m"]:
        """σ_struct ε."""
        return jr.normal(key, (self.num,)) * jnp.sqrt(self.structural.variance(theta))
