"""Where the tests find real data and reference runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import landpda  # noqa: F401  first of all: it sets float64 and the options of the engine before JAX starts

ROOT = Path(__file__).resolve().parents[1]


def _folder(variable: str, default: str) -> Path:
    folder = Path(os.environ.get(variable, ROOT.parent / "shared" / default))
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: set {variable}")
    return folder


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real measurements; see its README."""
    return _folder("LANDPDA_DATA", "data")


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """Reference runs of published model codes."""
    return _folder("LANDPDA_REFERENCE", "reference")
