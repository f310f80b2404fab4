"""Sun-induced fluorescence of OCO-3 overpasses at a site, as small JSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import QUALITY, Field, assemble
from landpda.sources.doorway import head
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, decode, parse_dates

if TYPE_CHECKING:
    import xarray as xr

UNITS = "W m-2 sr-1 um-1"


class Oco3Sif(Source):
    """OCO-3 overpass means of SIF at 757 nm, {"dates": [{"date", "sif"}]}; zeros are censored."""

    name: ClassVar[str] = "oco3_sif"
    description: ClassVar[str] = "OCO-3 SIF overpass means of a site, JSON"

    def recognises(self, path: Path) -> bool:
        """Whether it is a JSON object that starts with dates."""
        start = head(path)[:200].decode("utf-8-sig", errors="replace").split()
        return start[:3] == ["{", '"dates":', "["] and path.suffix.lower() == ".json"

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """SIF on the day of each overpass; quality 0 where an exact zero stands for anything from zero down."""
        rows = _rows(path)
        if any("sif" not in row for row in rows):
            raise DataError(
                f"The variable 'sif' was looked for in {path}.",
                f"Its entries hold {', '.join(sorted(rows[0]))}: sounding numbers are of no use alone."
                if rows
                else "It is empty.",
                "Read the file of the same site that ends in _sif.json.",
            )
        times = parse_dates([str(row.get("date", "")) for row in rows], "%Y-%m-%d", path, "date")
        try:
            values = np.array([np.nan if row["sif"] is None else float(row["sif"]) for row in rows])
        except (TypeError, ValueError) as unread:
            raise DataError(f"The SIF of {path} was read.", f"A value is no number: {unread}.", "Mend the file.") from unread
        fields = [Field("sif", values, UNITS, "sif"), Field("sif" + QUALITY, np.where(values == 0.0, 0.0, 1.0), "1", "sif")]
        remarks = [
            "Values of exactly 0.0 were not detected and cut off: they are censored (sif_quality 0), not measured zeros.",
            "Daily SIF at 757 nm, mean of an overpass in snapshot mode; the file gives no uncertainty.",
        ]
        site = site_of(path, declared)
        return assemble(fields, times, "irregular", site, source_format=self.name, path=path, remarks=remarks)


def _rows(path: Path) -> list[dict]:
    asked = f"The JSON file {path} was to be read."
    try:
        content = json.loads(decode(content_of(path), path))
    except (ValueError, RecursionError) as damage:
        raise DataError(asked, f"It is damaged or cut short: {damage}.", "Download or copy it again.") from damage
    rows = content.get("dates") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(asked, "It has no list of dates.", 'It should hold {"dates": [{"date": …, "sif": …}]}.')
    return rows
