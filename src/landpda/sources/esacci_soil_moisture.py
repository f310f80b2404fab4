"""ESA CCI surface soil moisture: one global image a day, read at one place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import QUALITY, UNCERTAINTY, Field, Site, assemble, mask
from landpda.sources.doorway import netcdf_names
from landpda.sources.netcdf import dates, open_netcdf, require
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

NEEDED = ("time", "lat", "lon", "sm")
KEPT = (*NEEDED, "sm_uncertainty", "flag")


class EsacciSoilMoisture(Source):
    """ESA CCI soil moisture, a global daily image at 0.25 degrees; needs the place declared."""

    name: ClassVar[str] = "esacci_soil_moisture"
    description: ClassVar[str] = "ESA CCI soil moisture image; needs latitude and longitude"

    def recognises(self, path: Path) -> bool:
        """Whether it holds soil moisture with its uncertainty on a grid."""
        return netcdf_names(path) >= {"sm", "sm_uncertainty", "lat", "lon"}

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Soil water content of the upper centimetres in the cell around the declared place."""
        if declared.latitude is None or declared.longitude is None:
            raise DataError(
                f"A place was looked for in the global image {path}.",
                "None was declared.",
                "Declare latitude=… and longitude=….",
            )
        dataset = open_netcdf(path, KEPT)
        require(dataset, NEEDED, path)
        cell = _cell(dataset, declared.latitude, declared.longitude, path)
        values = mask(cell["sm"])
        if np.isnan(values).all():
            raise DataError(
                f"Soil moisture at {declared.latitude:g}, {declared.longitude:g} was read from {path}.",
                f"There is none in that cell (flag {cell['flag'][0]:g})." if "flag" in cell else "There is none in that cell.",
                "Frozen, snow-covered or densely grown ground has none: choose another day.",
            )
        fields = [Field("swc_1", values, "1", "sm")]
        if "sm_uncertainty" in cell:
            fields.append(Field("swc_1" + UNCERTAINTY, mask(cell["sm_uncertainty"]), "1", "sm_uncertainty"))
        if "flag" in cell:
            fields.append(Field("swc_1" + QUALITY, cell["flag"], "1", "flag"))
        times = dates(dataset, "time", path).astype("datetime64[D]").astype("datetime64[ns]")
        site = Site(declared.site, declared.latitude, declared.longitude, declared.igbp)
        remarks = [
            "Soil moisture of the upper centimetres, mean of a cell of 0.25 degrees; m3 m-3 became %. Quality 0 is good."
        ]
        return assemble(fields, times, "1D", site, source_format=self.name, path=path, remarks=remarks)


def _cell(dataset: xr.Dataset, latitude: float, longitude: float, path: Path) -> dict[str, np.ndarray]:
    rows, columns = np.asarray(dataset["lat"].values, float).reshape(-1), np.asarray(dataset["lon"].values, float).reshape(-1)
    away = np.abs((columns - longitude + 180.0) % 360.0 - 180.0)
    row, column = int(np.argmin(np.abs(rows - latitude))), int(np.argmin(away))
    spacing = max(abs(rows[1] - rows[0]) if rows.size > 1 else 1.0, 0.01)
    if not (abs(rows[row] - latitude) <= spacing and away[column] <= spacing):
        raise DataError(
            f"The place {latitude:g}, {longitude:g} was looked for in {path}.", "It is outside the image.", "Check the place."
        )
    cell = {}
    for name in ("sm", "sm_uncertainty", "flag"):
        if name in dataset:
            values = np.asarray(dataset[name].values, float)
            if values.shape[-2:] != (rows.size, columns.size):
                raise DataError(
                    f"The variable {name!r} of {path} was read.", f"Its shape is {values.shape}.", "Download it again."
                )
            cell[name] = values.reshape(-1, rows.size, columns.size)[:, row, column]
    return cell
