"""XLA and JAX settings that make long loops of tiny steps fast; they must be set before the first computation."""

from __future__ import annotations

import os


def configure() -> None:
    """Set what the user has not set: float64, and the XLA options of the engine."""
    os.environ.setdefault("JAX_ENABLE_X64", "1")
