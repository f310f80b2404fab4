"""What a section is, and how sections are found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

from markupsafe import Markup

from landpda.core.errors import LandpdaError
from landpda.report.record import Record

FOLDER = "landpda.report.sections"


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Args:
        key: its anchor, and the name of its template.
        title: its heading.
        lead: one sentence or two under the heading: what there is to see.
        content: what the template shows, as `it`.
    """

    key: str
    title: str
    lead: str
    content: dict[str, Any] = field(default_factory=dict)


class Figure(NamedTuple):
    """A drawing with the words under it.

    Args:
        drawing: the SVG.
        caption: what is drawn, and what to look for.
        wide: whether it needs the whole width; on a phone it is then scrolled sideways.
        title: a few words above it.
    """

    drawing: Markup
    caption: str
    wide: bool = False
    title: str = ""


Build = Callable[[Record], Section | None]


def builders() -> list[tuple[str, Build]]:
    """Key and builder of every section, in the order of the page: a file in `sections/` with `ORDER` and `section` is one."""
    package = importlib.import_module(FOLDER)
    modules = [importlib.import_module(f"{FOLDER}.{info.name}") for info in pkgutil.iter_modules(package.__path__)]
    return [(_key(module), module.section) for module in sorted(modules, key=lambda module: (module.ORDER, module.__name__))]


def build_sections(record: Record) -> list[Section]:
    """All sections that the run has something to say in; one that cannot be read says so in its place."""
    sections = []
    for key, build in builders():
        try:
            built = build(record)
        except LandpdaError as error:
            built = Section(
                "missing", key.replace("_", " ").capitalize(), "", {"anchor": key, "reason": error.found or error.asked}
            )
        if built is not None:
            sections.append(built)
    return sections


def _key(module: ModuleType) -> str:
    return module.__name__.rsplit(".", 1)[-1]
