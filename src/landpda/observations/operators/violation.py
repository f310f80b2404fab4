"""How far a model breaks its own constraints, as something that was observed to be zero."""

from __future__ import annotations

from typing import ClassVar

import jax
from jaxtyping import Array, Float

from landpda.core.types import Outputs
from landpda.observations.operators.operator import ObservationOperator


class Violation(ObservationOperator):
    """Smooth violation of each constraint: about 0 where it holds, the distance beyond it where it does not.

        v = w ln(1 + exp(−margin / w))

    Args:
        width: [1] w, the margin over which it fades; the model's margins are log ratios, so 0.05 is five per cent.

    With zero as the observation and a Gaussian error of a fifth, a constraint broken by a factor e costs 12.5 log units. Least
    squares and ensemble methods see it as one more stream.
    """

    name: ClassVar[str] = "violation"
    width: float = 0.05

    @property
    def wanted(self) -> tuple[str, ...]:
        """The model's margins."""
        return ("constraint_margin",)

    def __call__(self, outputs: Outputs) -> Float[Array, "m ..."]:
        """(constraints,) or (constraints, B) violations [1]."""
        return self.width * jax.nn.softplus(-outputs["constraint_margin"] / self.width)
