"""A specification as YAML with every default written out, so that a run can be repeated when defaults have changed."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from landpda.config.errors import error_of, error_settings
from landpda.config.methods import MethodSpec
from landpda.config.model import ModelSpec
from landpda.config.operators import OperatorSpec, operator_of
from landpda.config.resolve import method_of, model_of
from landpda.config.settings import settings_of, written
from landpda.config.streams import StreamSpec
from landpda.config.study import StudySpec
from landpda.config.yaml_text import write_yaml


def dump_resolved(spec: StudySpec) -> str:
    """The study as YAML: settings of model and methods, priors of all parameters, and paths from the root.

    Reading it back gives a study whose own dump is the same text.

    Raises:
        StudyError: a model, method, operator, error or prior that does not exist.
    """
    content = spec.model_dump(mode="json", exclude={"model", "method", "search", "also", "parameters", "streams"})
    model = model_of(spec.model)
    also = [_method(method, f"also.{place}") for place, method in enumerate(spec.also)]
    whole = {
        "name": spec.name,
        "site": content["site"],
        "model": _named(spec.model, model),
        "parameter_table": spec.parameter_table,
        "parameters": _parameters(spec, model),
        "streams": {name: _stream(stream, f"streams.{name}") for name, stream in spec.streams.items()},
        "constraints": content["constraints"] or "none",
        "periods": content["periods"],
        "method": _method(spec.method, "method"),
        "search": _method(spec.search, "search") if spec.search else "none",
        "also": also,
        "twin": content["twin"] if spec.twin is not None else "none",
        "seed": spec.seed,
    }
    return write_yaml(whole)


def _method(spec: MethodSpec, key: str) -> dict[str, Any]:
    return _named(spec, method_of(spec, key))


def _named(spec: ModelSpec | MethodSpec | OperatorSpec, thing: Any) -> dict[str, Any]:
    return {"name": spec.name, **{name: written(getattr(thing, name)) for name in settings_of(type(thing))}}


def _stream(spec: StreamSpec, key: str) -> dict[str, Any]:
    operator = spec.operator_in_full
    parts = {"observation": spec.observation, "structural": spec.structural}
    errors = {part: {"name": error.name, **error_settings(error_of(error, f"{key}.{part}"))} for part, error in parts.items()}
    return {
        "output": spec.output,
        "every": spec.every,
        "operator": _named(operator, operator_of(operator, f"{key}.operator")),
        **errors,
    }


def _parameters(spec: StudySpec, model: Any) -> dict[str, Any]:
    """Every parameter: as the study says it, else its prior from the table with the prior's own numbers."""
    from landpda.core.parameter_table import read_parameter_table
    from landpda.parameters.from_table import prior_from_row

    table = read_parameter_table(spec.parameter_table) if spec.parameter_table else model.parameters
    return {
        name: _parameter(spec.parameters[name]) if name in spec.parameters else _prior(prior_from_row(row))
        for name, row in table.items()
    }


def _parameter(spec: Any) -> dict[str, Any]:
    return {"fixed": spec.fixed} if spec.fixed is not None else {"prior": spec.prior, **written_numbers(spec.numbers)}


def _prior(prior: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(type(prior))
    return {
        "prior": prior.name,
        **{f.name: written(getattr(prior, f.name)) for f in dataclasses.fields(prior) if f.name in hints},
    }


def written_numbers(numbers: dict[str, Any]) -> dict[str, Any]:
    """A prior's numbers as the study gave them."""
    return {name: written(value) for name, value in numbers.items()}
