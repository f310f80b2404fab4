"""Arguments that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="The study, a YAML file.")]

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one entry, e.g. --set method.num_chains=32. May be repeated."),
]

Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Instead of the study's own seed.")]


def overrides(changes: list[str] | None, seed: int | None = None) -> list[str]:
    """All changes of the study that the command line asks for."""
    return [*(changes or []), *([f"seed={seed}"] if seed is not None else [])]
