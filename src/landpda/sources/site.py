"""One call to read a site's file, whatever its format."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landpda.core.errors import DataError, nearest
from landpda.core.registry import choose, discover
from landpda.sources.doorway import check_file, head, is_netcdf
from landpda.sources.source import Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

PACKAGE = "landpda.sources"


def read_site(path: Path | str, format: str | None = None, **declared: Any) -> xr.Dataset:
    """A site's file as a dataset with canonical names and units on the start of each step.

    Args:
        path: the file.
        format: name of a reader (`sources()` lists them); found from the file if not given.
        declared: what the file does not say, by the names of `Declaration`: site, latitude, columns, time, missing, …

    Raises:
        DataError: the file cannot be read, no reader knows it, or it does not hold what it should.
        StudyError: there is no reader of that name.
    """
    path = Path(path)
    check_file(path)
    declaration = declare(**declared)
    return _reader(path, format, declaration).read(path, declaration)


def declare(**declared: Any) -> Declaration:
    """A declaration from names and values.

    Raises:
        DataError: a name is not one of `Declaration`'s.
    """
    known = [field.name for field in dataclasses.fields(Declaration)]
    for name in declared:
        if name not in known:
            raise DataError(f"{name!r} was declared for a file.", "It is not something to declare.", nearest(name, known))
    return Declaration(**declared)


def sources() -> dict[str, type[Source]]:
    """Every reader, by name."""
    return discover(PACKAGE, Source)


def recognised_by(path: Path) -> list[str]:
    """Names of the readers that recognise the file."""
    return [name for name, kind in sources().items() if kind().recognises(path)]


def _reader(path: Path, format: str | None, declared: Declaration) -> Source:
    if format is not None:
        return choose(format, PACKAGE, Source, "format")()
    if declared.columns:
        return choose("generic_netcdf" if is_netcdf(head(path)) else "generic_table", PACKAGE, Source, "format")()
    names = recognised_by(path)
    if names:
        return sources()[names[0]]()
    raise DataError(
        f"The file {path} was to be read.",
        f"No reader recognises it; it starts with {head(path)[:60]!r}.",
        f"Name the format ({', '.join(sources())}), or declare its columns and units.",
    )
