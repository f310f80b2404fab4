"""The look at a file before any reader opens it: is it there, a file, readable, not empty; and what its first bytes say."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from landpda.core.errors import DataError

HEAD = 16384
"""[bytes] enough for the longest header line of FLUXNET (about 8 kB)."""

HDF5 = b"\x89HDF\r\n\x1a\n"
CLASSIC_NETCDF = (b"CDF\x01", b"CDF\x02")
GZIP = b"\x1f\x8b"
ZIP = b"PK"


def check_file(path: Path) -> None:
    """Nothing, where `path` is a readable file with something in it.

    Raises:
        DataError: it is not; says what it is.
    """
    asked = f"The file {path} was to be read."
    if path.is_dir():
        raise DataError(asked, "It is a folder.", "Name one of the files in it.")
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise DataError(asked, "It is empty (0 bytes).", "Download or copy it again.")
    except FileNotFoundError:
        raise DataError(asked, "There is no such file.", f"Check the path{_neighbour(path)}.") from None
    except PermissionError:
        raise DataError(
            asked, "Reading it is not permitted.", f"Give yourself the right to read it: chmod u+r {path}"
        ) from None
    except (OSError, ValueError) as unread:
        raise DataError(asked, f"The system cannot open it: {unread}.", "Check the path.") from unread


def _neighbour(path: Path) -> str:
    import difflib

    try:
        names = [other.name for other in path.parent.iterdir()]
    except OSError:
        return f"; there is no folder {path.parent}"
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"; beside it there is {close[0]}" if close else ""


def head(path: Path) -> bytes:
    """The first bytes, unpacked if gzipped; nothing where they cannot be had."""
    try:
        with path.open("rb") as stream:
            start = stream.read(HEAD)
        if start.startswith(GZIP):
            with gzip.open(path, "rb") as stream:
                return stream.read(HEAD)
    except (OSError, EOFError, ValueError, zlib.error):
        return b""
    return start


def first_lines(path: Path) -> list[str]:
    """The first lines of a text file, without its byte order mark; none where it is not text."""
    start = head(path)
    if not start or b"\x00" in start or is_netcdf(start) or start.startswith(ZIP):
        return []
    return start.decode("utf-8-sig", errors="replace").splitlines()


def header_names(path: Path) -> list[str]:
    """Column names of a comma-separated file, past any comment lines."""
    for line in first_lines(path):
        if line.strip() and not line.startswith("#"):
            return [name.strip().strip('"') for name in line.split(",")]
    return []


def is_netcdf(start: bytes) -> bool:
    """Whether these first bytes are those of a NetCDF file, classic or version 4."""
    return start.startswith((HDF5, *CLASSIC_NETCDF))


def netcdf_names(path: Path) -> frozenset[str]:
    """Names of the variables in a NetCDF file; none where it cannot be opened."""
    start = head(path)
    try:
        if start.startswith(HDF5):
            import h5py

            with h5py.File(path, "r") as file:
                return frozenset(file.keys())
        if start.startswith(CLASSIC_NETCDF):
            from scipy.io import netcdf_file

            with netcdf_file(path, "r", mmap=False) as file:
                return frozenset(file.variables)
    # What the two libraries raise on damaged files; a look must not fail.
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, IndexError, EOFError, MemoryError, AttributeError):
        return frozenset()
    return frozenset()
