"""`landpda fetch`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer


def verb(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A data set; all names are listed if none is given.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="A folder or file to copy it to.")] = None,
) -> None:
    """Download a public data set. It is kept in the cache and checked by its hash."""
    from landpda.execution.run_folder import write_whole
    from landpda.sources.fetch import datasets, fetch

    if name is None:
        typer.echo("\n".join(datasets()))
        return
    kept = fetch(name)
    if to is not None:
        target = to / kept.name if to.is_dir() else to
        kept = write_whole(target, lambda part: shutil.copyfile(kept, part))
    remote = datasets()[name]
    typer.echo(str(kept))
    typer.echo(f"Licence: {remote.licence}. Cite: {remote.citation}", err=True)
