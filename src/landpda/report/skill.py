"""How well a stream was fitted: what `/skill` says, and coverage counted from the intervals."""

from __future__ import annotations

import numpy as np

from landpda.report.record import Record
from landpda.report.streams import MeasuredStream


def skill(record: Record, stream: str, period: str, metric: str, variable: str = "skill") -> float:
    """A metric of a stream over a period; NaN where the run says nothing of it.

    Args:
        record: the run.
        stream: its name.
        period: "fitted" or "held_out".
        metric: e.g. "r2", "nse", "rmse".
        variable: "skill" of the best vector, "skill_prior" of the prior median.

    Raises:
        DataError: the group /skill is malformed.
    """
    if variable not in record.names("skill"):
        return float("nan")
    places = {"stream": stream, "period": period, "metric": metric}
    indices = []
    for dim, label in places.items():
        labels = record.labels("skill", dim)
        if label not in labels:
            return float("nan")
        indices.append(labels.index(label))
    return float(record.array("skill", variable, *places)[tuple(indices)])


def coverage(stream: MeasuredStream, part: str, period: str) -> float:
    """[1] share of a period's data inside the 90 % predictive interval; NaN without data or interval.

    Args:
        stream: data and intervals.
        part: what the interval takes in: "parameters", "structural" or "total".
        period: "fitted" or "held_out".
    """
    if part not in stream.intervals:
        return float("nan")
    low, _, high = stream.intervals[part]
    known = stream.mask(period) & np.isfinite(stream.observed) & np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return float("nan")
    inside = (stream.observed >= low) & (stream.observed <= high)
    return float(np.mean(inside[known]))


def width(stream: MeasuredStream, part: str, period: str) -> float:
    """[stream's units] mean width of the 90 % predictive interval over a period; NaN without one."""
    if part not in stream.intervals:
        return float("nan")
    low, _, high = stream.intervals[part][:, stream.mask(period)]
    known = np.isfinite(low) & np.isfinite(high)
    return float(np.mean(high[known] - low[known])) if known.any() else float("nan")
