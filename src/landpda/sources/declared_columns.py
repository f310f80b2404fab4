"""What a user declares of columns and times, checked before a file is opened: shared by the generic readers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from landpda.core.errors import DataError, nearest
from landpda.core.units import check_units
from landpda.sources.canon import QUALITY, canonical
from landpda.sources.source import Declaration
from landpda.sources.time_axis import step_length, step_of

COLUMN_KEYS, TIME_KEYS = ("column", "units"), ("column", "format", "stamp", "step", "year", "month", "day", "doy", "hour")
STAMPS = ("start", "middle", "end")


def check_columns(declared: Declaration, path: Path) -> dict[str, tuple[str, str]]:
    """Canonical name → (column, units) as declared.

    Raises:
        DataError: nothing is declared, or a key or name is not known.
        UnitsError: units cannot be read.
    """
    if not declared.columns:
        raise DataError(
            f"The generic reader was asked to read {path}.",
            "No columns are declared.",
            'Declare them, e.g. columns={"nee": {"column": "NEE", "units": "gC m-2 d-1"}}.',
        )
    wanted: dict[str, tuple[str, str]] = {}
    for name, words in declared.columns.items():
        canonical(name)
        _check_keys(words, COLUMN_KEYS, f"the column of {name}")
        units = str(words.get("units", "1" if name.endswith(QUALITY) else ""))
        if "column" not in words or not units:
            raise DataError(f"The column of {name!r} was declared.", f"It says {dict(words)}.", "Say its column and its units.")
        check_units(units, what=name)
        wanted[name] = (str(words["column"]), units)
    _check_keys(declared.time, TIME_KEYS, "the time")
    stamp = declared.time.get("stamp", "start")
    if stamp not in STAMPS:
        raise DataError(f"The stamp {stamp!r} was declared for the time.", "It is not known.", nearest(str(stamp), STAMPS))
    return wanted


def starts(times: np.ndarray, declared: Declaration, path: Path) -> tuple[np.ndarray, str]:
    """Start of each step, and the step, from stamps on its start, middle or end."""
    step = str(declared.time.get("step", "")) or step_of(times, path)
    stamp = declared.time.get("stamp", "start")
    if stamp == "start":
        return times, step
    if step in ("MS", "YS"):
        unit = "M" if step == "MS" else "Y"
        before = 1 if stamp == "end" and np.array_equal(times, times.astype(f"datetime64[{unit}]")) else 0
        return (times.astype(f"datetime64[{unit}]") - np.timedelta64(before, unit)).astype("datetime64[ns]"), step
    try:
        length = step_length(step)
    except (KeyError, ValueError):
        raise DataError(
            f"The times of {path} were declared to stand on the {stamp} of each step.",
            f"The steps are {step}.",
            "Only regular steps can be moved to their start: declare a step such as 30min or 1D.",
        ) from None
    return times - (length if stamp == "end" else length // 2), step


def _check_keys(words: Mapping[str, str], known: tuple[str, ...], what: str) -> None:
    for key in words:
        if key not in known:
            raise DataError(
                f"{key!r} was declared for {what}.", "It is not something to declare there.", nearest(str(key), known)
            )
