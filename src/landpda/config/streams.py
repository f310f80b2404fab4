"""`streams:` what is compared with the model."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from landpda.config.errors import ErrorSpec
from landpda.config.operators import OperatorSpec
from landpda.config.part import Number, Part, Whole


class StreamSpec(Part):
    """One stream, under its name in the data file."""

    short: ClassVar[tuple[dict[str, Any], ...]] = ({"type": "null"},)

    output: str = ""
    """The model output it is compared with; the one of the same name if empty."""
    every: Whole = Field(default=1, ge=1)
    """1 keeps every datum, k every k-th step."""
    operator: OperatorSpec = OperatorSpec(name="select")
    """What is done to model and data alike before they are compared (`landpda list operators`)."""
    mean_over: Whole = Field(default=1, ge=1)
    """[steps] short for the operator temporal_mean over as many steps."""
    minimum_share: Number = Field(default=0.5, gt=0.0, le=1.0)
    """[1] of a window of `mean_over` that must be observed for its mean to count."""
    observation: ErrorSpec = ErrorSpec(name="file")
    """Error of the measurement (`landpda list errors`)."""
    structural: ErrorSpec = ErrorSpec(name="estimated_seasonal")
    """Error of a model right in all its parameters (`landpda list errors`)."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """Nothing after the name means: all as by default."""
        return {} if content is None else content

    @model_validator(mode="after")
    def _some_error(self) -> StreamSpec:
        if self.observation.name == "none" and self.structural.name == "none":
            do = "Give one: observation: 0.5, or structural: estimated."
            raise PydanticCustomError("said", "Neither observation nor structural error is given.", {"do": do})
        if "operator" in self.model_fields_set and self.model_fields_set & {"mean_over", "minimum_share"}:
            do = "Leave out mean_over and minimum_share, e.g. operator: {name: temporal_mean, steps: 8, minimum_share: 0.5}."
            raise PydanticCustomError("said", "`operator` and `mean_over` say the same thing.", {"do": do})
        return self

    @property
    def operator_in_full(self) -> OperatorSpec:
        """The operator, also where `mean_over` says which."""
        if self.mean_over == 1:
            return self.operator
        settings = {"steps": self.mean_over, "minimum_share": self.minimum_share}
        return OperatorSpec.model_validate({"name": "temporal_mean", **settings})
