"""What a run left, opened and checked: sections read a result through a `Record` only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from landpda.core.errors import DataError, nearest
from landpda.core.types import Finding

SEVERITIES = ("serious", "warning", "note", "good")
"""From what must be read first to what may be read last."""


Built = TypeVar("Built")


@dataclass(frozen=True)
class Record:
    """The groups of a `result.nc`, laid out as docs/run_folder.md says.

    Args:
        tree: the result.
    """

    tree: xr.DataTree
    _kept: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, build: Callable[[Record], Built]) -> Built:
        """What `build` makes of this record; made once, for several sections ask for the same."""
        if build not in self._kept:
            self._kept[build] = build(self)
        return self._kept[build]

    def text(self, name: str, group: str = "/") -> str:
        """An attribute as text; "" where there is none."""
        return as_text(self.tree[group].attrs.get(name, ""))

    def number(self, name: str, group: str = "/") -> float:
        """An attribute as a number; NaN where there is none."""
        return as_number(self.tree[group].attrs.get(name, float("nan")))

    def json(self, name: str, group: str = "/") -> Any:
        """An attribute that holds JSON text; None where there is none.

        Raises:
            DataError: it is not JSON.
        """
        text = self.text(name, group)
        try:
            return json.loads(text) if text.strip() else None
        except json.JSONDecodeError as error:
            raise _unfit(f"The attribute {name!r} of {group}", f"is not JSON text ({error.msg})") from error

    def has(self, group: str) -> bool:
        """Whether the group is there and holds anything."""
        return group in self.tree.children and bool(self.tree[group].data_vars)

    def names(self, group: str) -> list[str]:
        """The variables of a group, in the order of the file; none where it is missing."""
        return [str(name) for name in self.tree[group].data_vars] if self.has(group) else []

    def variable(self, group: str, name: str) -> xr.DataArray:
        """A variable.

        Raises:
            DataError: the group or the variable is missing.
        """
        names = self.names(group)
        if name not in names:
            raise _unfit(f"The group /{group}", f"holds no variable {name!r}. {nearest(name, names)}")
        return self.tree[group][name]

    def array(self, group: str, name: str, *dims: str) -> np.ndarray:
        """A variable's numbers, axes in the order of `dims`.

        Raises:
            DataError: it is missing, has other dimensions, or holds no numbers.
        """
        variable = self.variable(group, name)
        if set(variable.dims) != set(dims):
            found = ", ".join(map(str, variable.dims)) or "none"
            raise _unfit(f"The variable {name!r} of /{group}", f"has the dimensions {found}, not {', '.join(dims)}")
        try:
            return np.asarray(variable.transpose(*dims).values, dtype=float)
        except (TypeError, ValueError) as error:
            raise _unfit(f"The variable {name!r} of /{group}", "does not hold numbers") from error

    def labels(self, group: str, dim: str) -> list[str]:
        """The names along a dimension.

        Raises:
            DataError: the dimension has no labels.
        """
        if not self.has(group) or dim not in self.tree[group].coords:
            raise _unfit(f"The group /{group}", f"does not name what lies along {dim!r}")
        return [as_text(label) for label in self.tree[group].coords[dim].values]

    @property
    def findings(self) -> list[Finding]:
        """What the run's diagnostics said.

        Raises:
            DataError: the attribute holds anything else.
        """
        return [_finding(item) for item in _list(self.json("findings"), "findings")]

    @property
    def remarks(self) -> list[str]:
        """What the reader of the data noticed."""
        return [as_text(item) for item in _list(self.json("remarks"), "remarks")]


def open_record(source: Path | xr.DataTree) -> Record:
    """The record of a run folder, of its `result.nc`, or of a result in memory.

    Args:
        source: the folder, the file, or the tree.

    Raises:
        DataError: there is no result, it cannot be read, is not ours, or is not whole.
    """
    tree = source if isinstance(source, xr.DataTree) else _read(Path(source))
    record = Record(tree)
    where = "The result in memory" if isinstance(source, xr.DataTree) else f"The result in {source}"
    if not record.text("landpda_version"):
        raise DataError(f"{where} was to be reported.", "It was not written by landpda.", "Name the folder of a landpda run.")
    if record.number("complete") != 1:
        found = "It is not complete: the run was stopped before its end."
        raise DataError(f"{where} was to be reported.", found, "Finish the run with --resume, then ask again.")
    return record


def _read(path: Path) -> xr.DataTree:
    """All of a NetCDF file, in memory."""
    file = path / "result.nc" if path.is_dir() else path
    asked = f"A report on {path} was asked for."
    if not file.is_file():
        raise DataError(asked, f"There is no {file}.", "Name the folder of a run that came to its end (see --resume).")
    try:
        with xr.open_datatree(file, engine="h5netcdf") as tree:
            return xr.DataTree.from_dict({node.path: node.to_dataset(inherit=False).load() for node in tree.subtree})
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, OverflowError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            asked, f"{file} cannot be read as NetCDF: {reason}", "Run the study again, or restore the file."
        ) from error


def as_text(value: Any) -> str:
    """An attribute or a label as text, whatever NetCDF made of it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def as_number(value: Any) -> float:
    """An attribute as a number; NaN where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _list(value: Any, name: str) -> list[Any]:
    if value is None or isinstance(value, list):
        return value or []
    raise _unfit(f"The attribute {name!r}", "is not a list")


def _finding(item: Any) -> Finding:
    if not isinstance(item, list) or len(item) != 3:
        raise _unfit("The attribute 'findings'", "holds something that is not [severity, topic, sentence]")
    severity, topic, sentence = map(as_text, item)
    return Finding(severity if severity in SEVERITIES else "note", topic, sentence)


def _unfit(what: str, found: str) -> DataError:
    return DataError("A report was asked for.", f"{what} {found}.", "Run the study again with this version of landpda.")
