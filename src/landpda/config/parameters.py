"""`parameters:` what the study changes of the model's own priors."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from landpda.config.part import Number, Part


class ParameterSpec(Part):
    """One parameter: a prior with its numbers, or a value at which it is held."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
    open: ClassVar[bool] = True
    short: ClassVar[tuple[dict[str, Any], ...]] = ({"type": "number"},)

    prior: str = ""
    """A family (`landpda list priors`); its numbers stand beside it, e.g. low and high."""
    fixed: Number | None = None
    """[units of the parameter] the value at which it is held."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """`0.5` for `{fixed: 0.5}`."""
        return {"fixed": content} if isinstance(content, int | float) and not isinstance(content, bool) else content

    @model_validator(mode="after")
    def _one_of_both(self) -> ParameterSpec:
        if bool(self.prior) == (self.fixed is not None):
            found = "Both prior and fixed are given." if self.prior else "Neither prior nor fixed is given."
            do = "Give one, e.g. {prior: uniform, low: 0.3, high: 0.7} or {fixed: 0.5}."
            raise PydanticCustomError("said", found, {"do": do})
        if self.fixed is not None and self.model_extra:
            do = f"Leave out {', '.join(self.model_extra)}, or give a prior in place of fixed."
            raise PydanticCustomError("said", "A fixed value has no other numbers.", {"do": do})
        return self

    @property
    def numbers(self) -> dict[str, Any]:
        """The prior's numbers."""
        return dict(self.model_extra or {})
