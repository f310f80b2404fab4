"""Paths in a study: `~` and environment variables are expanded; relative ones are relative to the study's folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pydantic_core import PydanticCustomError


def expanded(path: str) -> str:
    """The path with `~`, `$NAME` and `${NAME}` filled in."""
    full = os.path.expandvars(os.path.expanduser(path))
    unknown = re.search(r"\$(?:\{(\w+)\}|(\w+))", full)
    if unknown:
        name = unknown.group(1) or unknown.group(2)
        raise PydanticCustomError("said", f"The environment variable {name} is not set.", {"do": f"Set it: export {name}=…"})
    return full


def beside(path: str, folder: Path) -> str:
    """The path, from `folder` if it is relative; made absolute so that it means the same from everywhere."""
    return str(Path(os.path.abspath(folder / path))) if path else ""
