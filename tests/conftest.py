"""Where the tests find real data and reference runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import landpda  # noqa: F401  first of all: it sets float64 and the engine's options before JAX starts  # isort: skip


import jax
import pytest

ROOT = Path(__file__).resolve().parents[1]
MAPS = Path("/proc/self/maps")
MOST_MAPS = 40_000
"""Memory maps of one process, of which Linux allows 65 530; each compiled program takes a few."""
TESTS = count(1)


@pytest.fixture(autouse=True)
def _few_compiled_programs() -> Iterator[None]:
    yield
    if next(TESTS) % 50 == 0 and MAPS.exists() and MAPS.read_bytes().count(b"\n") > MOST_MAPS:
        jax.clear_caches()


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
