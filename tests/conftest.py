"""Where the tests find real data and reference runs."""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import landpda  # noqa: F401  first of all: it sets float64 and the engine's options before JAX starts  # isort: skip


import jax
import pytest

ROOT = Path(__file__).resolve().parents[1]
MEMORY = Path("/proc/self/statm")
MOST_PAGES = 2**19
"""Memory of one process in pages of 4 KiB: each compiled program takes some, and thousands of tests compile."""
TESTS = count(1)


@pytest.fixture(autouse=True)
def _few_compiled_programs() -> Iterator[None]:
    yield
    if next(TESTS) % 25 == 0 and MEMORY.exists() and int(MEMORY.read_text().split()[1]) > MOST_PAGES:
        jax.clear_caches()
        gc.collect()
        # what was freed stays with the allocator until it is told
        libc = ctypes.util.find_library("c")
        trim = getattr(ctypes.CDLL(libc), "malloc_trim", None) if libc else None
        if trim is not None:
            trim(0)


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
