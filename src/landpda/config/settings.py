"""Settings of a model or a method: the fields of its class that a study can write, with their types and defaults."""

from __future__ import annotations

import dataclasses
import functools
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np

from landpda.core.errors import LandpdaError, StudyError, nearest

Kind = TypeVar("Kind")

LARGEST = sys.float_info.max
MOST = 10**9
"""Largest whole number that a setting may be."""
WORDS = {int: "a whole number of at most a thousand million", float: "a number", bool: "true or false", str: "a word"}


class Setting(typing.NamedTuple):
    """One setting.

    Args:
        type: of its value: int, float, bool, str, a Literal, an optional one of these, or a tuple of one of them.
        default: its value where the study says nothing; `dataclasses.MISSING` if it must be given.
    """

    type: Any
    default: Any

    @property
    def needed(self) -> bool:
        """Whether it must be given."""
        return self.default is dataclasses.MISSING


@functools.cache
def settings_of(kind: type) -> Mapping[str, Setting]:
    """The fields of a class that plain YAML values can fill; arrays and functions are not among them."""
    hints = typing.get_type_hints(kind)
    fields = [field for field in dataclasses.fields(kind) if field.init and _is_plain(hints[field.name])]
    return {field.name: Setting(hints[field.name], _default(field)) for field in fields}


def configure(kind: type[Kind], given: Mapping[str, Any], noun: str) -> Kind:
    """The model or method with these settings.

    Args:
        kind: its class.
        given: name → value, as YAML has it.
        noun: "method" or "model", for errors.

    Raises:
        StudyError: a setting is unknown, missing, of another type, or refused by the class.
    """
    name = getattr(kind, "name", kind.__name__)
    known = settings_of(kind)
    for setting in given:
        if setting not in known:
            asked = f"The setting {setting!r} of the {noun} {name} was given."
            do = nearest(setting, known) if known else f"The {noun} {name} has no settings: leave it out."
            raise StudyError(asked, "There is no such setting.", do)
    missing = [setting for setting, of in known.items() if of.needed and setting not in given]
    if missing:
        raise StudyError(f"The {noun} {name} was asked for.", f"It needs the setting {missing[0]!r}.", "Give it a value.")
    values = {key: _value(known[key].type, value, f"The setting {key!r} of the {noun} {name}") for key, value in given.items()}
    try:
        return kind(**values)
    except LandpdaError:
        raise
    # What a class's own check says of a value is for the user: the study is where it came from.
    except (ValueError, TypeError, ArithmeticError) as refused:
        said = ", ".join(f"{key}={value}" for key, value in given.items())
        raise StudyError(
            f"The {noun} {name} with {said or 'its defaults'} was asked for.", f"{refused}.", "Change the setting."
        ) from None


def written(value: Any) -> Any:
    """A setting or a prior's number as plain YAML has it."""
    if isinstance(value, (list, tuple)):
        return [written(entry) for entry in value]
    if hasattr(value, "shape"):
        return np.asarray(value).tolist()
    return value


def _default(field: dataclasses.Field) -> Any:
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default


def _is_plain(hint: Any) -> bool:
    if hint in (int, float, bool, str, type(None)):
        return True
    if get_origin(hint) is Literal:
        return True
    if get_origin(hint) in (Union, types.UnionType, tuple):
        return all(_is_plain(inner) for inner in get_args(hint) if inner is not Ellipsis)
    return False


def _value(hint: Any, value: Any, what: str) -> Any:
    """The value as the setting wants it.

    Raises:
        StudyError: it is of another type.
    """
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        fitted = _fit(option, value)
        if fitted is not _NO:
            return fitted
    wanted = " or ".join(_words(option) for option in options)
    raise StudyError(f"{what} was given as {value!r}.", f"It is not {wanted}.", f"Write {wanted}.")


_NO = object()


def _fit(hint: Any, value: Any) -> Any:  # noqa: PLR0911 - one line a type
    if hint is type(None):
        return None if value in (None, "none") else _NO
    if get_origin(hint) is Literal:
        return value if value in get_args(hint) else _NO
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            return _NO
        inner = get_args(hint)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
        fitted = [_fit(kind, entry) for kind, entry in zip(kinds, value, strict=False)]
        return tuple(fitted) if len(kinds) == len(value) and _NO not in fitted else _NO
    if isinstance(value, bool):
        return value if hint is bool else _NO
    if hint is int and isinstance(value, (int, float)):
        # no count of runs, members or draws comes near it, and arrays of such a length fail in ways that tell a reader nothing
        return int(value) if abs(value) <= MOST and value == int(value) else _NO
    if hint is float and isinstance(value, (int, float)):
        # An integer beyond the largest float has no float.
        return float(value) if abs(value) <= LARGEST else _NO
    return value if isinstance(value, hint) else _NO


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        return f"a list, each entry {_words(get_args(hint)[0])}"
    return WORDS.get(hint, "none")
