"""`landpda compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from landpda.cli.options import Seed, Set, StudyFile, overrides

if TYPE_CHECKING:
    from landpda.config.study import StudySpec

EVERY = "all"


def verb(
    study: StudyFile,
    methods: Annotated[
        str,
        typer.Option("--methods", help="Names with commas between, or all; the study's own methods if not given."),
    ] = "",
    reference: Annotated[
        str, typer.Option("--reference", help="The method that the others are held against; else the best converged.")
    ] = "",
    changes: Set = None,
    out: Annotated[Path | None, typer.Option("--out", help="The run folder; <study>_compare if not given.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run in that folder.")] = False,
    seed: Seed = None,
) -> None:
    """Answer one study by several methods, side by side. Leaves one table and one report.

    A method takes its settings from where the study names it (method, search or also), else its defaults.
    """
    from functools import partial

    from landpda.cli.running import run_study
    from landpda.config.dump import dump_resolved
    from landpda.config.load import load_study
    from landpda.config.resolve import resolve
    from landpda.experiments.comparison import compare

    spec = with_methods(load_study(study, overrides(changes, seed)), methods)
    answered = partial(compare, reference=reference)
    run_study(resolve(spec), dump_resolved(spec), out or Path(f"{study.stem}_compare"), resume=resume, answered=answered)


def with_methods(spec: StudySpec, methods: str) -> StudySpec:
    """The study with these methods as `method` and `also`; as it is where none is named.

    Raises:
        StudyError: a method that does not exist, or only commas.
    """
    from landpda.config.methods import MethodSpec
    from landpda.core.errors import StudyError
    from landpda.core.registry import discover
    from landpda.methods.method import Method

    if not methods:
        return spec
    named = [name.strip() for name in methods.split(",") if name.strip()]
    if not named:
        raise StudyError(
            "Methods were to be compared.", f"--methods {methods!r} names none.", "Name some: --methods hmc,laplace."
        )
    if named == [EVERY]:
        named = sorted(discover("landpda.methods", Method))
    said = {one.name: one for one in (*reversed(spec.also), *([spec.search] if spec.search else []), spec.method)}
    chosen = [said.get(name, MethodSpec(name=name)) for name in dict.fromkeys(named)]
    return spec.model_copy(update={"method": chosen[0], "also": chosen[1:]})
