"""What a study says of an operator: settings, from which it is made once the data are known."""

from __future__ import annotations

import abc
from typing import ClassVar

import equinox as eqx

from landpda.observations.operators.operator import ObservationOperator
from landpda.observations.seen import Record, Seen


class OperatorPlan(eqx.Module):
    """An operator that a study can name. A subclass is final; its fields are its settings, and its docstring is its card.

    Data and model must be seen through the same glass: `observe` does to the data what `operator` does to the outputs.
    """

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def span(self) -> int:
        """[steps] how many steps one datum covers, its first one included; 1 for a value of one step."""

    @abc.abstractmethod
    def observe(self, record: Record) -> Record:
        """What the operator would have reported, (T,): each datum at its first step, NaN at all others."""

    @abc.abstractmethod
    def operator(self, seen: Seen) -> ObservationOperator:
        """The operator that predicts these data, in their units."""
