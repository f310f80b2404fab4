"""Zip archives as FLUXNET and AmeriFlux hand them out, read in memory: nothing is ever written to disk."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from landpda.core.errors import DataError, nearest
from landpda.sources import ameriflux_base, fluxnet
from landpda.sources.canon import add_remarks
from landpda.sources.doorway import ZIP, check_file, head
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr

LARGEST = 4 * 2**30
"""[bytes] unpacked; twenty years of half hours in a FULLSET are about 1 GiB."""
SERIES = re.compile(r"_(?:FULLSET|SUBSET|BASE)_(DD|HH|HR|WW|MM|YY)_.*\.csv$", re.IGNORECASE)
PREFERENCE = ("DD", "HH", "HR", "WW", "MM", "YY")
"""Days first: it is the step of the models here. A user names another with `member`."""


class Zipped(Source):
    """A zip archive with FLUXNET or AmeriFlux BASE text files inside; `member` names the file wanted."""

    name: ClassVar[str] = "zip"
    description: ClassVar[str] = "FLUXNET or AmeriFlux BASE zip as downloaded"

    def recognises(self, path: Path) -> bool:
        """Whether it starts as a zip archive does; spreadsheets do so too, by another ending."""
        return head(path).startswith(ZIP) and path.suffix.lower() == ".zip"

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The daily file inside, or the finest there is, or the one declared as `member`."""
        check_file(path)
        name, others, content = _member(path, declared.member)
        # Only the last part of the member's name is used, and only as a label: it is never a place to write to.
        label = path.parent / Path(name.replace("\\", "/")).name
        parse = ameriflux_base.parse if content.lstrip().startswith((b"#", b"\xef\xbb\xbf#")) else fluxnet.parse
        dataset = parse(content, label, declared)
        rest = f" Also inside: {', '.join(others)}." if others else ""
        return add_remarks(dataset, f"Read {name} from the zip {path.name}.{rest}")


def _member(path: Path, wanted: str) -> tuple[str, list[str], bytes]:
    asked = f"The zip archive {path} was to be read."
    try:
        with zipfile.ZipFile(path) as archive:
            tables = {info.filename: info for info in archive.infolist() if info.filename.lower().endswith(".csv")}
            name = _choice(list(tables), wanted, asked)
            if tables[name].file_size > LARGEST:
                raise DataError(
                    asked, f"{name} would unpack to {tables[name].file_size / 2**30:.0f} GiB.", "Unpack it yourself."
                )
            return name, sorted(set(tables) - {name}), archive.read(name)
    # zipfile raises NotImplementedError for a kind of compression, or of encryption, that it does not know
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError) as damage:
        raise DataError(
            asked, f"It is damaged, cut short or locked: {str(damage)[:120]}.", "Download it again, or unpack it yourself."
        ) from damage


def _choice(tables: list[str], wanted: str, asked: str) -> str:
    if not tables:
        raise DataError(asked, "There is no csv file in it.", "Check what was downloaded.")
    if wanted:
        matching = sorted(name for name in tables if wanted in name)
        exact = [name for name in matching if name == wanted or name.endswith("/" + wanted)]
        if len(exact or matching) != 1:
            found = f"{len(matching)} of its files have that in their name."
            raise DataError(f"{asked[:-1]}, its member {wanted!r}.", found, nearest(wanted, tables))
        return (exact or matching)[0]
    for step in PREFERENCE:
        found = sorted(name for name in tables if (match := SERIES.search(name)) and match.group(1).upper() == step)
        if found:
            return found[0]
    raise DataError(asked, f"It holds {', '.join(sorted(tables)[:5])}: no series that is known.", "Name one as `member`.")
