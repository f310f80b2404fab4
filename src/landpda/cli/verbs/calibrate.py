"""`landpda calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landpda.cli.options import Seed, Set, StudyFile, overrides


def verb(
    study: StudyFile,
    changes: Set = None,
    out: Annotated[Path | None, typer.Option("--out", help="The run folder; <study>_run if not given.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run in that folder.")] = False,
    seed: Seed = None,
) -> None:
    """Estimate a study's parameters. Leaves a run folder with the result and a report."""
    from landpda.cli.running import run_study
    from landpda.config.dump import dump_resolved
    from landpda.config.load import load_study
    from landpda.config.resolve import resolve

    spec = load_study(study, overrides(changes, seed))
    run_study(resolve(spec), dump_resolved(spec), out or Path(f"{study.stem}_run"), resume=resume)
