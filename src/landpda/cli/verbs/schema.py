"""`landpda schema`."""

from __future__ import annotations

import json

import typer


def verb() -> None:
    """Print the JSON schema of a study. Editors complete and check YAML with it."""
    from landpda.config.schema import schema

    typer.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
