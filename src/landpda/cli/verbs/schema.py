"""`landpda schema`."""

from __future__ import annotations

import json

import typer


def verb() -> None:
    """Print the JSON schema of a study, for editors that complete and check YAML."""
    from landpda.config.schema import schema

    typer.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
