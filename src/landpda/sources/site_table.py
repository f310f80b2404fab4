"""Tables of sites that lie beside data files: position and vegetation class by site code."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from landpda.sources.canon import Site
from landpda.sources.source import Declaration

TABLES = ("site_coords.csv", "st_flux212.csv", "location_fluxnet.csv")
SITE_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{2})(?:-([A-Za-z0-9]{3})|([A-Z][A-Za-z0-9]{2}))(?![A-Za-z0-9])")
CODE_COLUMNS, LATITUDE_COLUMNS, LONGITUDE_COLUMNS = ("SITE_ID", "site", "flux_site"), ("lat", "Lat"), ("lon",)
CLASS_COLUMNS = ("IGBP", "LC")


def site_code(text: str) -> str:
    """The first site code in a text, in the form of FLUXNET.

    >>> site_code("AMF_USMe2_2005_L4_h_V002.txt"), site_code("FLX_DE-Hai_FLUXNET2015_FULLSET_DD.csv")
    ('US-Me2', 'DE-Hai')
    """
    found = SITE_CODE.search(text.replace("_", " "))
    return f"{found.group(1)}-{found.group(2) or found.group(3)}" if found else ""


def site_of(path: Path, declared: Declaration, found: Site | None = None) -> Site:
    """What is known of the site: as declared, else as the file says, else as a table beside the file says."""
    found = found or Site()
    name = declared.site or found.name or site_code(path.name)
    row = _row(path.parent, name)
    latitude = _first(declared.latitude, found.latitude, _number(row, LATITUDE_COLUMNS))
    longitude = _first(declared.longitude, found.longitude, _number(row, LONGITUDE_COLUMNS))
    igbp = declared.igbp or found.igbp or _text(row, CLASS_COLUMNS)
    return Site(name, latitude, longitude, igbp)


def _row(folder: Path, name: str) -> dict[str, str]:
    for table in TABLES:
        try:
            with (folder / table).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
                for row in csv.DictReader(stream):
                    if name and name in (row.get(column) for column in CODE_COLUMNS):
                        return {key: value for key, value in row.items() if key and isinstance(value, str)}
        except (OSError, csv.Error, ValueError):
            continue
    return {}


def _text(row: dict[str, str], columns: tuple[str, ...]) -> str:
    return next((row[column].strip() for column in columns if row.get(column)), "")


def _number(row: dict[str, str], columns: tuple[str, ...]) -> float | None:
    try:
        return float(_text(row, columns))
    except ValueError:
        return None


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
