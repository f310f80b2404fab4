"""`landpda list`."""

from __future__ import annotations

from typing import Annotated

import typer

THINGS = ("models", "methods", "parameters", "operators", "errors", "priors", "sources", "templates", "datasets")


def verb(
    what: Annotated[str, typer.Argument(metavar="|".join(THINGS))],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One of them, with its whole card and settings.")] = None,
) -> None:
    """Show what there is, with a card each. With a NAME, the whole card of one."""
    from landpda.cli import catalogue
    from landpda.core.errors import StudyError, nearest

    if what not in THINGS:
        raise StudyError(f"A list of {what!r} was asked for.", "There is no such list.", nearest(what, THINGS))
    typer.echo(catalogue.cards(what) if name is None else catalogue.whole_card(what, name))
