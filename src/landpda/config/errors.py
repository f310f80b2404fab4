"""`observation:` and `structural:` how far each stream is trusted, and how far the model."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from landpda.config.part import Number, Part


class GivenErrorSpec(Part):
    """A standard deviation that is known."""

    kind: Literal["given"] = "given"
    sd: Number = Field(gt=0.0)
    """[stream units]"""


class FileErrorSpec(Part):
    """What the data file gives for each datum."""

    kind: Literal["file"] = "file"
    fallback: Number = Field(default=0.0, ge=0.0)
    """[stream units] where the file has none; 0 for the median of those that it has."""
    floor: Number = Field(default=0.0, ge=0.0)
    """[stream units] the smallest that is believed."""


class FactorErrorSpec(Part):
    """A share of each observed value."""

    kind: Literal["factor"] = "factor"
    factor: Number = Field(gt=0.0)
    """[1]"""
    floor: Number = Field(gt=0.0)
    """[stream units] the smallest; above 0, because a share of nothing is nothing."""


class _EstimatedSpec(Part):
    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
    open: ClassVar[bool] = True

    prior: str = "half_normal"
    """A family; its numbers stand beside it. half_normal with scale 1 if none is given."""

    @property
    def numbers(self) -> dict[str, Any]:
        """The prior's numbers."""
        given = dict(self.model_extra or {})
        return given or ({"scale": 1.0} if self.prior == "half_normal" else {})


class EstimatedErrorSpec(_EstimatedSpec):
    """A standard deviation that is estimated with the parameters."""

    kind: Literal["estimated"] = "estimated"


class EstimatedSeasonalErrorSpec(_EstimatedSpec):
    """Two standard deviations, of the quiet and of the active season, both estimated."""

    kind: Literal["estimated_seasonal"] = "estimated_seasonal"


class NoErrorSpec(Part):
    """None: the other part is all there is."""

    kind: Literal["none"] = "none"


KINDS = ("given", "file", "factor", "estimated", "estimated_seasonal", "none")
DO = "Write a number, file, estimated, estimated_seasonal, none, or e.g. {factor: 0.1, floor: 0.2}."


def _long_form(content: Any) -> Any:
    """`0.5`, `file` and `{estimated: {…}}` with their kind written out."""
    if content is None:
        return {"kind": "none"}
    if isinstance(content, int | float) and not isinstance(content, bool):
        return {"kind": "given", "sd": content}
    if isinstance(content, str):
        content = {"kind": content}
    if not isinstance(content, dict):
        raise PydanticCustomError("said", "It is not an error.", {"do": DO})
    if "kind" not in content:
        content = _with_kind(content)
    if content["kind"] not in KINDS:
        raise PydanticCustomError("unknown_choice", "unknown", {"choice": str(content["kind"]), "known": ",".join(KINDS)})
    return content


def _with_kind(content: dict[str, Any]) -> dict[str, Any]:
    if "factor" in content:
        return {"kind": "factor", **content}
    if "sd" in content:
        return {"kind": "given", **content}
    if len(content) == 1:
        (kind, settings), *_ = content.items()
        if kind in KINDS and isinstance(settings, dict | None):
            return {**(settings or {}), "kind": kind}
        return {"kind": kind}
    raise PydanticCustomError("said", "It does not say which kind of error.", {"do": DO})


ErrorSpec = Annotated[
    Annotated[
        GivenErrorSpec | FileErrorSpec | FactorErrorSpec | EstimatedErrorSpec | EstimatedSeasonalErrorSpec | NoErrorSpec,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_long_form),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"enum": ["file", "estimated", "estimated_seasonal", "none"]},
                {"type": "object", "properties": {"kind": {"enum": list(KINDS)}}},
            ]
        }
    ),
]
