"""A study's file, with what the command line changes of it, as a checked specification."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from landpda.config.complaints import complaint
from landpda.config.overrides import with_overrides
from landpda.config.paths import beside
from landpda.config.study import StudySpec
from landpda.config.yaml_text import read_yaml


def load_study(path: Path | str, overrides: Sequence[str] = ()) -> StudySpec:
    """The study in a YAML file. Nothing but its form is checked here; `resolve` looks at names and data.

    Args:
        path: of the YAML file.
        overrides: `a.b.c=value`, applied in order.

    Raises:
        StudyError: no such file, not YAML, an unknown key, or a value that cannot be.
    """
    path = Path(path)
    content = with_overrides(read_yaml(path), overrides)
    return parse_study(content, file=str(path), folder=path.absolute().parent)


def parse_study(content: dict[str, Any], *, file: str = "the study", folder: Path | None = None) -> StudySpec:
    """The study in a mapping, as YAML gives it.

    Args:
        content: the mapping.
        file: name of the study's file, for errors and for a study without a name.
        folder: what relative paths are relative to; the current folder if not given.

    Raises:
        StudyError: an unknown key, or a value that cannot be.
    """
    try:
        spec = StudySpec.model_validate(content)
    except ValidationError as wrong:
        raise complaint(wrong, file) from None
    folder = folder or Path.cwd()
    site = spec.site.model_copy(update={"file": beside(spec.site.file, folder)})
    table = beside(spec.parameter_table, folder)
    return spec.model_copy(update={"site": site, "parameter_table": table, "name": spec.name or Path(file).stem})
