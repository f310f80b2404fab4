"""A stream: data of one kind, how the model sees them, and their error."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Float

from landpda.observations.errors.error_model import ErrorModel
from landpda.observations.operators.operator import ObservationOperator


class Stream(eqx.Module):
    """Data of one kind.

    Args:
        name: what it is called in reports, e.g. "nbe".
        units: units of the values.
        values: [units] (m,) the data; no gaps, for a datum that is missing is not in the stream.
        times: [days since 1970-01-01] (m,) when each was taken.
        operator: from model outputs to the data.
        error: observation and structural error.
        measured: False for a stream that states a constraint (observed to be zero) and not a measurement; such a stream
            takes part in the cost, and not in skill or plots of data.
    """

    name: str = eqx.field(static=True)
    units: str = eqx.field(static=True)
    values: Float[np.ndarray, "m"]
    times: Float[np.ndarray, "m"]
    operator: ObservationOperator
    error: ErrorModel
    measured: bool = eqx.field(static=True, default=True)

    @property
    def num(self) -> int:
        """Number of data m."""
        return len(self.values)

    @property
    def dates(self) -> np.ndarray:
        """When each datum was taken, as numpy dates."""
        return np.datetime64("1970-01-01", "s") + np.round(np.asarray(self.times) * 86400.0).astype("timedelta64[s]")
