"""AmeriFlux BASE text files: half-hourly measurements with gaps, position suffixes on the names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import Field, Site, assemble
from landpda.sources.doorway import first_lines, header_names
from landpda.sources.site_table import site_code, site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import Table, content_of, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr

PER_STEP = "mm per step"
BASES = {
    "tair": (("TA",), "degC"),
    "shortwave": (("SW_IN",), "W m-2"),
    "longwave": (("LW_IN",), "W m-2"),
    "vpd": (("VPD", "VPD_PI"), "hPa"),
    "precipitation": (("P", "P_RAIN"), PER_STEP),
    "pressure": (("PA",), "kPa"),
    "wind": (("WS",), "m s-1"),
    "co2": (("CO2",), "ppm"),
    "relative_humidity": (("RH",), "%"),
    "ppfd": (("PPFD_IN",), "umol m-2 s-1"),
    "net_radiation": (("NETRAD",), "W m-2"),
    "friction_velocity": (("USTAR",), "m s-1"),
    "ground_heat": (("G",), "W m-2"),
    "le": (("LE",), "W m-2"),
    "h": (("H",), "W m-2"),
    "nee": (("NEE", "NEE_PI", "FC"), "umol m-2 s-1"),
    "gpp": (("GPP", "GPP_PI"), "umol m-2 s-1"),
    "reco": (("RECO", "RECO_PI"), "umol m-2 s-1"),
}
LAYERS = {"SWC": ("swc", "%"), "TS": ("soil_temperature", "degC")}
POSITION = re.compile(r"^(.*?)(?:_(\d+)_(\d+)_(\d+)|_(\d+))?$")


class AmerifluxBase(Source):
    """AmeriFlux BASE text file: measurements as the site's team gave them, not gap-filled."""

    name: ClassVar[str] = "ameriflux_base"
    description: ClassVar[str] = "AmeriFlux BASE text file, half-hourly or hourly, not gap-filled"

    def recognises(self, path: Path) -> bool:
        """Whether it starts with the two lines on site and version."""
        lines = first_lines(path)
        names = header_names(path)
        return bool(lines) and lines[0].startswith("# Site:") and "TIMESTAMP_START" in names

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Measured forcing and fluxes, the first sensor of each; soil layers by their vertical position."""
        return parse(content_of(path), path, declared)


def parse(content: bytes, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
    """The dataset of a BASE text.

    Args:
        content: bytes of the file.
        path: its name; inside a zip the member's.
        declared: what the user says.

    Raises:
        DataError: the text is damaged.
    """
    table = read_table(content, path, missing=declared.missing)
    table.require(("TIMESTAMP_START", "TIMESTAMP_END"))
    starts = parse_dates(table.words("TIMESTAMP_START"), "%Y%m%d%H%M", path, "TIMESTAMP_START")
    ends = parse_dates(table.words("TIMESTAMP_END"), "%Y%m%d%H%M", path, "TIMESTAMP_END")
    minutes = np.unique((ends - starts).astype("timedelta64[m]").astype(int))
    if minutes.size != 1 or minutes[0] not in (30, 60):
        raise DataError(
            f"The steps of {path} were read.",
            f"They are {', '.join(map(str, minutes[:4]))} minutes long.",
            "30 or 60 are known.",
        )
    fields, remarks = [], ["Times are local standard time.", "BASE data are as measured: not gap-filled, no ustar filter."]
    for name, (bases, units) in BASES.items():
        fields += _measured(table, name, bases, units, int(minutes[0]), remarks)
    for base, (name, units) in LAYERS.items():
        fields += _layers(table, base, name, units)
    first = content[:200].decode("latin-1").splitlines()[0]
    site = site_of(path, declared, Site(name=site_code(first)))
    return assemble(fields, starts, f"{minutes[0]}min", site, source_format=AmerifluxBase.name, path=path, remarks=remarks)


def _positions(table: Table, base: str) -> list[tuple[tuple[int, int, int], str]]:
    """Columns of one quantity with (horizontal, vertical, replicate), the plain name first."""
    found = []
    for column in table.names:
        matched = POSITION.match(column)
        if matched and matched.group(1) == base:
            numbers = [int(part) if part else 0 for part in matched.group(2, 3, 4)]
            layer = int(matched.group(5)) if matched.group(5) else numbers[1]
            found.append(((numbers[0], layer, numbers[2]), column))
    return sorted(found)


def _measured(table: Table, name: str, bases: tuple[str, ...], units: str, minutes: int, remarks: list[str]) -> list[Field]:
    column = table.first_of([column for base in bases for _, column in _positions(table, base)])
    if column is None:
        return []
    values = table.numbers(column)
    if units == PER_STEP:
        values, units = values * (1440 / minutes), "mm d-1"
    if column.startswith("FC"):
        remarks.append(f"NEE is taken from {column}: the storage of CO2 below the sensor is not added.")
    elif column not in bases:
        remarks.append(f"Of several sensors, {column} gives {name}.")
    return [Field(name, values, units, column)]


def _layers(table: Table, base: str, name: str, units: str) -> list[Field]:
    # One profile: of each depth the sensor with the lowest horizontal position.
    fields: dict[int, Field] = {}
    for (_, layer, _), column in _positions(table, base):
        number = layer or 1
        if number not in fields:
            fields[number] = Field(f"{name}_{number}", table.numbers(column), units, column)
    return list(fields.values())
