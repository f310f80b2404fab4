"""The JSON schema of a study, for editors that complete and check YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from landpda.config.errors import ERRORS, ErrorSpec, default_prior
from landpda.config.operators import OPERATORS
from landpda.config.settings import settings_of, written
from landpda.config.study import StudySpec

if TYPE_CHECKING:
    from landpda.observations.errors.plan import ErrorPlan


def schema() -> dict[str, Any]:
    """The schema, with the names and settings of every model, method, operator, error and prior that is installed."""
    from landpda.core.model import Model
    from landpda.core.registry import card, discover
    from landpda.methods.method import Method
    from landpda.observations.errors.plan import ErrorPlan
    from landpda.observations.operators.plan import OperatorPlan
    from landpda.parameters.priors.prior import Prior
    from landpda.sources.source import Source

    whole = StudySpec.model_json_schema()
    parts = whole["$defs"]
    priors = list(discover("landpda.parameters.priors", Prior))
    named = (
        ("ModelSpec", "landpda.models", Model),
        ("MethodSpec", "landpda.methods", Method),
        ("OperatorSpec", OPERATORS, OperatorPlan),
    )
    for part, package, kind in named:
        known = discover(package, kind)
        parts[part] = {"anyOf": [{"enum": list(known)}, *(_named(name, thing, card(thing)) for name, thing in known.items())]}
    errors = discover(ERRORS, ErrorPlan)
    forms = [_error(name, error, card(error), priors) for name, error in errors.items()]
    number, _, nothing, unnamed = ErrorSpec.short
    unnamed = {**unnamed, "properties": {"kind": {"enum": list(errors)}}}
    parts["ErrorSpec"] = {"anyOf": [{"enum": list(errors)}, number, nothing, *forms, unnamed]}
    _part(parts, "ParameterSpec")["properties"]["prior"]["enum"] = priors
    _part(parts, "SiteSpec")["properties"]["format"]["enum"] = ["auto", *discover("landpda.sources", Source)]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "title": "landpda study"}


def _named(name: str, kind: type, idea: str) -> dict[str, Any]:
    settings = settings_of(kind)
    properties: dict[str, Any] = {"name": {"const": name}}
    for key, setting in settings.items():
        properties[key] = TypeAdapter(setting.type).json_schema()
        if not setting.needed:
            properties[key]["default"] = written(setting.default)
    required = ["name", *(key for key, setting in settings.items() if setting.needed)]
    return {
        "type": "object",
        "description": idea,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _error(name: str, kind: type[ErrorPlan], idea: str, priors: list[str]) -> dict[str, Any]:
    form = _named(name, kind, idea)
    prior = default_prior(kind)
    if prior is not None:
        # The prior's numbers stand beside it, and which they are depends on the family.
        form["properties"]["prior"] = {"enum": priors, "default": prior.family}
        form["additionalProperties"] = {"type": ["number", "array"]}
    return form


def _part(parts: dict[str, Any], name: str) -> dict[str, Any]:
    """The object form of a part that also has a short form."""
    return next(form for form in parts[name].get("anyOf", [parts[name]]) if "properties" in form)
