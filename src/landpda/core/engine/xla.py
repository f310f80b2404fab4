"""XLA and JAX settings that make long loops of tiny steps fast; they must be set before the first computation."""

from __future__ import annotations

import os


def configure() -> None:
    """Set what the user has not set: float64, and the XLA options of the engine."""
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    os.environ["XLA_FLAGS"] = (
        os.environ.get("XLA_FLAGS", "")
        + " --xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000"
        + " --xla_cpu_prefer_vector_width=512"
    )
