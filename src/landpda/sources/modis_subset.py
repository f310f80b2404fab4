"""MODIS leaf area and FPAR around a site: fixed-site subsets of the ORNL DAAC."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import Site
from landpda.sources.doorway import first_lines
from landpda.sources.modis_pixels import FILL, KNOWN, NEIGHBOURHOOD, around_tower, step_of_product
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, decode, parse_dates

if TYPE_CHECKING:
    import xarray as xr

FIRST_PIXEL = 5
SCALES = {"Lai": 0.1, "Fpar": 0.01}
POSITION = re.compile(r"Lat(-?\d+(?:\.\d+)?)\.?Lon(-?\d+(?:\.\d+)?)\.?Samp(\d+)Line(\d+)")


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
        values = np.array([_pixels(row, samples * lines, number, path) for number, row in enumerate(rows, start=1)])
        # A filtered file marks bad pixels by F and holds fractions; a raw one holds whole numbers only.
        filtered = any("F" in row[FIRST_PIXEL:] for row in rows) or bool((values[np.isfinite(values)] % 1.0 != 0.0).any())
        scale = 1.0 if filtered else SCALES[layer]
        if not filtered:
            values = np.where(values >= FILL, np.nan, values)
        centre = _centre(values.reshape(-1, lines, samples)) * scale
        times = parse_dates([row[2].removeprefix("A") for row in rows], "%Y%j", path, "acquisition date")
        step = step_of_product(rows[0][1])
        kind = "already scaled and filtered, F is a bad pixel" if filtered else f"scaled by {scale:g}, fill from {FILL:g} on"
        site = site_of(path, declared, found)
        return around_tower(layer, centre, times, step, site, self.name, path, [f"Pixel values: {kind}."])


def _layout(row: list[str], path: Path) -> tuple[str, Site, int, int]:
    layer = re.search(r"\.(Lai|Fpar)_", row[0])
    place = POSITION.search(row[3]) if len(row) > 3 else None
    if not layer or not place:
        raise DataError(f"The MODIS subset {path} was read.", f"Its first row starts {','.join(row[:4])[:80]!r}.", KNOWN)
    site = Site(latitude=float(place.group(1)), longitude=float(place.group(2)))
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
