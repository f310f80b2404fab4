"""Public data sets by name: downloaded once into the user's cache, checked by hash."""

from __future__ import annotations

import functools
import logging
import os
import urllib.parse
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from landpda.core.errors import DataError, nearest

CACHE_VARIABLE = "LANDPDA_CACHE"
TIMEOUT = 60
"""[s] without an answer from the server."""


class Remote(NamedTuple):
    """A file on the web.

    Args:
        url: where it is.
        sha256: of its bytes.
        licence: of the data.
        citation: what to cite.
        format: name of the reader that reads it; "" if it is a table for others.
        beside: name of a small file that its reader looks for in the same folder; "" if none.
    """

    url: str
    sha256: str
    licence: str = ""
    citation: str = ""
    format: str = ""
    beside: str = ""


@functools.cache
def datasets() -> dict[str, Remote]:
    """Every data set that can be fetched, by name, e.g. "site_daily/DE-Hai.nc"."""
    import yaml

    groups = yaml.safe_load(resources.files("landpda.sources").joinpath("datasets.yaml").read_text(encoding="utf-8"))
    found: dict[str, Remote] = {}
    for group in groups:
        root = f"https://raw.githubusercontent.com/{group['repository']}/{group['commit']}/"
        for name, file in group["files"].items():
            url = root + urllib.parse.quote(file["path"])
            licence = file.get("licence", group["licence"])
            found[name] = Remote(url, file["sha256"], licence, group["citation"], file["format"], file.get("beside", ""))
    return found


def cache_folder() -> Path:
    """Where fetched files are kept: the environment variable LANDPDA_CACHE, else the system's place for caches."""
    import pooch

    return Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("landpda"))


def fetch(name: str, cache: Path | str | None = None, catalogue: Mapping[str, Remote] | None = None) -> Path:
    """Path of a data set, downloaded if it is not yet in the cache, its hash checked either way.

    Args:
        name: as in `datasets()`.
        cache: folder to keep it in; the user's cache if not given.
        catalogue: other data sets than the package's own.

    Raises:
        DataError: there is no such name, the server is out of reach or has not got it, or the bytes are not the published ones.
    """
    known = datasets() if catalogue is None else catalogue
    if name not in known:
        raise DataError(f"The data set {name!r} was asked for.", "There is none of that name.", nearest(name, known))
    folder = Path(cache) if cache is not None else cache_folder()
    remote = known[name]
    if remote.beside:
        _retrieve(remote.beside, known[remote.beside], folder)
    return _retrieve(name, remote, folder)


def _retrieve(name: str, remote: Remote, folder: Path) -> Path:
    import pooch
    import requests

    target = folder / name
    asked = f"The data set {name!r} was to be fetched from {remote.url}."
    logger = pooch.get_logger()
    level = logger.level
    # Pooch tells of each download on standard error; progress is the caller's to show.
    logger.setLevel(logging.WARNING)
    try:
        downloader = pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=False)
        found = pooch.retrieve(
            remote.url, f"sha256:{remote.sha256}", fname=target.name, path=target.parent, downloader=downloader
        )
    except requests.exceptions.HTTPError as refused:
        status = refused.response.status_code if refused.response is not None else "an error"
        raise DataError(asked, f"The server answered {status}.", "Check the address in a browser, or try later.") from refused
    except requests.exceptions.RequestException as unreached:
        raise DataError(
            asked, f"The server cannot be reached ({type(unreached).__name__}).", f"Go online, or put the file at {target}."
        ) from unreached
    except ValueError as mismatch:
        raise DataError(
            asked, "Its bytes are not the published ones (sha256 differs); nothing was kept.", "Try again later."
        ) from mismatch
    except OSError as unwritten:
        raise DataError(
            asked,
            f"It cannot be kept in {target.parent}: {unwritten}.",
            f"Set {CACHE_VARIABLE} to a folder that you may write to.",
        ) from unwritten
    finally:
        logger.setLevel(level)
    return Path(found)
