"""`landpda check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landpda.cli.options import Seed, Set, StudyFile, overrides

SERIOUS = 1
"""Exit status where a finding is serious."""


def verb(
    study: StudyFile,
    changes: Set = None,
    draws: Annotated[int, typer.Option("--draws", min=20, help="Runs of the prior.")] = 200,
    out: Annotated[
        Path | None, typer.Option("--out", help="The picture, an HTML file; <study>_check.html if not given.")
    ] = None,
    seed: Seed = None,
) -> None:
    """Look at a study before calibrating. Validates study and data, runs the prior, and tests the gradient.

    The exit status is 1 if a finding is serious, 2 if the study cannot be posed.
    """
    from landpda.cli.checking import check_text
    from landpda.cli.running import require_answerable
    from landpda.config.load import load_study
    from landpda.config.resolve import resolve
    from landpda.execution.run_folder import write_whole
    from landpda.experiments.checking import check
    from landpda.report.check_page import check_page

    resolved = resolve(load_study(study, overrides(changes, seed)))
    require_answerable(resolved)
    report = check(resolved, draws)
    page = check_page(report, resolved.name)
    picture = write_whole(out or Path(f"{study.stem}_check.html"), lambda part: part.write_text(page, encoding="utf-8"))
    typer.echo(check_text(resolved, report))
    typer.echo(f"\nPicture: {picture}")
    if report.num_serious:
        findings = "1 finding is" if report.num_serious == 1 else f"{report.num_serious} findings are"
        typer.echo(f"{findings} serious (exit status {SERIOUS}): mend the study before you calibrate it.")
        raise typer.Exit(SERIOUS)
