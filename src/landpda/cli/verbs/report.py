"""`landpda report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verb(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its result.nc.")],
    out: Annotated[Path | None, typer.Option("--out", help="The page; report.html in the folder if not given.")] = None,
) -> None:
    """Draw the report of a finished run again."""
    from landpda.core.errors import DataError
    from landpda.execution.run_folder import REPORT, RESULT, STUDY
    from landpda.report.page import write_report

    result = run / RESULT if run.is_dir() else run
    if not result.exists():
        unfinished = (result.parent / STUDY).exists()
        found = "The run in that folder is not finished." if unfinished else f"There is no {result.name} in {result.parent}."
        do = "Go on with it: landpda calibrate STUDY --out FOLDER --resume" if unfinished else "Name a run folder."
        raise DataError(f"A report of {run} was asked for.", found, do)
    page = out or result.with_name(REPORT)
    write_report(result, page)
    typer.echo(str(page))
