"""`streams:` what is compared with the model."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from landpda.config.errors import ErrorSpec, EstimatedSeasonalErrorSpec, FileErrorSpec, NoErrorSpec
from landpda.config.part import Number, Part, Whole


class StreamSpec(Part):
    """One stream, under its name in the data file."""

    short: ClassVar[tuple[dict[str, Any], ...]] = ({"type": "null"},)

    output: str = ""
    """The model output it is compared with; the one of the same name if empty."""
    every: Whole = Field(default=1, ge=1)
    """1 keeps every datum, k every k-th step."""
    mean_over: Whole = Field(default=1, ge=1)
    """[steps] 1 compares single steps, k the means over k steps in a row."""
    minimum_share: Number = Field(default=0.5, gt=0.0, le=1.0)
    """[1] of a window that must be observed for its mean to count."""
    observation: ErrorSpec = FileErrorSpec()
    """Error of the measurement."""
    structural: ErrorSpec = EstimatedSeasonalErrorSpec()
    """Error of a model right in all its parameters."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """Nothing after the name means: all as by default."""
        return {} if content is None else content

    @model_validator(mode="after")
    def _some_error(self) -> StreamSpec:
        if isinstance(self.observation, NoErrorSpec) and isinstance(self.structural, NoErrorSpec):
            do = "Give one: observation: 0.5, or structural: estimated."
            raise PydanticCustomError("said", "Neither observation nor structural error is given.", {"do": do})
        if self.every > 1 and self.mean_over > 1 and self.every % self.mean_over:
            do = f"Use one of them, or an `every` that is a multiple of {self.mean_over}."
            raise PydanticCustomError("said", "`every` and `mean_over` do not go together.", {"do": do})
        return self
