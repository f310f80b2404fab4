"""`landpda simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landpda.cli.options import Set, StudyFile, overrides


def verb(
    study: StudyFile,
    parameters: Annotated[
        Path | None, typer.Option("--parameters", help="CSV (a row a run), YAML, or a run folder; the defaults if not given.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Most runs taken of a posterior.")] = 200,
    changes: Set = None,
    out: Annotated[Path | None, typer.Option("--out", help="The NetCDF file; <study>_simulated.nc if not given.")] = None,
) -> None:
    """Run a study's model with given parameters. Writes all its time series to a NetCDF file."""
    from landpda.config.load import load_study
    from landpda.config.parameter_file import read_parameter_values
    from landpda.config.resolve import resolve
    from landpda.execution.run_folder import write_whole
    from landpda.experiments.simulation import simulate

    resolved = resolve(load_study(study, overrides(changes)))
    plan = resolved.parameters
    known = list(plan.table if plan is not None else resolved.model.parameters)
    thetas = read_parameter_values(parameters, known, num_draws=draws) if parameters is not None else [{}]
    outputs = simulate(resolved, thetas)
    target = out or Path(f"{study.stem}_simulated.nc")
    write_whole(target, lambda part: outputs.to_netcdf(part, engine="h5netcdf"))
    sizes = f"{outputs.sizes['member']} run(s) of {outputs.sizes['time']} steps"
    typer.echo(f"{target}: {sizes}, {len(outputs.data_vars)} variables: {', '.join(map(str, outputs.data_vars))}")
