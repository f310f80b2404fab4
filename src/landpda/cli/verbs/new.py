"""`landpda new`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def verb(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The study to write.")] = Path("study.yaml"),
    site: Annotated[str | None, typer.Option("--site", help="The data file.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="The model (landpda list models).")] = None,
    streams: Annotated[list[str] | None, typer.Option("--stream", help="What is compared. May be repeated.")] = None,
    template: Annotated[str | None, typer.Option("--template", help="A ready study (landpda list templates).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a commented study to begin with. On a terminal it asks for the site's file and the model."""
    from landpda.config.scaffold import TWIN, template_text
    from landpda.core.errors import StudyError
    from landpda.execution.run_folder import write_whole

    if file.exists() and not force:
        raise StudyError(
            f"A new study was to be written to {file}.", "That file is there already.", "Choose another name, or add --force."
        )
    asking = sys.stdin.isatty() and sys.stdout.isatty()
    if template is None and site is None and asking:
        site = typer.prompt("Data file of the site (empty for the built-in example)", default="", show_default=False) or None
    if site is None:
        text = template_text(template or TWIN)
    elif template is not None:
        raise StudyError("--site and --template were given.", "A template has a site of its own.", "Give one of them.")
    else:
        text = _for_site(site, file, model, streams or [], asking=asking)
    write_whole(file, lambda part: part.write_text(text, encoding="utf-8"))
    typer.echo(f"{file} is written. Next: landpda check {file}")


def _for_site(site: str, file: Path, model: str | None, streams: list[str], *, asking: bool) -> str:
    """The study of a data file, which it names relative to itself where both are in one folder tree."""
    from landpda.config.model import ModelSpec
    from landpda.config.resolve import model_of
    from landpda.config.scaffold import comparable, scaffold, suitable
    from landpda.sources.site import read_site

    data = Path(site).expanduser().absolute()
    dataset = read_site(data)
    if model is None:
        model = typer.prompt("Model", default="dalec2") if asking else "dalec2"
    built = model_of(ModelSpec(name=model))
    if asking and not streams:
        shared = comparable(dataset, built)
        said = typer.prompt(f"Streams (of {', '.join(shared)})", default=" ".join(suitable(shared)))
        streams = said.replace(",", " ").split()
    folder = file.absolute().parent
    named = str(data.relative_to(folder)) if data.is_relative_to(folder) else str(data)
    return scaffold(dataset, named, built, streams)
