"""YAML as a study needs it: plain data, each key once, dates and words left as they were written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from landpda.core.errors import StudyError

LARGEST_FILE = 1_000_000
"""[bytes] a study that a person writes has a few thousand."""
MOST_NODES = 20_000
"""Entries after anchors are expanded; a dozen lines of nested anchors can stand for billions."""
DEEPEST = 40

TAG = "tag:yaml.org,2002:"
DO = "Write it as in docs/study.md; `landpda new` writes an example."


class PlainLoader(yaml.SafeLoader):
    """YAML's plain data, each key once."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 - PyYAML reads it from the class


# YAML 1.1 reads NO as false, 12:30 as 750, 1e-5 as a word and 2001-01-01 as a date. These are the rules of YAML 1.2's core.
for tag, form, firsts in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("merge", r"<<", "<"),
):
    PlainLoader.add_implicit_resolver(f"{TAG}{tag}", re.compile(rf"^(?:{form})$"), list(firsts))


def _mapping(loader: PlainLoader, node: yaml.MappingNode) -> dict[str, Any]:
    written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
    twice = next((key for key in written if written.count(key) > 1), None)
    if twice is not None:
        line = max(key.start_mark.line for key, _ in node.value if key.value == twice) + 1
        raise yaml.MarkedYAMLError(problem=f"the key {twice!r} is there twice (line {line})")
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


def _integer(loader: PlainLoader, node: yaml.ScalarNode) -> int:
    # Thousands of digits are no setting, and Python refuses to convert them with an error of its own.
    if len(node.value) > 30:
        raise yaml.MarkedYAMLError(problem=f"the number {node.value[:12]}… has {len(node.value)} digits")
    return int(node.value)


PlainLoader.add_constructor(f"{TAG}map", _mapping)
PlainLoader.add_constructor(f"{TAG}int", _integer)


def parse(text: str, *, asked: str, do: str = DO) -> Any:
    """The data that a YAML text stands for.

    Args:
        text: YAML.
        asked: first line of the error.
        do: last line of the error.

    Raises:
        StudyError: it is not YAML, says a key twice, or holds anything but plain data.
    """
    try:
        content = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a SafeLoader with fewer readings
        _count(content, 0, [0], asked)
    except yaml.YAMLError as damage:
        raise StudyError(asked, f"It is not YAML: {_place(damage)}.", do) from None
    except RecursionError:
        raise StudyError(asked, "It is nested too deep to be a study.", do) from None
    # What the constructors let through on damaged scalars, e.g. a key that is a list, or an empty `!!float`.
    except (ValueError, TypeError, AttributeError, OverflowError, LookupError) as damage:
        raise StudyError(asked, f"It is not YAML: {_one_line(str(damage))}.", do) from None
    return content


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Raises:
        StudyError: no such file, not readable, not text, not YAML, or not `key: value` lines.
    """
    asked = f"The study {path} was to be read."
    content = parse(_text(path, asked), asked=asked)
    if not isinstance(content, dict):
        found = "It is empty." if content is None else f"It holds {_one_line(repr(content))}, not lines of `key: value`."
        raise StudyError(asked, found, DO)
    return content


def write_yaml(content: Any) -> str:
    """The text of plain data, in the order given; it reads back as the same data."""
    return yaml.dump(content, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


class PlainDumper(yaml.SafeDumper):
    """Quotes what either YAML 1.1 or our loader would not read back as a word."""

    def ignore_aliases(self, data: Any) -> bool:
        """Anchors are for machines: write each thing out."""
        del data
        return True

    def represent_number(self, data: float) -> yaml.ScalarNode:
        """A float with all its digits; PyYAML's own drops none, but writes 1e-05 without the point that YAML 1.1 asks for."""
        text = repr(float(data))
        text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(text, text)
        mantissa, _, exponent = text.partition("e")
        if exponent and "." not in mantissa:
            text = f"{mantissa}.0e{exponent}"
        return self.represent_scalar(f"{TAG}float", text)

    def represent_word(self, data: str) -> yaml.ScalarNode:
        """A string; quoted where our loader would read a number (1e5), which PyYAML's own rules leave bare."""
        bare_number = PlainLoader.yaml_implicit_resolvers.get(data[:1], [])
        if not data.isprintable():
            # Line ends of other alphabets are written bare otherwise, and read back as spaces.
            return self.represent_scalar(f"{TAG}str", data, style='"')
        quoted = any(form.match(data) for _, form in bare_number)
        return self.represent_scalar(f"{TAG}str", data, style="'" if quoted else None)


PlainDumper.add_representer(float, PlainDumper.represent_number)
PlainDumper.add_representer(str, PlainDumper.represent_word)


def _text(path: Path, asked: str) -> str:
    try:
        if path.is_dir():
            raise StudyError(asked, "It is a folder.", "Name the YAML file in it (in a run folder: study.yaml).")
        if path.stat().st_size > LARGEST_FILE:
            raise StudyError(asked, f"It has {path.stat().st_size} bytes: too large for a study.", "Check the path.")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise StudyError(asked, "There is no such file.", f"Check the path{_neighbour(path)}.") from None
    except PermissionError:
        raise StudyError(asked, "Reading it is not permitted.", f"Give yourself the right: chmod u+r {path}") from None
    except UnicodeDecodeError:
        raise StudyError(asked, "It is not text in UTF-8.", "Check the path, or save it as UTF-8.") from None
    # A path with a NUL in it, or longer than the system allows.
    except (OSError, ValueError) as unread:
        raise StudyError(asked, f"The system cannot open it: {_one_line(str(unread))}.", "Check the path.") from None


def _neighbour(path: Path) -> str:
    import difflib

    try:
        names = [other.name for other in path.parent.iterdir()]
    except OSError:
        return f"; there is no folder {path.parent}"
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"; beside it there is {close[0]}" if close else ""


def _count(content: Any, depth: int, seen: list[int], asked: str) -> None:
    """Refuse what stands for more than a study can hold, and keys that are not words."""
    seen[0] += 1
    if seen[0] > MOST_NODES or depth > DEEPEST:
        raise StudyError(asked, "Its anchors or its nesting make it too large for a study.", "Write the values out.")
    if isinstance(content, dict):
        for key, value in content.items():
            if not isinstance(key, str):
                raise StudyError(asked, f"The key {_one_line(repr(key))} is not a word.", "Put it in quotes if it is a name.")
            _count(value, depth + 1, seen, asked)
    elif isinstance(content, list):
        for value in content:
            _count(value, depth + 1, seen, asked)
    elif content is not None and not isinstance(content, str | int | float | bool):
        raise StudyError(asked, f"It holds a {type(content).__name__} (a YAML tag).", "Write plain words and numbers.")


def _place(damage: yaml.YAMLError) -> str:
    if isinstance(damage, yaml.MarkedYAMLError):
        mark = damage.problem_mark or damage.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        return where + _one_line(str(damage.problem or damage.context or "unreadable"))
    return _one_line(str(damage))


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:160]
