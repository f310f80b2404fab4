"""`observation:` and `structural:` how far each stream is trusted, and how far the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic_core import PydanticCustomError

from landpda.config.part import Named
from landpda.config.settings import configure, settings_of, written
from landpda.core.errors import StudyError

if TYPE_CHECKING:
    from landpda.observations.errors.plan import ErrorPlan
    from landpda.observations.errors.unknown import PriorByName

ERRORS = "landpda.observations.errors"
DO = "Write a number, a name (file, estimated, none …), {factor: 0.1, floor: 0.2}, or {name: …} with its settings."
SAY_WHAT_THEY_ARE = {"factor": "factor", "sd": "given"}
"""Settings that say which error they belong to."""


class ErrorSpec(Named):
    """An error by name, with its settings."""

    short: ClassVar[tuple[dict[str, Any], ...]] = (
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "string"},
        {"type": "null"},
        {"type": "object", "not": {"required": ["name"]}},
    )

    @classmethod
    def from_short(cls, content: Any) -> Any:
        """`0.5`, `file`, `{estimated: {…}}` and `{kind: file, …}` with their name written out."""
        if content is None:
            return {"name": "none"}
        if isinstance(content, int | float) and not isinstance(content, bool):
            return {"name": "given", "sd": content}
        if isinstance(content, str):
            return {"name": content}
        if not isinstance(content, Mapping):
            raise PydanticCustomError("said", "It is not an error.", {"do": DO})
        if "name" in content:
            return content
        if "kind" in content:
            return {"name": content["kind"], **{key: value for key, value in content.items() if key != "kind"}}
        return _with_name(dict(content))


def error_of(spec: ErrorSpec, key: str) -> ErrorPlan:
    """The error of that name, with its settings.

    Args:
        spec: name and settings.
        key: where the study names it, for errors.

    Raises:
        StudyError: there is none of that name, or a setting is wrong.
    """
    from landpda.core.registry import choose
    from landpda.observations.errors.plan import ErrorPlan

    try:
        kind = choose(spec.name, ERRORS, ErrorPlan, "error")
        own = settings_of(kind)
        if default_prior(kind) is None:
            return configure(kind, spec.settings, "error")
        error = configure(kind, {name: value for name, value in spec.settings.items() if name in own}, "error")
        return _with_prior(error, {name: value for name, value in spec.settings.items() if name not in own})
    except StudyError as wrong:
        raise StudyError(f"{key}: {wrong.asked}", wrong.found, wrong.do) from None


def default_prior(kind: type[ErrorPlan]) -> PriorByName | None:
    """The prior of an error that has one among its settings, where the study gives none."""
    from landpda.observations.errors.unknown import PriorByName

    defaults = (field.default for field in dataclasses.fields(kind) if field.name == "prior")
    return next((default for default in defaults if isinstance(default, PriorByName)), None)


def error_settings(error: ErrorPlan) -> dict[str, Any]:
    """All settings as YAML has them: its own, then its prior and the prior's numbers."""
    own = {name: written(getattr(error, name)) for name in settings_of(type(error))}
    if default_prior(type(error)) is None:
        return own
    prior: PriorByName = error.prior  # pyright: ignore[reportAttributeAccessIssue]
    return {**own, "prior": prior.family, **{name: written(value) for name, value in prior.numbers.items()}}


def _with_name(content: dict[str, Any]) -> dict[str, Any]:
    for setting, name in SAY_WHAT_THEY_ARE.items():
        if setting in content:
            return {"name": name, **content}
    if len(content) == 1:
        (name, settings), *_ = content.items()
        return {**(settings if isinstance(settings, Mapping) else {}), "name": name}
    raise PydanticCustomError("said", "It does not say which kind of error.", {"do": DO})


def _with_prior(error: ErrorPlan, given: Mapping[str, Any]) -> ErrorPlan:
    """The error with the prior that the study gives; its own where it gives none.

    Raises:
        StudyError: there is no such prior.
    """
    from landpda.observations.errors.unknown import PriorByName
    from landpda.parameters.make_prior import make_prior

    default: PriorByName = error.prior  # pyright: ignore[reportAttributeAccessIssue]
    numbers = {name: value for name, value in given.items() if name != "prior"}
    family = given.get("prior", default.family)
    if not isinstance(family, str):
        raise StudyError(f"The prior was given as {family!r}.", "It is not a word.", "Write a family of `landpda list priors`.")
    if family == default.family and not numbers:
        return error
    try:
        make_prior(family, numbers, parameter=error.name)
    except StudyError as wrong:
        own = ", ".join(settings_of(type(error)))
        more = f" Settings of {error.name} itself: {own}." if own else ""
        asked = wrong.asked.removeprefix(f"Parameter {error.name!r}: ")
        raise StudyError(asked, wrong.found, wrong.do + more) from None
    return dataclasses.replace(error, prior=PriorByName(family, numbers))  # pyright: ignore[reportCallIssue]
