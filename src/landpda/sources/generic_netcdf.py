"""Any NetCDF file of one site, with variables and units declared by the user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from landpda.core.errors import UnitsError
from landpda.core.units import check_units, convert
from landpda.sources.canon import Field, Site, assemble, mask
from landpda.sources.declared_columns import check_columns, starts
from landpda.sources.netcdf import dates, open_netcdf, require, scalar, series
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

LATITUDES, LONGITUDES = ("latitude", "lat", "nav_lat", "LAT"), ("longitude", "lon", "nav_lon", "LON")


class GenericNetcdf(Source):
    """Any NetCDF file (CF, ALMA, a model's own) of one site: the user declares which variable is what, in which units."""

    name: ClassVar[str] = "generic_netcdf"
    description: ClassVar[str] = "any NetCDF file of one site with declared variables and units"

    def recognises(self, path: Path) -> bool:
        """Never by itself: it needs to be told what the variables are."""
        return False

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The declared variables in canonical units; units in the file that contradict the declared ones are an error."""
        wanted = check_columns(declared, path)
        dataset = open_netcdf(path)
        clock = declared.time.get("column", "time")
        require(dataset, [clock, *(origin for origin, _ in wanted.values())], path)
        times, step = starts(dates(dataset, clock, path, declared.time.get("format", "")), declared, path)
        marks = (-9999.0, -6999.0, *declared.missing)
        fields = []
        for name, (origin, units) in wanted.items():
            _check_against_file(dataset, origin, units, path)
            fields.append(Field(name, mask(series(dataset, origin, path), marks), units, origin))
        latitude, longitude = (
            next((value for name in names if (value := scalar(dataset, name)) is not None), None)
            for names in (LATITUDES, LONGITUDES)
        )
        site = site_of(path, declared, Site(latitude=latitude, longitude=longitude))
        remarks = ["Variables, units and times are as declared by the user."]
        return assemble(fields, times, step, site, source_format=self.name, path=path, remarks=remarks)


def _check_against_file(dataset: xr.Dataset, origin: str, units: str, path: Path) -> None:
    """Nothing, where the file's own units, if it has readable ones, are the declared ones."""
    own = str(dataset[origin].attrs.get("units", "")).strip()
    try:
        check_units(own)
    except UnitsError:
        return
    if not own:
        return
    try:
        same = abs(float(convert(1.0, own, units)) - 1.0) < 1e-6 and abs(float(convert(0.0, own, units))) < 1e-6
    except UnitsError:
        same = False
    if not same:
        raise UnitsError(
            f"The variable {origin!r} of {path} was declared to be in {units!r}.",
            f"The file says {own!r}.",
            "Declare the file's units: they are converted from there.",
        )
