"""Plain runs of a study's model: whole trajectories, for given parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from landpda.core.errors import RunFailed, StudyError, nearest
from landpda.experiments.scenario_of import scenario_from
from landpda.experiments.study import Study

if TYPE_CHECKING:
    import xarray as xr


def simulate(study: Study, thetas: Sequence[Mapping[str, float]], wanted: Sequence[str] = ()) -> xr.Dataset:
    """Every time series that the model offers, for each of `thetas`.

    Args:
        study: gives model, site and the values of parameters that a theta leaves out (the table's defaults).
        thetas: one mapping name → value [the parameter's units] a run.
        wanted: model outputs; () for all that run along time.

    Returns:
        A dataset with the dims `member` and `time`.

    Raises:
        StudyError: a parameter or an output is not the model's.
        RunFailed: every run failed.
    """
    import xarray as xr

    model = study.model
    table = study.parameters.table if study.parameters is not None else model.parameters
    scenario = scenario_from(study.site, model)
    names = tuple(wanted) or tuple(name for name, variable in model.outputs.items() if variable.dims == ("time",))
    for name in names:
        if name not in model.outputs:
            raise StudyError(f"The output {name!r} was asked for.", f"{model.name} has none.", nearest(name, model.outputs))
    for theta in thetas:
        for name in theta:
            if name not in table:
                raise StudyError(
                    f"A value of {name!r} was given.", f"{model.name} has no such parameter.", nearest(name, table)
                )
    fixed = study.parameters.fixed if study.parameters is not None else {}
    rows = [{**table.defaults, **fixed, **theta} for theta in thetas]
    block = {name: jnp.asarray([row[name] for row in rows], dtype=float) for name in table}
    outputs = model.simulate(block, scenario, names)
    if not any(bool(jnp.isfinite(values).all()) for values in outputs.values()):
        raise RunFailed(f"{model.name} was run.", "No output is finite.", "Look at the parameters.")
    return xr.Dataset(
        {
            name: (
                ("member", *model.outputs[name].dims),
                np.moveaxis(np.asarray(outputs[name]), -1, 0),
                {"units": model.outputs[name].units, "long_name": model.outputs[name].meaning},
            )
            for name in names
        },
        coords={"time": scenario.dates.astype("datetime64[ns]")},
        attrs={"model": model.name, "site": scenario.site},
    )
