"""What is known of a stream when a problem is posed: from this, operators and errors are made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class Record:
    """A variable of the data file along its calendar, one entry a step.

    Args:
        values: [units] (T,) NaN where nothing was observed.
        sd: [units] (T,) the file's own standard deviation of each; NaN where it gives none.
        times: [days since 1970-01-01] (T,) when each was taken.
        dt: [d] length of a step.
        units: of the values.
    """

    values: Float[np.ndarray, "T"]
    sd: Float[np.ndarray, "T"]
    times: Float[np.ndarray, "T"]
    dt: float
    units: str


@dataclass(frozen=True)
class Seen:
    """The m data of a stream, and the record that they come from.

    Args:
        name: of the stream.
        output: the model output that it is compared with.
        scale: [1] units of the output → units of the record.
        record: the variable as the file has it, before any operator.
        units: of the data, as the operator reports them.
        steps: (m,) index of the first step of each datum.
        times: [days since 1970-01-01] (m,) when each was taken.
        values: [units] (m,) the data.
        sd: [units] (m,) the file's own standard deviations; NaN where it gives none.
    """

    name: str
    output: str
    scale: float
    record: Record
    units: str
    steps: Int[np.ndarray, "m"]
    times: Float[np.ndarray, "m"]
    values: Float[np.ndarray, "m"]
    sd: Float[np.ndarray, "m"]

    def only(self, chosen: Bool[np.ndarray, "m"]) -> Seen:
        """The chosen data alone; the record stays whole."""
        return dataclasses.replace(
            self, steps=self.steps[chosen], times=self.times[chosen], values=self.values[chosen], sd=self.sd[chosen]
        )
