"""Find what is there by walking a package: a file that holds a final class of a kind has registered it."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
from typing import TypeVar

from landpda.core.errors import StudyError, nearest

Kind = TypeVar("Kind")


def discover(package: str, kind: type[Kind]) -> dict[str, type[Kind]]:
    """Every final class of `kind` below `package` (and under the entry points `package`), by its `name`.

    Args:
        package: dotted name of a package, e.g. "landpda.methods". Other distributions add theirs under an
            entry-point group of the same name.
        kind: the abstract class.
    """
    found: dict[str, type[Kind]] = {}
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        module = importlib.import_module(info.name)
        for _, member in inspect.getmembers(module, inspect.isclass):
            here = member.__module__ == info.name and issubclass(member, kind) and not inspect.isabstract(member)
            if here and isinstance(getattr(member, "name", None), str):
                found[member.name] = member  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    for entry in importlib.metadata.entry_points(group=package):
        found[entry.name] = entry.load()
    return dict(sorted(found.items()))


def choose(name: str, package: str, kind: type[Kind], noun: str) -> type[Kind]:
    """The class called `name`.

    Raises:
        StudyError: there is none; names the nearest.
    """
    known = discover(package, kind)
    if name not in known:
        raise StudyError(f"The {noun} {name!r} was asked for.", "There is none of that name.", nearest(name, known))
    return known[name]


def card(thing: type) -> str:
    """The first paragraph of a class's docstring: its card in one sentence or two."""
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
