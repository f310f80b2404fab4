"""`model:` what predicts."""

from __future__ import annotations

from landpda.config.part import Named


class ModelSpec(Named):
    """A model by name, and its own settings where it has any."""
