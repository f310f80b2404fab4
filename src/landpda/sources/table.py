"""Comma-separated text as users have it: any line ends and encoding, several marks for missing, damage told by its place."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, nearest
from landpda.sources.canon import MISSING, mask
from landpda.sources.doorway import GZIP, check_file

if TYPE_CHECKING:
    import pandas as pd

MISSING_WORDS = frozenset({"", "NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "-", "--", "#N/A"})
ASK = "Download or copy it again."


class Table:
    """Columns of a text file by name: words until numbers are asked for."""

    def __init__(self, frame: pd.DataFrame, path: Path, missing: Sequence[float] = ()) -> None:
        self._frame, self.path, self._missing = frame, path, (*MISSING, *missing)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [str(name) for name in self._frame.columns]

    def __contains__(self, name: object) -> bool:
        return name in self._frame.columns

    def __len__(self) -> int:
        return len(self._frame)

    def require(self, names: Iterable[str]) -> None:
        """Nothing, where the columns are there.

        Raises:
            DataError: one is not; names the nearest.
        """
        for name in names:
            if name not in self:
                raise DataError(
                    f"The column {name!r} was expected in {self.path}.", "It is not there.", nearest(name, self.names)
                )

    def first_of(self, candidates: Iterable[str]) -> str | None:
        """The first candidate that is a column and holds something; else the first that is a column; else None."""
        present = [name for name in candidates if name in self]
        return next((name for name in present if not np.isnan(self.numbers(name)).all()), present[0] if present else None)

    def words(self, name: str) -> list[str]:
        """A column as it was written, blanks stripped.

        Raises:
            DataError: there is no such column.
        """
        self.require([name])
        return [word.strip() for word in self._frame[name]]

    def numbers(self, name: str) -> np.ndarray:
        """A column as numbers, NaN where missing.

        Raises:
            DataError: there is no such column, or a cell is no number; says which.
        """
        import pandas as pd

        self.require([name])
        written = self._frame[name]
        values = pd.to_numeric(written, errors="coerce").to_numpy(dtype=float)
        for row in np.flatnonzero(np.isnan(values)):
            if written.iloc[row].strip() not in MISSING_WORDS:
                raise DataError(
                    f"The column {name!r} of {self.path} was read as numbers.",
                    f"Data row {row + 1} holds {written.iloc[row][:30]!r}.",
                    "Mend that cell, or write NA there.",
                )
        return mask(values, self._missing)


def content_of(path: Path) -> bytes:
    """The bytes of a text file, unpacked if gzipped.

    Raises:
        DataError: it is not there, or damaged.
    """
    check_file(path)
    content = path.read_bytes()
    if not content.startswith(GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as damage:
        raise DataError(f"The gzipped file {path} was to be read.", f"It is damaged or cut short: {damage}.", ASK) from damage


def decode(content: bytes, path: Path) -> str:
    """Text of the bytes: UTF-8 or UTF-16 with a byte order mark, else Latin-1; every line end as one newline.

    Raises:
        DataError: it is not text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    sample = text[:65536]
    odd = sum(not (letter.isprintable() or letter in "\r\n\t\x0c") for letter in sample)
    if "\x00" in text or odd > 0.02 * max(len(sample), 1):
        raise DataError(f"The text file {path} was to be read.", "It holds binary data.", "Check what was downloaded.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_table(content: bytes, path: Path, wanted: Callable[[str], bool] | None = None, missing: Sequence[float] = ()) -> Table:
    """The table in a comma-, semicolon- or tab-separated text with one header line; leading `#` lines are passed over.

    Args:
        content: bytes of the file.
        path: for errors.
        wanted: says which columns to keep; all if not given. FULLSET files have 300, of which a site needs 40.
        missing: more numbers that mean missing.

    Raises:
        DataError: not text, no header, rows of unequal length, or a column name twice.
    """
    lines = decode(content, path).split("\n")
    while lines and (lines[0].startswith("#") or not lines[0].strip(" ,;\t")):
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    asked = f"The table {path} was to be read."
    if len(lines) < 2:
        raise DataError(asked, "It has no header line with rows below it.", "Check what was downloaded.")
    separator = max(",;\t", key=lines[0].count)
    names = [name.strip().strip('"') for name in lines[0].split(separator)]
    _check_header(names, wanted, asked)
    _check_rows(lines, separator, len(names), asked)
    return Table(_frame(lines, names, separator, wanted, asked), path, missing)


def _check_header(names: list[str], wanted: Callable[[str], bool] | None, asked: str) -> None:
    kept = [name for name in names if name and (wanted is None or wanted(name))]
    twice = sorted({name for name in kept if kept.count(name) > 1})
    if twice:
        raise DataError(asked, f"The column {twice[0]!r} is there twice.", "Delete or rename one.")
    if not kept:
        raise DataError(asked, f"Its columns are {', '.join(names)[:120]}: none is known.", "Declare its columns and units.")


def _check_rows(lines: list[str], separator: str, width: int, asked: str) -> None:
    # Pandas fills short rows and drops the surplus of long ones without a word. One separator too many at the end is harmless.
    for number, line in enumerate(lines[1:], start=1):
        cells = line.count(separator) + 1
        if line.strip() and cells != width and '"' not in line and not (cells == width + 1 and line.endswith(separator)):
            what = "is cut short" if number == len(lines) - 1 and cells < width else f"has {cells} cells, the header {width}"
            raise DataError(asked, f"Data row {number} {what}: it ends {line[-40:]!r}.", ASK)


def _frame(
    lines: list[str], names: list[str], separator: str, wanted: Callable[[str], bool] | None, asked: str
) -> pd.DataFrame:
    import pandas as pd

    keep = [index for index, name in enumerate(names) if name and (wanted is None or wanted(name))]
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(lines[1:])),
            sep=separator,
            header=None,
            names=range(len(names)),
            usecols=keep,
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=True,
            on_bad_lines="error",
        )
    except (ValueError, OverflowError, RecursionError) as damage:
        raise DataError(asked, f"Its rows do not fit its header: {str(damage).splitlines()[0][:120]}.", ASK) from damage
    frame = frame[keep].fillna("").astype(str)
    frame.columns = [names[index] for index in keep]
    return frame


def parse_dates(words: Sequence[str], form: str, path: Path, column: str) -> np.ndarray:
    """Dates of words in a form of `strptime`, or "" for ISO 8601.

    Raises:
        DataError: a word is no date in that form; says which.
    """
    import pandas as pd

    options = {"format": form} if form else {"format": "ISO8601"}
    moments = pd.to_datetime(pd.Series(list(words), dtype=object), errors="coerce", utc=False, **options)
    try:
        dates = moments.to_numpy().astype("datetime64[ns]")
    except (TypeError, ValueError, OverflowError):
        dates = np.full(len(words), np.datetime64("NaT"), dtype="datetime64[ns]")
    wrong = np.flatnonzero(np.isnat(dates))
    if wrong.size:
        raise DataError(
            f"The column {column!r} of {path} was read as dates{f' of the form {form}' if form else ''}.",
            f"Data row {wrong[0] + 1} holds {words[wrong[0]][:30]!r}.",
            "Mend that row, or declare the form of the dates.",
        )
    return dates
