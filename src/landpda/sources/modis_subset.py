"""MODIS leaf area and FPAR around a site: fixed-site subsets of the ORNL DAAC, and the long tables of MODISTools."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import QUALITY, Field, Site, assemble
from landpda.sources.doorway import first_lines, header_names
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, decode, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr

FIRST_PIXEL = 5
FILL = 248.0
"""Bytes from 248 on are fill values of MCD15 and MOD15 (water, urban, not computed …)."""
SCALES = {"Lai": 0.1, "Fpar": 0.01}
NAMES = {"Lai": ("lai", "m2 m-2"), "Fpar": ("fpar", "1")}
NEIGHBOURHOOD = 1
"""Pixels to each side of the tower's: 3 x 3 of 500 m, about the footprint of a tower."""
POSITION = re.compile(r"Lat(-?[\d.]+)Lon(-?[\d.]+)Samp(\d+)Line(\d+)")
STEPS = {"A2H": "8D", "A3H": "4D"}


class ModisSubset(Source):
    """MODIS LAI or FPAR at a fixed site from the ORNL DAAC: 17 x 17 pixels a row, no header; raw or already filtered."""

    name: ClassVar[str] = "modis_subset"
    description: ClassVar[str] = "ORNL DAAC fixed-site MODIS subset of LAI or FPAR, raw or filtered"

    def recognises(self, path: Path) -> bool:
        """Whether the first cell is the name of a MODIS granule with its layer."""
        lines = first_lines(path)
        return bool(lines) and re.match(r"M[COY]D15A[23]H?\.A\d{7}\.", lines[0]) is not None and "Samp" in lines[0]

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The mean of the 3 x 3 pixels around the tower, and the share of them that was good as its quality."""
        rows = [line.split(",") for line in decode(content_of(path), path).split("\n") if line.strip()]
        layer, found, samples, lines = _layout(rows[0], path)
        filtered = (
            any("F" in row[FIRST_PIXEL:] or "." in row[FIRST_PIXEL][:-2] for row in rows[:50]) and "filtered" in path.name
        )
        filtered = filtered or any("F" in row[FIRST_PIXEL:] for row in rows)
        values = np.array([_pixels(row, samples * lines, number, path) for number, row in enumerate(rows, start=1)])
        scale = 1.0 if filtered else SCALES[layer]
        if not filtered:
            values = np.where(values >= FILL, np.nan, values)
        centre = _centre(values.reshape(-1, lines, samples)) * scale
        times = parse_dates([row[2].removeprefix("A") for row in rows], "%Y%j", path, "acquisition date")
        step = next((step for ending, step in STEPS.items() if rows[0][1].endswith(ending)), "irregular")
        kind = "already scaled and filtered, F is a bad pixel" if filtered else f"scaled by {scale:g}, fill from {FILL:g} on"
        site = site_of(path, declared, found)
        return _dataset(layer, centre, times, step, site, self.name, path, [f"Pixel values: {kind}."])


class Modistools(Source):
    """MODIS LAI or FPAR as the R package MODISTools writes it: one row a pixel and date, with its scale."""

    name: ClassVar[str] = "modistools"
    description: ClassVar[str] = "MODISTools long table of LAI or FPAR"

    def recognises(self, path: Path) -> bool:
        """Whether its columns are those of MODISTools."""
        return {"band", "scale", "calendar_date", "pixel", "value", "nrows"} <= set(header_names(path))

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The mean of those of the 3 x 3 pixels around the centre that are in the table."""
        table = read_table(content_of(path), path, missing=declared.missing)
        table.require(("calendar_date", "pixel", "value", "band", "scale", "nrows", "ncols", "product"))
        layer = table.words("band")[0].split("_")[0]
        if layer not in NAMES or len(set(table.words("band"))) != 1:
            raise DataError(
                f"The band of {path} was read.", f"It is {', '.join(sorted(set(table.words('band')))[:3])}.", _KNOWN
            )
        values = table.numbers("value")
        values = np.where(values >= FILL, np.nan, values) * table.numbers("scale")
        near = _near_centre(table.numbers("pixel"), table.numbers("nrows")[0], table.numbers("ncols")[0], path)
        moments = parse_dates(table.words("calendar_date"), "%Y-%m-%d", path, "calendar_date")
        times = np.unique(moments)
        centre = [values[near & (moments == time)] for time in times]
        width = max((row.size for row in centre), default=0)
        if width == 0:
            raise DataError(f"The pixels of {path} were read.", "None of them is near the centre.", "Download a whole subset.")
        stacked = np.array([np.concatenate([row, np.full(width - row.size, np.nan)]) for row in centre])
        step = next((step for ending, step in STEPS.items() if table.words("product")[0].endswith(ending)), "irregular")
        site = site_of(path, declared, _long_site(table))
        remarks = [f"{width} of the 9 pixels around the centre are in the file; values from {FILL:g} on are fill."]
        return _dataset(layer, stacked, times, step, site, self.name, path, remarks)


_KNOWN = "LAI and FPAR (bands Lai_500m, Fpar_500m) are known."


def _layout(row: list[str], path: Path) -> tuple[str, Site, int, int]:
    layer = re.search(r"\.(Lai|Fpar)_", row[0])
    place = POSITION.search(row[3]) if len(row) > 3 else None
    if not layer or not place:
        raise DataError(f"The MODIS subset {path} was read.", f"Its first row starts {','.join(row[:4])[:80]!r}.", _KNOWN)
    site = Site(latitude=float(place.group(1).rstrip(".")), longitude=float(place.group(2).rstrip(".")))
    return layer.group(1), site, int(place.group(3)), int(place.group(4))


def _pixels(row: list[str], count: int, number: int, path: Path) -> list[float]:
    cells = row[FIRST_PIXEL:]
    try:
        if len(cells) != count or len(row[2]) != 8:
            raise ValueError(f"{len(cells)} pixels, not {count}")
        return [np.nan if cell.strip() in ("F", "") else float(cell) for cell in cells]
    except ValueError as unread:
        raise DataError(
            f"Row {number} of the MODIS subset {path} was read.",
            f"It is damaged: {unread}.",
            "Download or copy the file again.",
        ) from unread


def _centre(images: np.ndarray) -> np.ndarray:
    """(T, 9) pixels around the tower; a subset has odd sides, the tower is in the middle."""
    rows, columns = images.shape[1] // 2, images.shape[2] // 2
    near = slice(rows - NEIGHBOURHOOD, rows + NEIGHBOURHOOD + 1), slice(columns - NEIGHBOURHOOD, columns + NEIGHBOURHOOD + 1)
    return images[:, *near].reshape(images.shape[0], -1)


def _near_centre(pixels: np.ndarray, rows: float, columns: float, path: Path) -> np.ndarray:
    if not (np.isfinite(pixels).all() and rows >= 1 and columns >= 1):
        raise DataError(f"The pixels of {path} were read.", "Some have no number.", "Download or copy the file again.")
    line, sample = np.divmod(pixels - 1, columns)
    return (np.abs(line - rows // 2) <= NEIGHBOURHOOD) & (np.abs(sample - columns // 2) <= NEIGHBOURHOOD)


def _long_site(table) -> Site:
    def number(name: str) -> float | None:
        return float(table.numbers(name)[0]) if name in table else None

    return Site(table.words("site")[0] if "site" in table else "", number("latitude"), number("longitude"))


def _dataset(
    layer: str, pixels: np.ndarray, times: np.ndarray, step: str, site: Site, reader: str, path: Path, remarks: list[str]
) -> xr.Dataset:
    good = np.isfinite(pixels)
    count = good.sum(axis=1)
    mean = np.where(count > 0, np.where(good, pixels, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    name, units = NAMES[layer]
    fields = [Field(name, mean, units, f"{layer}_500m"), Field(name + QUALITY, count / pixels.shape[1], "1", "good pixels")]
    notes = [
        *remarks,
        f"{name} is the mean of the good ones of {pixels.shape[1]} pixels around the tower; quality is their share.",
        "A composite stands on its first day, and is the best of its window.",
    ]
    return assemble(fields, times, step, site, source_format=reader, path=path, remarks=notes)
