"""What every part of a study has in common: known keys only, numbers that are numbers, and a short form where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("said", "It is true or false, not a number.", {"do": "Write a number."})
    return value


def _no_word(value: Any) -> Any:
    if isinstance(value, str):
        raise PydanticCustomError("said", "It is a word, not a number.", {"do": "Write a number, without quotes."})
    return _no_boolean(value)


Number = Annotated[float, BeforeValidator(_no_word)]
Whole = Annotated[int, BeforeValidator(_no_word)]


class Part(BaseModel):
    """A part of a study. Unknown keys are refused, with the nearest known one named.

    `open` parts take more keys than their fields: the settings of something that is found by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    open: ClassVar[bool] = False
    short: ClassVar[tuple[dict[str, Any], ...]] = ()
    """JSON schemas of what may stand for the whole part."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """The mapping that a short form stands for; anything else as it is."""
        return content

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, content: Any) -> Any:
        content = cls.from_short(content)
        if not isinstance(content, Mapping):
            words = [str(word) for form in cls.short for word in form.get("enum", ())]
            do = f"Write {', '.join(words)}, or its keys: " if words else "Write its keys: "
            do += "{" + ", ".join(f"{key}: …" for key in list(cls.model_fields)[:8]) + "}."
            raise PydanticCustomError("said", "It is not a mapping of `key: value`.", {"do": do})
        for key in content:
            if not cls.open and key not in cls.model_fields:
                raise PydanticCustomError("unknown_key", "unknown key", {"key": str(key), "known": ",".join(cls.model_fields)})
        return content

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [*cls.short, schema]} if cls.short else schema


class Named(Part):
    """Something found by its name, with settings that depend on it: a model, a method."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)
    open: ClassVar[bool] = True
    short: ClassVar[tuple[dict[str, Any], ...]] = ({"type": "string"},)

    name: str
    """As `landpda list` shows it."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """`dream_zs` for `{name: dream_zs}`."""
        return {"name": content} if isinstance(content, str) else content

    @property
    def settings(self) -> dict[str, Any]:
        """The keys beside the name."""
        return dict(self.model_extra or {})
