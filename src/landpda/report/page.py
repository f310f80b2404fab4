"""A run's result as one HTML file that works offline: no other file, no network, the same bytes for the same result."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from landpda.core.errors import DataError
from landpda.report import numbers
from landpda.report.opening import opening
from landpda.report.palette import css_variables
from landpda.report.record import open_record
from landpda.report.section import build_sections

STYLES, SCRIPTS = ("page.css", "charts.css", "print.css"), ("page.js", "series.js")


def write_report(run: Path | xr.DataTree, out: Path) -> Path:
    """Write the report of a run, and say where it lies.

    Args:
        run: a run folder, its `result.nc`, or the result in memory.
        out: the HTML file to write; a folder gets a `report.html`.

    Raises:
        DataError: the result is missing, damaged, not ours or not whole; or the report cannot be written there.
    """
    text = render(run)
    out = Path(out)
    file = out / "report.html" if out.is_dir() else out
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DataError(
            f"The report was to be written to {file}.", f"That failed: {error.strerror}.", "Choose another place."
        ) from error
    return file


def render(run: Path | xr.DataTree) -> str:
    """The report of a run as HTML text.

    Raises:
        DataError: the result is missing, damaged, not ours or not whole.
    """
    record = open_record(run)
    script = _asset_text(SCRIPTS)
    return (
        _environment()
        .get_template("page.html")
        .render(
            top=opening(record),
            sections=build_sections(record),
            version=record.text("landpda_version"),
            style=Markup(f":root{{{css_variables()}}}\n{_asset_text(STYLES)}"),  # noqa: S704 our own files
            script=Markup(script),  # noqa: S704 our own files
            fingerprint=_fingerprint(script),
        )
    )


def _environment() -> Environment:
    """Templates with every value escaped and no missing one overlooked."""
    environment = Environment(
        loader=PackageLoader("landpda.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("number", "compact", "fixed", "signed", "count", "percent", "seconds", "breakable"):
        environment.filters[name] = getattr(numbers, name)
    return environment


def _asset_text(names: tuple[str, ...]) -> str:
    folder = files("landpda.report") / "assets"
    return "\n".join((folder / name).read_text(encoding="utf-8").strip() for name in names)


def _fingerprint(script: str) -> str:
    """The script's hash for the page's security policy: the browser runs this script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode()
