"""Canonical names, units and ranges, and the dataset that every reader returns."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from landpda.core.errors import DataError, nearest
from landpda.core.units import convert, scale
from landpda.sources.time_axis import check_order, is_subdaily

if TYPE_CHECKING:
    import xarray as xr

UNCERTAINTY, QUALITY, VALIDATION = "_uncertainty", "_quality", "_validation"
MISSING = (-9999.0, -6999.0)
"""What stands for "not there" in FLUXNET and AmeriFlux files."""


class Field(NamedTuple):
    """One variable as a file holds it.

    Args:
        name: canonical, e.g. "nee", "swc_2", "nee_uncertainty", "nee_quality".
        values: (T,) [units].
        units: of the file.
        origin: its name in the file.
    """

    name: str
    values: np.ndarray
    units: str
    origin: str


class Site(NamedTuple):
    """What is known of the site: code, position and vegetation class; None or "" where it is not."""

    name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    igbp: str = ""


class Canonical(NamedTuple):
    """Units, range (in those units) and meaning of a canonical variable at one kind of step."""

    units: str
    low: float
    high: float
    meaning: str


@functools.cache
def _table() -> dict[str, dict]:
    import yaml

    return yaml.safe_load(resources.files("landpda.sources").joinpath("canon.yaml").read_text(encoding="utf-8"))


def canonical_names() -> list[str]:
    """Every canonical variable; soil layers carry a number besides (swc_1), errors and flags a suffix."""
    return list(_table())


def canonical(name: str, *, subdaily: bool = False) -> Canonical:
    """Units, range and meaning of a canonical name, also with layer number and suffix.

    >>> canonical("swc_2_uncertainty").units
    '%'
    >>> canonical("shortwave", subdaily=True).units
    'W m-2'

    Raises:
        DataError: there is no such name.
    """
    if name.endswith(QUALITY):
        return Canonical("1", -1.0, 100.0, f"quality of {name.removesuffix(QUALITY)}")
    base = re.sub(r"_\d+$", "", name.removesuffix(UNCERTAINTY).removesuffix("_joint").removesuffix(VALIDATION))
    row = _table().get(base)
    if row is None:
        raise DataError(f"The variable {name!r} was asked for.", "It is not a canonical name.", nearest(base, _table()))
    units = row["subdaily"] if subdaily and "subdaily" in row else row["units"]
    low, high = row["subdaily_range"] if subdaily and "subdaily_range" in row else row["range"]
    if name.endswith(UNCERTAINTY):
        return Canonical(units, 0.0, float(high) - float(low), f"one standard deviation of {row['meaning']}")
    return Canonical(units, float(low), float(high), row["meaning"])


def mask(values: np.ndarray, marks: Sequence[float] = MISSING) -> np.ndarray:
    """The values with missing marks, infinities and CF's default fill (beyond 1e19) as NaN."""
    row = np.array(values, dtype=float)
    gone = ~np.isfinite(row) | (np.abs(row) > 1e19)
    for mark in marks:
        gone |= row == mark
    row[gone] = np.nan
    return row


def assemble(
    fields: Sequence[Field],
    times: np.ndarray,
    step: str,
    site: Site,
    *,
    source_format: str,
    path: Path,
    remarks: Sequence[str] = (),
    ends: np.ndarray | None = None,
) -> xr.Dataset:
    """The dataset of a site: canonical names and units, NaN where missing, on the start of each step.

    Args:
        fields: what the file held.
        times: (T,) start of each step.
        step: its length: "30min", "60min", "1D", "7D", "8D", "MS" (month), "YS" (year), or "irregular".
        site: for the attributes `site`, `latitude`, `longitude`, `igbp`.
        source_format: name of the reader.
        path: the file, for errors.
        remarks: sentences on what the reader did or noticed; kept in the attribute `remarks` (see `remarks_of`).
        ends: (T,) end of each step, where steps are unequal.

    Raises:
        DataError: the times do not increase, a value or the position is impossible, or there is nothing but gaps.
    """
    import xarray as xr

    check_order(times, path)
    _check_site(site, path)
    if not fields:
        raise DataError(
            f"Variables were looked for in {path}.", "None of them is there.", "Check that it is the file you meant."
        )
    subdaily = is_subdaily(step)
    variables = {field.name: _variable(field, times, subdaily, path) for field in fields}
    coords: dict = {"time": times}
    if ends is not None:
        coords["time_end"] = ("time", ends)
    attributes = {"site": site.name, "source_format": source_format, "step": step}
    attributes |= {
        key: float(value) for key, value in (("latitude", site.latitude), ("longitude", site.longitude)) if value is not None
    }
    if site.igbp:
        attributes["igbp"] = site.igbp
    attributes["remarks"] = json.dumps([*remarks, *_absences(variables, site, path)], ensure_ascii=False)
    return xr.Dataset(variables, coords=coords, attrs=attributes)


def remarks_of(dataset: xr.Dataset) -> list[str]:
    """The sentences that the reader left in the dataset."""
    return list(json.loads(dataset.attrs.get("remarks", "[]")))


def add_remarks(dataset: xr.Dataset, *sentences: str) -> xr.Dataset:
    """The dataset with more sentences."""
    return dataset.assign_attrs(remarks=json.dumps([*remarks_of(dataset), *sentences], ensure_ascii=False))


def _variable(field: Field, times: np.ndarray, subdaily: bool, path: Path) -> tuple:
    row = canonical(field.name, subdaily=subdaily)
    if field.values.shape != times.shape:
        raise DataError(
            f"The variable {field.origin!r} of {path} was read.",
            f"It has {field.values.size} values for {times.size} times.",
            "Download or copy the file again.",
        )
    values = mask(field.values)
    if field.name.endswith(UNCERTAINTY):
        values = values * scale(field.units, row.units, what=field.name)
    else:
        values = np.asarray(convert(values, field.units, row.units, what=field.name))
    outside = np.flatnonzero((values < row.low) | (values > row.high))
    if outside.size:
        first = outside[0]
        raise DataError(
            f"The variable {field.origin!r} of {path} was read as {field.name} [{row.units}].",
            f"{outside.size} value(s) lie outside {row.low:g} to {row.high:g}; "
            f"the first is {values[first]:g} on {str(times[first])[:16]}.",
            "Check its units, or declare the mark for missing values.",
        )
    return ("time", values, {"units": row.units, "long_name": row.meaning, "origin": field.origin})


def _absences(variables: dict[str, tuple], site: Site, path: Path) -> list[str]:
    empty = [name for name, (_, values, _) in variables.items() if np.isnan(values).all()]
    measured = [name for name in variables if not name.endswith((QUALITY, UNCERTAINTY))]
    if measured and all(name in empty for name in measured):
        raise DataError(f"The file {path} was read.", "Every value in it is missing.", "Choose another file or period.")
    more = f" and {len(empty) - 12} more" if len(empty) > 12 else ""
    sentences = [f"All missing: {', '.join(empty[:12])}{more}."] if empty else []
    if site.latitude is None:
        sentences.append("The latitude is not in the file: declare it where the model needs it.")
    return sentences


def _check_site(site: Site, path: Path) -> None:
    for word, value, limit in (("latitude", site.latitude, 90.0), ("longitude", site.longitude, 360.0)):
        if value is not None and not abs(value) <= limit:
            raise DataError(
                f"The {word} of {site.name or path} was read.",
                f"It is {value:g}.",
                f"It lies between -{limit:g} and {limit:g}.",
            )
