"""A whole study, as its YAML says it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from landpda.config.constraints import ConstraintsSpec
from landpda.config.methods import MethodSpec
from landpda.config.model import ModelSpec
from landpda.config.parameters import ParameterSpec
from landpda.config.part import Part, Whole
from landpda.config.paths import expanded
from landpda.config.periods import PeriodsSpec
from landpda.config.site import SiteSpec
from landpda.config.streams import StreamSpec
from landpda.config.twin import TwinSpec


def _none(content: Any) -> Any:
    return None if content == "none" else content


def _empty(content: Any) -> Any:
    return {} if content is None else content


NotGiven = BeforeValidator(_none)


class StudySpec(Part):
    """What is asked, of which data, answered how."""

    name: str = ""
    """For titles; the file's name if empty."""
    site: SiteSpec
    """The data."""
    model: ModelSpec
    """What predicts."""
    parameter_table: str = ""
    """A CSV or YAML file with defaults and ranges, in place of the model's own."""
    parameters: Annotated[dict[str, ParameterSpec], BeforeValidator(_empty)] = Field(default_factory=dict)
    """Changes to the model's priors; all others are as `landpda list parameters` shows them."""
    streams: dict[str, StreamSpec] = Field(min_length=1)
    """What is compared with the model, and how far it is trusted."""
    constraints: Annotated[ConstraintsSpec | None, NotGiven] = None
    """`soft`, `none`, or {width, sd}."""
    periods: Annotated[PeriodsSpec, BeforeValidator(_empty)] = PeriodsSpec()
    """What is fitted and what is held out."""
    method: MethodSpec
    """What gives the answer."""
    search: Annotated[MethodSpec | None, NotGiven] = None
    """A multi-start search whose end points are where the method starts."""
    also: list[MethodSpec] = Field(default_factory=list)
    """More methods for the same question, to be compared."""
    twin: Annotated[TwinSpec | None, NotGiven] = None
    """Made-up data with a known truth, in place of the real ones."""
    seed: Whole = Field(default=0, ge=0, lt=2**32)
    """The same seed gives the same bits."""

    @field_validator("parameter_table")
    @classmethod
    def _expand(cls, path: str) -> str:
        return expanded(path)
