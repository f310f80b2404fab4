"""From a study to a folder with its result: what `calibrate` and `demo` share."""

from __future__ import annotations

import shlex
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from landpda.cli.progress import Progress, progress_on
from landpda.cli.stopping import Interrupted
from landpda.cli.summary import summary
from landpda.core.errors import LandpdaError

if TYPE_CHECKING:
    import xarray as xr

    from landpda.execution.run_folder import RunFolder
    from landpda.experiments.study import Study
    from landpda.methods.method import Method


class Answered(Protocol):
    """What answers a study."""

    def __call__(self, study: Study, *, stores: Any, progress: Any) -> xr.DataTree:
        """The result."""
        ...


def run_study(study: Study, text: str, out: Path, *, resume: bool, answered: Answered | None = None) -> None:
    """Answer a study, write everything that a run leaves, and say how it went.

    Args:
        study: what is asked.
        text: the same, as YAML with every default: it says whose the folder is.
        out: the folder.
        resume: go on with an unfinished run in that folder.
        answered: from a study, with stores and progress, to its result; a calibration where nothing is given, which needs
            every method to be able to answer.

    Raises:
        LandpdaError: the folder cannot be used, or the study cannot be answered.
        Interrupted: Ctrl-C; says how to go on.
    """
    from landpda.execution.run_folder import RunFolder

    if answered is None:
        require_answerable(study)
    with RunFolder(out, text, resume=resume) as folder:
        if folder.finished:
            typer.echo(f"Nothing is left to do: {folder.path} holds the finished run.")
            _show(folder)
            return
        folder.log(f"{'resumed' if folder.resumed else 'started'}: {shlex.join(sys.argv)}")
        try:
            tree = _answered(study, folder, answered)
            _write(study, tree, folder)
        except KeyboardInterrupt:
            folder.log("stopped by Ctrl-C")
            raise Interrupted(
                f"Stopped. {folder.path} keeps what was done: run the same command with --resume to go on."
            ) from None
        except LandpdaError as error:
            folder.log(f"stopped: {error}")
            raise
        except BaseException as fault:
            folder.log(f"stopped by {type(fault).__name__}: {fault}", traceback.format_exc())
            raise
        folder.log("finished")
        typer.echo(summary(tree, folder.path))


def require_answerable(study: Study) -> None:
    """Nothing, where the data pose the study's problem and each of its methods can answer it.

    Raises:
        LandpdaError: they cannot; said before a folder is made.
    """
    from landpda.problem.problem import require

    problem = study.pose().problem
    for method in _methods(study):
        require(problem, method.needs, f"The method {method.name}")


def _methods(study: Study) -> list[Method]:
    return [study.answer, *([study.search] if study.search is not None else []), *study.also]


def _answered(study: Study, folder: RunFolder, answered: Answered | None) -> xr.DataTree:
    from landpda.execution.checkpoint import Checkpoint
    from landpda.experiments.calibration import calibrate

    def store(role: str) -> Checkpoint:
        return Checkpoint(folder.checkpoints / role)

    with progress_on() as shown:
        return (answered or calibrate)(study, stores=store, progress=_logged(shown, folder))


def _logged(shown: Progress, folder: RunFolder) -> Progress:
    """The progress callback, which also notes in the log when a method begins and ends."""
    begun: set[str] = set()

    def tell(what: str, done: int, most: int, info: Mapping[str, Any]) -> None:
        if what not in begun or done >= most:
            folder.log(f"{what}: {done} of {most}")
        begun.add(what)
        shown(what, done, most, info)

    return tell


def _write(study: Study, tree: xr.DataTree, folder: RunFolder) -> None:
    from landpda.execution.citation import citation, data_source
    from landpda.execution.run_folder import REPORT
    from landpda.execution.run_tables import write_result
    from landpda.report.page import write_report

    data = data_source(str(study.site.attrs.get("source_format", "")))
    methods = [method.source for method in _methods(study)]
    folder.write_text("citation.bib", citation(["landpda", "raoult2025", study.model.source, *methods, data]))
    try:
        write_report(tree, folder.path / REPORT)
    finally:
        # A fault in drawing must not lose hours of sampling; `landpda report` draws it again.
        write_result(tree, folder.path)


def _show(folder: RunFolder) -> None:
    """The summary of a finished run; its report is drawn if a fault had left it without."""
    import xarray as xr

    from landpda.execution.run_folder import REPORT, RESULT
    from landpda.report.page import write_report

    if not (folder.path / REPORT).exists():
        write_report(folder.path / RESULT, folder.path / REPORT)

    with xr.open_datatree(folder.path / RESULT, engine="h5netcdf") as tree:
        typer.echo(summary(tree, folder.path))
