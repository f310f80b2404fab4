"""Annual CO2 of the air, as TRENDY and CalLMIP hand it out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import Field, Site, assemble
from landpda.sources.doorway import first_lines
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import content_of, decode

if TYPE_CHECKING:
    import xarray as xr


class TrendyCo2(Source):
    """Annual CO2 of the air as CalLMIP and TRENDY hand it out: lines `Annee_1700=277.57`."""

    name: ClassVar[str] = "trendy_co2"
    description: ClassVar[str] = "annual CO2 of TRENDY and CalLMIP, lines Annee_YYYY=ppm"

    def recognises(self, path: Path) -> bool:
        """Whether the first line is a year and its CO2."""
        lines = first_lines(path)
        return bool(lines) and re.match(r"\s*Annee_\d{4}\s*=", lines[0]) is not None

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The variable co2 on the first of January of each year."""
        years, values = [], []
        for number, line in enumerate(decode(content_of(path), path).split("\n"), start=1):
            if not line.strip():
                continue
            found = re.fullmatch(r"\s*Annee_(\d{4})\s*=\s*(\d+(?:\.\d*)?)\s*", line)
            if not found:
                raise DataError(f"Line {number} of {path} was read.", f"It is {line[:40]!r}.", "It should be Annee_YYYY=ppm.")
            years.append(f"{found.group(1)}-01-01")
            values.append(float(found.group(2)))
        fields = [Field("co2", np.array(values), "ppm", "Annee_YYYY")]
        times = np.array(years, dtype="datetime64[ns]")
        return assemble(fields, times, "YS", Site(declared.site or "global"), source_format=self.name, path=path)
