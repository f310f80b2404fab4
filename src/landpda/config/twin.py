"""`twin:` data made by the model itself, so that the truth is known."""

from __future__ import annotations

from pydantic import Field

from landpda.config.part import Number, Part


class TwinSpec(Part):
    """A twin experiment; `{}` for one whose truth is drawn from the prior."""

    truth: dict[str, Number] = Field(default_factory=dict)
    """Parameter → its true value; the others are drawn from the prior."""
    keep: Number = Field(default=1.0, gt=0.0, le=1.0)
    """[1] share of the real data's days that the made-up data keep."""
    noise: Number = Field(default=1.0, ge=0.0)
    """[1] factor on the observation error that is added."""
