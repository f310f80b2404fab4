"""What to cite for a run: the entries of the package's bibliography that it used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

FLUXNET = "pastorello2020"
READERS = dict.fromkeys(("callmip", "fluxdatakit", "fluxnet", "fluxnet_halfhourly", "site_daily"), FLUXNET)
"""Reader of a site's file → what its data are cited by."""

ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)\s*,.*?^\}", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"\b[a-z]+\d{4}[a-z]?\b")


def citation(sources: Iterable[str]) -> str:
    """BibTeX entries of the keys named in `sources`, each once, in order.

    Args:
        sources: texts that name keys, e.g. "bloom2015" or "bloom2015; bloom2016 table 1".
    """
    entries = bibliography()
    keys = dict.fromkeys(key for source in sources for key in KEY.findall(source))
    return "\n\n".join(entries.get(key, f"% {key}: not in the package's bibliography") for key in keys) + "\n"


def bibliography() -> dict[str, str]:
    """The package's references, by key; none where the file was not installed, which is no reason to lose a run."""
    file = _file()
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return {entry.group(1): entry.group(0) for entry in ENTRY.finditer(text)}


def data_source(reader: str) -> str:
    """What to cite for data that came through this reader of files; "" where the format does not tell.

    >>> data_source("fluxnet"), data_source("generic_table")
    ('pastorello2020', '')
    """
    return READERS.get(reader, "")


def _file() -> Path:
    """The bibliography."""
    return Path(str(resources.files("landpda"))) / "references.bib"
