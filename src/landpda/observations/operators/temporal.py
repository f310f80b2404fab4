"""Means and sums of one output over windows of steps, and of the data over the same windows."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from landpda.core.errors import StudyError
from landpda.core.types import Outputs
from landpda.observations.operators.operator import ObservationOperator
from landpda.observations.operators.plan import OperatorPlan
from landpda.observations.seen import Record, Seen


def _window_sums(
    values: Float[Array, "T ..."], first: Int[np.ndarray, "m"], last: Int[np.ndarray, "m"]
) -> Float[Array, "m ..."]:
    """Sum over [first, last] of each window, by differences of the running sum: linear, and one pass for any windows."""
    running = jnp.concatenate([jnp.zeros_like(values[:1]), jnp.cumsum(values, axis=0)])
    return running[last + 1] - running[first]


def window_means(record: Record, steps: int, minimum_share: float) -> Record:
    """Mean over each window of `steps` steps in a row, counted from the first of the record.

    A mean stands at its window's first step and is dated at the window's middle. Independent errors average down.

    Args:
        record: the data, step by step.
        steps: length of a window.
        minimum_share: [1] of a window that must be observed for its mean to count.
    """
    num = len(record.values)
    mean, mean_sd = np.full(num, np.nan), np.full(num, np.nan)
    for first in range(0, num - steps + 1, steps):
        window = slice(first, first + steps)
        good = np.isfinite(record.values[window])
        if good.mean() >= minimum_share:
            mean[first] = record.values[window][good].mean()
            known = good & np.isfinite(record.sd[window])
            mean_sd[first] = np.sqrt(np.mean(record.sd[window][known] ** 2) / good.sum()) if known.any() else np.nan
    times = record.times + 0.5 * record.dt * (steps - 1)
    return dataclasses.replace(record, values=mean, sd=mean_sd, times=times)


def _check_windows(name: str, steps: int, minimum_share: float) -> None:
    if steps < 1:
        raise StudyError(f"The operator {name} was given {steps} steps.", "A window has at least 1.", "Give, e.g., steps: 8.")
    if not 0.0 < minimum_share <= 1.0:
        raise StudyError(
            f"The operator {name} was given the minimum_share {minimum_share:g}.",
            "It must be above 0 and at most 1.",
            "Give, e.g., minimum_share: 0.5.",
        )


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


class WindowMean(OperatorPlan):
    """Compares means over windows of steps in a row, of the model and of the data.

    Args:
        steps: [1] steps in a window; windows follow one another from the first step of the record.
        minimum_share: [1] of a window that must be observed for its mean to count.
    """

    name: ClassVar[str] = "temporal_mean"
    steps: int
    minimum_share: float = 0.5

    def __check_init__(self) -> None:
        _check_windows(self.name, self.steps, self.minimum_share)

    @property
    def span(self) -> int:
        """A window."""
        return self.steps

    def observe(self, record: Record) -> Record:
        """Means of the data over the same windows."""
        return window_means(record, self.steps, self.minimum_share)

    def operator(self, seen: Seen) -> TemporalMean:
        """Means of the output."""
        return TemporalMean(seen.output, seen.steps, seen.steps + self.steps - 1, seen.scale)


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


class WindowSum(OperatorPlan):
    """Compares totals of a rate over windows of steps in a row, of the model and of the data.

    A day that was not observed counts as the mean of its window's others. A rate in gC m-2 d-1 gives totals in gC m-2.

    Args:
        steps: [1] steps in a window; windows follow one another from the first step of the record.
        minimum_share: [1] of a window that must be observed for its total to count.
    """

    name: ClassVar[str] = "temporal_sum"
    steps: int
    minimum_share: float = 0.5

    def __check_init__(self) -> None:
        _check_windows(self.name, self.steps, self.minimum_share)

    @property
    def span(self) -> int:
        """A window."""
        return self.steps

    def observe(self, record: Record) -> Record:
        """Totals of the data over the same windows: their means times the window's length."""
        means = window_means(record, self.steps, self.minimum_share)
        days = self.steps * record.dt
        return dataclasses.replace(means, values=means.values * days, sd=means.sd * days, units=_times_a_day(record.units))

    def operator(self, seen: Seen) -> TemporalSum:
        """Totals of the output."""
        return TemporalSum(seen.output, seen.steps, seen.steps + self.steps - 1, seen.record.dt, seen.scale)


def _times_a_day(units: str) -> str:
    """The units of a rate times a day.

    >>> _times_a_day("gC m-2 d-1"), _times_a_day("W m-2")
    ('gC m-2', 'W m-2 d')
    """
    words = units.split()
    if "d-1" in words:
        words.remove("d-1")
        return " ".join(words) or "1"
    return f"{units} d"
