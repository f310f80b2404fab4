"""Means and sums of one output over windows of steps."""

from __future__ import annotations

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from landpda.core.types import Outputs
from landpda.observations.operators.operator import ObservationOperator


def _window_sums(
    values: Float[Array, "T ..."], first: Int[np.ndarray, "m"], last: Int[np.ndarray, "m"]
) -> Float[Array, "m ..."]:
    """Sum over [first, last] of each window, by differences of the running sum: linear, and one pass for any windows."""
    running = jnp.concatenate([jnp.zeros_like(values[:1]), jnp.cumsum(values, axis=0)])
    return running[last + 1] - running[first]


class TemporalMean(ObservationOperator):
    """Mean of one output over each window of steps, both ends included: for rates and states.

    Args:
        variable: name of the model output.
        first: (m,) first step of each window.
        last: (m,) last step of each window.
        factor: [1] units of the output → units of the stream.
    """

    name: ClassVar[str] = "temporal_mean"
    variable: str
    first: Int[np.ndarray, "m"]
    last: Int[np.ndarray, "m"]
    factor: float = 1.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The one output."""
        return (self.variable,)

    def __call__(self, outputs: Outputs) -> Float[Array, "m ..."]:
        """(m,) or (m, B) window means."""
        values = outputs[self.variable]
        length = (self.last - self.first + 1).reshape((-1,) + (1,) * (values.ndim - 1))
        return _window_sums(values, self.first, self.last) / length * self.factor


class TemporalSum(ObservationOperator):
    """Sum of a rate times the step length over each window, both ends included: for totals.

    Args:
        variable: name of the model output, a rate per day.
        first: (m,) first step of each window.
        last: (m,) last step of each window.
        dt: [d] length of a step.
        factor: [1] units of the output times a day → units of the stream.
    """

    name: ClassVar[str] = "temporal_sum"
    variable: str
    first: Int[np.ndarray, "m"]
    last: Int[np.ndarray, "m"]
    dt: float = 1.0
    factor: float = 1.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The one output."""
        return (self.variable,)

    def __call__(self, outputs: Outputs) -> Float[Array, "m ..."]:
        """(m,) or (m, B) window totals."""
        return _window_sums(outputs[self.variable], self.first, self.last) * (self.dt * self.factor)
