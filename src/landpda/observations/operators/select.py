"""The value of one output at the steps that were observed."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from jaxtyping import Array, Float, Int

from landpda.core.types import Outputs
from landpda.observations.operators.operator import ObservationOperator


class Select(ObservationOperator):
    """One output at the observed steps, times a factor that changes its units.

    Args:
        variable: name of the model output.
        steps: (m,) index of the model step of each observation.
        factor: [1] units of the output → units of the stream.

    >>> Select("nbe", np.array([0, 2]))({"nbe": np.array([1.0, 2.0, 3.0])})
    array([1., 3.])
    """

    name: ClassVar[str] = "select"
    variable: str
    steps: Int[np.ndarray, "m"]
    factor: float = 1.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The one output."""
        return (self.variable,)

    def __call__(self, outputs: Outputs) -> Float[Array, "m ..."]:
        """(m,) or (m, B) selected values."""
        return outputs[self.variable][self.steps] * self.factor
