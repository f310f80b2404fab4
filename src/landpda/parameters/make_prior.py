"""A prior from the words and numbers of a study."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from landpda.core.errors import LandpdaError, StudyError, nearest
from landpda.core.registry import choose
from landpda.parameters.priors.prior import Prior


def make_prior(family: str, fields: Mapping[str, Any], *, parameter: str) -> Prior:
    """The prior of a family with these fields.

    Args:
        family: name of the family, e.g. "log_normal".
        fields: numbers by name, as one of the family's constructors takes them, e.g. `{"median": 0.5, "factor": 1.2}`.
        parameter: name of the parameter, for errors.

    Raises:
        StudyError: the family or a field is unknown, a field is missing, or a number cannot be.
    """
    try:
        kind = choose(family, "landpda.parameters.priors", Prior, "prior")
        return _constructor(kind, fields)(**{name: _number(name, value) for name, value in fields.items()})
    except LandpdaError as error:
        raise StudyError(f"Parameter {parameter!r}: {error.asked}", error.found, error.do) from None


def _constructor(kind: type[Prior], fields: Mapping[str, Any]) -> Callable[..., Prior]:
    """The constructor of the family whose arguments are these fields."""
    constructors = (kind, *(getattr(kind, name) for name in kind.alternatives))
    wanted = [_arguments(constructor) for constructor in constructors]
    for constructor, (required, known) in zip(constructors, wanted, strict=True):
        if required <= set(fields) <= known:
            return constructor
    asked = f"The prior {kind.name} with {', '.join(fields) or 'no fields'} was asked for."
    every = set().union(*(known for _, known in wanted))
    unknown = [name for name in fields if name not in every]
    if unknown:
        raise StudyError(asked, f"{kind.name} has no field {unknown[0]!r}.", nearest(unknown[0], every))
    choices = "; or ".join(", ".join(sorted(required)) for required, _ in wanted)
    raise StudyError(
        asked, "These fields do not make one prior: one is missing, or they say the same thing twice.", f"Give {choices}."
    )


def _arguments(constructor: Callable[..., Prior]) -> tuple[set[str], set[str]]:
    """Names that a constructor needs, and all names that it knows."""
    arguments = inspect.signature(constructor).parameters.values()
    required = {argument.name for argument in arguments if argument.default is inspect.Parameter.empty}
    return required, {argument.name for argument in arguments}


def _number(name: str, value: Any) -> Any:
    """The value as a float, or as a list of floats."""
    try:
        return [float(entry) for entry in value] if isinstance(value, (list, tuple)) else float(value)
    except (TypeError, ValueError):
        raise StudyError(f"{name} was given as {value!r}.", "It is not a number.", "Write a number.") from None
