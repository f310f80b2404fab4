"""`landpda doctor`."""

from __future__ import annotations

from typing import Annotated

import typer


def verb(
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the timing of the models.")] = False,
) -> None:
    """Look at this machine. Versions, devices, settings of the compiler, and the speed of each model."""
    from landpda.cli.machine import settings, speeds, versions

    typer.echo(versions())
    typer.echo("")
    typer.echo(settings())
    if not quick:
        typer.echo("")
        typer.echo(speeds())
