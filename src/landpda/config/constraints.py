"""`constraints:` the model's own constraints as a penalty."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from landpda.config.part import Number, Part


class ConstraintsSpec(Part):
    """A smooth penalty; `soft` for the default one."""

    short: ClassVar[tuple[dict[str, Any], ...]] = ({"enum": ["soft", "none"]},)

    width: Number = Field(default=0.05, gt=0.0)
    """[1] margin (a log ratio) over which the penalty fades."""
    sd: Number = Field(default=0.2, gt=0.0)
    """[1] a violation of this size costs half a log unit."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """`soft` for `{}`."""
        return {} if content == "soft" else content
