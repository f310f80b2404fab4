"""The measured streams of a run: what was seen, what the model said, and how sure it was."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from landpda.core.errors import DataError
from landpda.report.record import Record

PARTS = ("parameters", "structural", "total")
"""What the predictive interval takes in, each with all before it."""

PART_WORDS = {
    "parameters": "parameters alone",
    "structural": "parameters and model structure",
    "total": "all, with observation error",
}

PART_KEYS = {"parameters": "90 %: parameters alone", "structural": "+ model structure", "total": "+ observation error"}
"""The same in a chart's key, read from the smallest on."""

PERIODS = {"fitted": "fitted", "held_out": "held out"}
"""Name of a period in `/skill`, and as a reader says it."""


@dataclass(frozen=True)
class MeasuredStream:
    """One stream's data, with the model's counterparts; T data.

    Args:
        name: as in the study.
        units: of all the values below.
        dates: (T,) when each datum was taken, ascending.
        observed: (T,) the data.
        error: (T,) observation error sd; NaN where it was estimated.
        fitted: (T,) True where the datum took part in the fit.
        judged: (T,) True where it was held out to judge the fit; a twin experiment may leave out data that are neither.
        best: (T,) the model at the best vector; NaN where the run left none.
        prior: (T,) the model at the prior median; NaN where the run left none.
        intervals: part → (3, T) the 5 %, 50 % and 95 % quantile of the posterior prediction; empty where the run left none.
        prior_interval: (3, T) the same of the prior prediction with all errors, or None.
    """

    name: str
    units: str
    dates: np.ndarray
    observed: np.ndarray
    error: np.ndarray
    fitted: np.ndarray
    judged: np.ndarray
    best: np.ndarray
    prior: np.ndarray
    intervals: dict[str, np.ndarray] = field(default_factory=dict)
    prior_interval: np.ndarray | None = None

    @property
    def days(self) -> np.ndarray:
        """[d] (T,) days since 1970-01-01."""
        return self.dates.astype("datetime64[s]").astype(np.int64) / 86400.0

    @property
    def held_out(self) -> bool:
        """Whether any datum was held out."""
        return bool(self.judged.any())

    @property
    def step(self) -> float:
        """[d] typical time between data; NaN for fewer than two."""
        return float(np.median(np.diff(self.days))) if len(self.dates) > 1 else float("nan")

    def mask(self, period: str) -> np.ndarray:
        """(T,) True for the data of a period, "fitted" or "held_out"."""
        return self.fitted if period == "fitted" else self.judged

    def periods(self) -> list[str]:
        """The periods that hold data."""
        return [period for period in PERIODS if self.mask(period).any()]


def stream_names(record: Record) -> list[str]:
    """The measured streams: the variables of `/observed_data` that run along their own time."""
    if not record.has("observed_data"):
        return []
    variables = record.tree["observed_data"].data_vars
    return [str(name) for name, variable in variables.items() if variable.dims == (f"{name}_time",)]


def measured_streams(record: Record) -> list[MeasuredStream]:
    """Every measured stream of the run, sorted in time.

    Raises:
        DataError: a stream's times are no dates, or its variables do not fit together.
    """
    return record.once(_measured_streams)


def _measured_streams(record: Record) -> list[MeasuredStream]:
    return [_measured_stream(record, name) for name in stream_names(record)]


def _measured_stream(record: Record, name: str) -> MeasuredStream:
    time = f"{name}_time"
    dates = _dates(record, name, time)
    order = np.argsort(dates, kind="stable")

    def along(group: str, variable: str, fill: float) -> np.ndarray:
        if variable not in record.names(group):
            return np.full(len(dates), fill)
        return _same_length(record.array(group, variable, time), dates, group, variable)[order]

    intervals, prior_interval = _intervals(record, name, time, dates)
    fitted = along("observed_data", f"{name}_fitted", 1.0) > 0.5
    return MeasuredStream(
        name=name,
        units=str(record.variable("observed_data", name).attrs.get("units", "")),
        dates=dates[order],
        observed=along("observed_data", name, np.nan),
        error=along("observed_data", f"{name}_error", np.nan),
        fitted=fitted,
        judged=_judged(record, fitted),
        best=along("best_fit", name, np.nan),
        prior=along("prior_fit", name, np.nan),
        intervals={part: values[:, order] for part, values in intervals.items()},
        prior_interval=None if prior_interval is None else prior_interval[:, order],
    )


def _judged(record: Record, fitted: np.ndarray) -> np.ndarray:
    """What was not fitted; of a twin experiment, which may take data away in between, only what comes after the fit."""
    after = np.arange(len(fitted)) > np.max(np.flatnonzero(fitted), initial=-1)
    return ~fitted & after if record.text("experiment") == "twin" else ~fitted


def _intervals(record: Record, name: str, time: str, dates: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """The predictive intervals by part, and the prior's."""
    group, names = "predictive_intervals", record.names("predictive_intervals")
    intervals: dict[str, np.ndarray] = {}
    if name in names:
        values = _same_length(record.array(group, name, "part", "quantile", time), dates, group, name)
        parts = record.labels(group, "part")
        intervals = {part: values[parts.index(part)] for part in PARTS if part in parts}
    prior = f"{name}_prior"
    values = _same_length(record.array(group, prior, "quantile", time), dates, group, prior) if prior in names else None
    shapes = [*intervals.values(), *([] if values is None else [values])]
    if any(shape.shape[0] != 3 for shape in shapes):
        raise DataError(
            "A report was asked for.", f"The intervals of stream {name!r} are not the 5 %, 50 % and 95 % quantiles."
        )
    return intervals, values


def _dates(record: Record, name: str, time: str) -> np.ndarray:
    variable = record.variable("observed_data", name)
    dates = variable.coords[time].values if time in variable.coords else np.array([])
    if not np.issubdtype(dates.dtype, np.datetime64) or np.isnat(dates).any():
        raise DataError("A report was asked for.", f"The times of stream {name!r} are not dates.", "Run the study again.")
    return dates.astype("datetime64[s]")


def _same_length(values: np.ndarray, dates: np.ndarray, group: str, name: str) -> np.ndarray:
    if values.shape[-1] != len(dates):
        found = f"The variable {name!r} of /{group} holds {values.shape[-1]} times; the data hold {len(dates)}."
        raise DataError("A report was asked for.", found, "Run the study again.")
    return values
