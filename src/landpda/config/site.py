"""`site:` which data."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from landpda.config.part import Number, Part, Whole
from landpda.config.paths import expanded

BUILT_IN = ("demo",)


class SiteSpec(Part):
    """A file of a site's forcing and observations, or the site that the package makes itself (`name: demo`)."""

    short: ClassVar[tuple[dict[str, Any], ...]] = ({"type": "string"},)

    file: str = ""
    """The data file; relative paths are relative to the study's folder."""
    name: str = ""
    """`demo` for the built-in site, in place of a file."""
    format: str = "auto"
    """A reader by name (`landpda list sources`), or `auto`."""
    site: str = ""
    """The site's code, where the file does not say it or says it wrongly."""
    latitude: Number | None = Field(default=None, ge=-90.0, le=90.0)
    """[degrees_north]"""
    longitude: Number | None = Field(default=None, ge=-180.0, le=360.0)
    """[degrees_east]"""
    igbp: str = ""
    """Vegetation class."""
    year: Whole | None = Field(default=None, ge=1, le=9999)
    """Of a file whose dates have none."""
    start: str = ""
    """First day of a file that has no dates, ISO."""
    utc_offset: Number | None = Field(default=None, ge=-14.0, le=14.0)
    """[h] local standard time minus UTC, for files in UTC."""
    member: str = ""
    """The file wanted inside a zip."""
    columns: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Canonical name → {column, units}, for the generic readers."""
    time: dict[str, str] = Field(default_factory=dict)
    """{column, format, stamp: start | middle | end}, for the generic readers."""
    missing: list[Number] = Field(default_factory=list)
    """Values that mean "not there", beside the usual ones."""

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """`path` for `{file: path}`."""
        return {"file": content} if isinstance(content, str) else content

    @field_validator("file")
    @classmethod
    def _expand(cls, file: str) -> str:
        return expanded(file)

    @model_validator(mode="after")
    def _one_of_both(self) -> SiteSpec:
        if bool(self.file) == bool(self.name):
            found = "Both are given." if self.file else "Neither is given."
            raise PydanticCustomError("said", found, {"do": "Give one: a file, or name: demo for the built-in site."})
        if self.name and self.name not in BUILT_IN:
            do = "Built in is: demo. For your own data write file: PATH."
            raise PydanticCustomError("said", "There is no built-in site of that name.", {"do": do})
        return self
