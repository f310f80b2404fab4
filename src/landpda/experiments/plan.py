"""What a study says of its streams and periods, in typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from landpda.core.errors import StudyError
from landpda.core.parameter_table import ParameterTable
from landpda.observations.errors.estimated import EstimatedError
from landpda.observations.errors.estimated_seasonal import EstimatedSeasonalError
from landpda.observations.errors.factor import FactorError
from landpda.observations.errors.file import FileError
from landpda.observations.errors.given import GivenError
from landpda.observations.errors.none import NoError
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.operators.plan import OperatorPlan
from landpda.observations.operators.select import EachStep
from landpda.parameters.priors.prior import Prior

# With the errors that most studies use, so that a study in Python needs one import for its streams.
__all__ = [
    "EstimatedError",
    "EstimatedSeasonalError",
    "FactorError",
    "FileError",
    "GivenError",
    "NoError",
    "ParameterPlan",
    "Periods",
    "SoftConstraints",
    "StreamPlan",
]


@dataclass(frozen=True)
class StreamPlan:
    """One stream of a study.

    Args:
        variable: its name in the data file, e.g. "nbe".
        output: the model output it is compared with; "" for the one of the same name.
        every: 1 keeps every datum, k every k-th step of the calendar that has one.
        operator: what is done to model and data alike before they are compared.
        observation: error of the measurement.
        structural: error of a model right in all its parameters.
    """

    variable: str
    output: str = ""
    every: int = 1
    operator: OperatorPlan = field(default_factory=EachStep)
    observation: ErrorPlan = field(default_factory=FileError)
    structural: ErrorPlan = field(default_factory=EstimatedSeasonalError)

    def __post_init__(self) -> None:
        if self.every > 1 and self.every % self.operator.span:
            raise StudyError(
                f"The stream {self.variable!r} is to be thinned (every: {self.every}).",
                f"That and the operator {self.operator.name} over {self.operator.span} steps do not go together.",
                f"Leave out `every`, or give a multiple of {self.operator.span}.",
            )

    @property
    def model_output(self) -> str:
        """Name of the model output."""
        return self.output or self.variable


@dataclass(frozen=True)
class Periods:
    """Which part of the record is fitted and which is kept to judge by.

    Args:
        fit_start: first day fitted, ISO; "" for the first of the record.
        fit_end: last day fitted, ISO; "" for the last of the record.
        judge_start: first day held out; "" for none.
        judge_end: last day held out; "" for none.
    """

    fit_start: str = ""
    fit_end: str = ""
    judge_start: str = ""
    judge_end: str = ""


@dataclass(frozen=True)
class SoftConstraints:
    """The model's own constraints as a smooth penalty.

    Args:
        width: [1] margin (a log ratio) over which the penalty fades.
        sd: [1] a violation of this size costs half a log unit.
    """

    width: float = 0.05
    sd: float = 0.2


@dataclass(frozen=True)
class ParameterPlan:
    """What a study changes of the model's own table.

    Args:
        table: defaults and ranges; the model's own unless the study brings one.
        priors: name → prior, in place of the table's.
        fixed: name → value that is not estimated.
    """

    table: ParameterTable
    priors: Mapping[str, Prior] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)
