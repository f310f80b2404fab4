"""From what pydantic found wrong to what was asked, what was found and what to do."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from landpda.core.errors import StudyError, nearest

EXAMPLES = {
    "site": "site: {file: DE-Hai.nc}",
    "model": "model: dalec2",
    "streams": "streams: {nbe: {observation: file}}",
    "method": "method: dream_zs",
    "name": "a name from landpda list",
}
BOUNDS = {
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
}
WANTED = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "string": "a word",
    "bool": "true or false",
    "dict": "a mapping of `key: value`",
    "list": "a list in brackets",
}


def complaint(wrong: ValidationError, file: str) -> StudyError:
    """The first thing that is wrong, and how many more there are."""
    problems = wrong.errors(include_url=False)
    first = problems[0]
    asked, found, do = _lines(first, file)
    more = f" ({len(problems) - 1} more after this one.)" if len(problems) > 1 else ""
    return StudyError(asked, found, do + more)


def _lines(problem: Any, file: str) -> tuple[str, str, str]:
    kind, context = problem["type"], problem.get("ctx", {})
    where = _path(problem["loc"])
    given = f"{where} was given as {_shown(problem['input'])} in {file}." if where else f"The study {file} was read."
    match kind:
        case "unknown_key":
            place = f"under {where}" if where else "at the top"
            asked = f"The key {context['key']!r} was given {place} of {file}."
            return asked, "There is no such key.", nearest(context["key"], context["known"].split(","))
        case "missing":
            example = EXAMPLES.get(str(problem["loc"][-1]), f"{problem['loc'][-1]}: …")
            return f"{where} is needed in {file}.", "It is not there.", f"Add it, e.g. {example}"
        case "said":
            return given, problem["msg"], context["do"]
        case "too_short" | "too_long":
            wanted = context.get("min_length", context.get("max_length"))
            return given, f"It has {context.get('actual_length')} entries.", f"Give {wanted}."
        case _ if kind in BOUNDS:
            bound = BOUNDS[kind].format(**{key: f"{value:g}" for key, value in context.items()})
            return given, f"It must be {bound}.", f"Give a number {bound}."
    wanted = next((words for start, words in WANTED.items() if kind.startswith(start)), "")
    return (
        given,
        f"It is not {wanted}." if wanted else f"{problem['msg']}.",
        f"Write {wanted}." if wanted else "See docs/study.md.",
    )


def _path(loc: tuple[Any, ...]) -> str:
    """The keys with dots between them."""
    return ".".join(map(str, loc))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
