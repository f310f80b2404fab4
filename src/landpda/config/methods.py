"""`method:`, `search:` and `also:` how the question is answered."""

from __future__ import annotations

from landpda.config.part import Named


class MethodSpec(Named):
    """A method by name, with those of its settings that are changed."""
