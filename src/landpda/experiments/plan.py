"""What a study says of its streams and periods, in typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from landpda.core.parameter_table import ParameterTable
from landpda.parameters.priors.half_normal import HalfNormal
from landpda.parameters.priors.prior import Prior


@dataclass(frozen=True)
class GivenError:
    """A standard deviation that is known.

    Args:
        sd: [stream units].
    """

    sd: float


@dataclass(frozen=True)
class FileError:
    """The standard deviation that the data file gives for each datum.

    Args:
        fallback: [stream units] where the file has none; 0 means the median of those that it has.
        floor: [stream units] smallest one that is believed.
    """

    fallback: float = 0.0
    floor: float = 0.0


@dataclass(frozen=True)
class FactorError:
    """A share of the size of each observed value.

    Args:
        factor: [1].
        floor: [stream units] smallest one.
    """

    factor: float
    floor: float


@dataclass(frozen=True)
class EstimatedError:
    """A standard deviation that is estimated with the parameters.

    Args:
        prior: over the standard deviation, in stream units.
    """

    prior: Prior = field(default_factory=lambda: HalfNormal(1.0))


@dataclass(frozen=True)
class EstimatedSeasonalError:
    """Two standard deviations, for the quiet and for the active season, both estimated.

    Args:
        prior: over each, in stream units.
    """

    prior: Prior = field(default_factory=lambda: HalfNormal(1.0))


@dataclass(frozen=True)
class NoError:
    """None: the other part is all there is."""


ErrorPlan = GivenError | FileError | FactorError | EstimatedError | EstimatedSeasonalError | NoError


@dataclass(frozen=True)
class StreamPlan:
    """One stream of a study.

    Args:
        variable: its name in the data file, e.g. "nbe".
        output: the model output it is compared with; "" for the one of the same name.
        every: 1 keeps every datum, k every k-th step of the calendar that has one.
        mean_over: [steps] 1 compares single steps, k the means over k steps in a row (with `minimum_share` of them observed).
        minimum_share: [1] of a window that must be observed for its mean to count.
        observation: error of the measurement.
        structural: error of a model right in all its parameters.
    """

    variable: str
    output: str = ""
    every: int = 1
    mean_over: int = 1
    minimum_share: float = 0.5
    observation: ErrorPlan = field(default_factory=FileError)
    structural: ErrorPlan = field(default_factory=EstimatedSeasonalError)

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
