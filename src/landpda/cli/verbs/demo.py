"""`landpda demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landpda.cli.options import Seed, Set, overrides


def verb(
    out: Annotated[Path, typer.Option("--out", help="The run folder.")] = Path("landpda_demo"),
    changes: Set = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run in that folder.")] = False,
    seed: Seed = None,
) -> None:
    """Run a twin experiment end to end. It needs no files: the model makes its own data on a made-up site."""
    from landpda.cli.running import run_study
    from landpda.config.dump import dump_resolved
    from landpda.config.load import parse_study
    from landpda.config.overrides import with_overrides
    from landpda.config.resolve import resolve
    from landpda.config.scaffold import TWIN, template_text
    from landpda.config.yaml_text import parse

    content = parse(template_text(TWIN), asked="The built-in example was to be run.")
    content = with_overrides(content, overrides(changes, seed))
    spec = parse_study(content, file="demo")
    run_study(resolve(spec), dump_resolved(spec), out, resume=resume)
