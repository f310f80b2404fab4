"""What a model is, to every room: parameters, outputs, forcing, and one function that runs it."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from landpda.core.parameter_table import ParameterTable
from landpda.core.scenario import Scenario
from landpda.core.types import Needs, Outputs, Theta, Variable


class Model(eqx.Module):
    """A model of the land surface. A subclass is final, and its class docstring is its card.

    Each value of `theta` is a scalar for one run, or a row `(B,)` for a block of B members: a model's step is elementwise in
    that last axis, so the same text serves both, and each output gains the same last axis.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    offers: ClassVar[Needs]

    @property
    @abc.abstractmethod
    def parameters(self) -> ParameterTable:
        """Parameters with defaults, ranges, units, meaning and source."""

    @property
    @abc.abstractmethod
    def outputs(self) -> Mapping[str, Variable]:
        """Everything that `simulate` can be asked for."""

    @property
    @abc.abstractmethod
    def forcing(self) -> Mapping[str, Variable]:
        """Forcing that a scenario must hold, with the units in which it is expected."""

    @property
    @abc.abstractmethod
    def constraints(self) -> tuple[str, ...]:
        """Names of the constraints in the rows of the output `constraint_margin`; empty where the model has none."""

    @abc.abstractmethod
    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        """Run the model and return the outputs named in `wanted`, and only those.

        A model with constraints also offers the output `constraint_margin` with dims ("constraint",): ≥ 0 where a constraint
        holds, negative by the (log) distance where it does not, and differentiable.
        """


def check_forcing(scenario: Scenario, needed: Mapping[str, Variable]) -> dict[str, Float[Array, "T"]]:
    """The forcing that a model needs, or an error that names what is missing.

    Raises:
        DataError: a forcing variable is not in the scenario.
    """
    from landpda.core.errors import DataError, nearest

    missing = [name for name in needed if name not in scenario.forcing]
    if missing:
        raise DataError(
            f"The model needs the forcing {', '.join(missing)}.",
            f"The site {scenario.site or ''} has {', '.join(sorted(scenario.forcing))}.",
            nearest(missing[0], scenario.forcing),
        )
    return {name: scenario.forcing[name] for name in needed}
