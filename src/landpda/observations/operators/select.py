"""The value of one output at the steps that were observed."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from jaxtyping import Array, Float, Int

from landpda.core.types import Outputs
from landpda.observations.operators.operator import ObservationOperator
from landpda.observations.operators.plan import OperatorPlan
from landpda.observations.seen import Record, Seen


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


class EachStep(OperatorPlan):
    """Compares the values of single steps, as the file has them."""

    name: ClassVar[str] = "select"

    @property
    def span(self) -> int:
        """One step."""
        return 1

    def observe(self, record: Record) -> Record:
        """As it is."""
        return record

    def operator(self, seen: Seen) -> Select:
        """The output at those steps."""
        return Select(seen.output, seen.steps, seen.scale)
