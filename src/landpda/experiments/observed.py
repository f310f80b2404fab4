"""What was observed of a stream, as its operator sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, StudyError, nearest
from landpda.core.model import Model
from landpda.core.scenario import Scenario
from landpda.core.units import factor
from landpda.experiments.plan import StreamPlan
from landpda.experiments.scenario_of import site_name
from landpda.observations.seen import Record, Seen

if TYPE_CHECKING:
    import xarray as xr


def observed(site: xr.Dataset, model: Model, plan: StreamPlan, scenario: Scenario) -> Seen:
    """All data of a stream, whatever the period.

    Raises:
        StudyError: the model has no such output.
        DataError: the file has no such variable, no values, or units that are not the output's.
    """
    if plan.model_output not in model.outputs:
        raise StudyError(
            f"The stream {plan.variable!r} is to be compared with the output {plan.model_output!r}.",
            f"The model {model.name} has no such output.",
            nearest(plan.model_output, model.outputs),
        )
    record = _record(site, plan, scenario)
    data = plan.operator.observe(record)
    num = len(data.values)
    step = np.arange(num)
    # No more than the record: a study may name any number of steps.
    whole = step + min(plan.operator.span, num + 1) <= num
    chosen = np.flatnonzero(np.isfinite(data.values) & whole & (step % min(plan.every, num) == 0))
    if not np.isfinite(record.values).any():
        raise DataError(
            f"The stream {plan.variable!r} was asked for.",
            f"All its values are missing in the file of {site_name(site)}.",
            "Leave the stream out, or use another file.",
        )
    if not np.isfinite(data.values).any():
        raise DataError(
            f"The stream {plan.variable!r} was asked for through the operator {plan.operator.name}.",
            f"Its {np.isfinite(record.values).sum()} values on {num} steps make no datum over {plan.operator.span:g} steps.",
            "Shorten the operator's windows, ask for a smaller share of them, or leave it out.",
        )
    return Seen(
        name=plan.variable,
        output=plan.model_output,
        scale=factor(model.outputs[plan.model_output].units, record.units),
        record=record,
        units=data.units,
        steps=chosen,
        times=data.times[chosen],
        values=data.values[chosen],
        sd=data.sd[chosen],
    )


def _record(site: xr.Dataset, plan: StreamPlan, scenario: Scenario) -> Record:
    """The variable and the file's own errors, in the file's units."""
    if plan.variable not in site:
        raise DataError(
            f"The stream {plan.variable!r} was asked for.",
            f"The file of {site_name(site)} has no such variable.",
            nearest(plan.variable, [str(key) for key in site.data_vars]),
        )
    values = np.asarray(site[plan.variable].values, dtype=float)
    error_name = f"{plan.variable}_uncertainty"
    sd = np.asarray(site[error_name].values, dtype=float) if error_name in site else np.full(len(values), np.nan)
    return Record(values, sd, scenario.times, scenario.dt, str(site[plan.variable].attrs.get("units", "1")))
