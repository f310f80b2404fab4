"""MODIS leaf area and FPAR around a site: the long tables of the R package MODISTools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import Site
from landpda.sources.doorway import header_names
from landpda.sources.modis_pixels import FILL, KNOWN, NAMES, NEIGHBOURHOOD, around_tower, step_of_product
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr


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
            raise DataError(f"The band of {path} was read.", f"It is {', '.join(sorted(set(table.words('band')))[:3])}.", KNOWN)
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
        step = step_of_product(table.words("product")[0])
        site = site_of(path, declared, _long_site(table))
        remarks = [f"{width} of the 9 pixels around the centre are in the file; values from {FILL:g} on are fill."]
        return around_tower(layer, stacked, times, step, site, self.name, path, remarks)


def _near_centre(pixels: np.ndarray, rows: float, columns: float, path: Path) -> np.ndarray:
    if not (np.isfinite(pixels).all() and rows >= 1 and columns >= 1):
        raise DataError(f"The pixels of {path} were read.", "Some have no number.", "Download or copy the file again.")
    line, sample = np.divmod(pixels - 1, columns)
    return (np.abs(line - rows // 2) <= NEIGHBOURHOOD) & (np.abs(sample - columns // 2) <= NEIGHBOURHOOD)


def _long_site(table) -> Site:
    def number(name: str) -> float | None:
        return float(table.numbers(name)[0]) if name in table else None

    return Site(table.words("site")[0] if "site" in table else "", number("latitude"), number("longitude"))
