"""`--set a.b.c=value`: one entry of a study changed from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from landpda.config.yaml_text import parse
from landpda.core.errors import StudyError

FORM = "Write --set key=value with dots between the keys, e.g. --set method.num_chains=32 or --set also.0=laplace."
QUOTE = """Put quotes around the value, and others around the whole: --set 'key="value"'."""


def with_overrides(content: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """The study with each `a.b.c=value` set, in order; keys that are not there are made, list entries are named by number.

    Raises:
        StudyError: an override has no `=`, is not YAML, or goes through something that has no entries.
    """
    changed = deepcopy(content)
    for override in overrides:
        keys, value = _split(override)
        _put(changed, keys, value, override)
    return changed


def _split(override: str) -> tuple[list[str], Any]:
    asked = f"--set {override} was given."
    path, equals, text = override.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        raise StudyError(asked, "It is not of the form key=value." if not equals else "A key in it is empty.", FORM)
    return keys, parse(text, asked=asked, do=QUOTE)


def _put(content: Any, keys: Sequence[str], value: Any, override: str) -> None:
    key, rest = keys[0], keys[1:]
    if isinstance(content, list):
        place = _place(content, key, override)
        if place == len(content):
            content.append({} if rest else value)
    else:
        place = key
    if not rest:
        content[place] = value
        return
    inner = content[place] if isinstance(content, list) else content.get(place)
    if inner in DEFAULTS.get(str(place), ()):
        inner = {}
    if isinstance(inner, str) and place in NAMED:
        # `method: dream_zs` and `model: dalec2` are short for {name: …}; a setting keeps the name.
        inner = {NAMED[place]: inner}
    if inner is None:
        inner = {}
    if not isinstance(inner, dict | list):
        raise StudyError(f"--set {override} was given.", f"{key!r} is {inner!r} in the study: it has no entries.", FORM)
    content[place] = inner
    _put(inner, rest, value, override)


NAMED = {
    **dict.fromkeys(("method", "model", "search", "operator", "observation", "structural"), "name"),
    "site": "file",
}
"""Parts whose short form is one word, and the key that the word stands for."""

DEFAULTS = {"constraints": ("soft", "none"), "twin": ("none",), "search": ("none",)}
"""Words that say no more than an empty mapping, to which a setting can be added."""


def _place(content: list[Any], key: str, override: str) -> int:
    place = int(key) if key.isdecimal() and len(key) < 6 else -1
    if not 0 <= place <= len(content):
        raise StudyError(
            f"--set {override} was given.",
            f"{key!r} is no place in a list of {len(content)}.",
            f"Give a number from 0 to {len(content)}; the last one adds an entry.",
        )
    return place
