"""What an observation operator is."""

from __future__ import annotations

import abc
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from landpda.core.types import Outputs


class ObservationOperator(eqx.Module):
    """From the outputs of a model to m predicted observations.

    Outputs have their own axes first and, for a block of members, the member axis last; so has what the operator returns:
    (m,) or (m, B). An operator is elementwise in the member axis.
    """

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def wanted(self) -> tuple[str, ...]:
        """Names of the model outputs that it looks at."""

    @abc.abstractmethod
    def __call__(self, outputs: Outputs) -> Float[Array, "m ..."]:
        """Predicted observations, in the units of the stream."""
