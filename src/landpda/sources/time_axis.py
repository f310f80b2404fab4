"""Time axes: their order, their step, their holes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, nearest

if TYPE_CHECKING:
    import xarray as xr

DAY = np.timedelta64(86400, "s")
NAMED = 5
"""Days that an error lists before it says "and more"."""


def is_subdaily(step: str) -> bool:
    """Whether a step is shorter than a day.

    >>> is_subdaily("30min"), is_subdaily("1D"), is_subdaily("MS")
    (True, False, False)
    """
    return step.endswith(("min", "h", "s"))


def check_order(times: np.ndarray, path: Path | str) -> None:
    """Nothing, where each time is later than the one before.

    Raises:
        DataError: there is no time, one is missing, repeats or goes back; names the days.
    """
    asked = f"The times of {path} were read."
    if times.size == 0:
        raise DataError(asked, "There is not one.", "Check that the file holds data rows.")
    if np.isnat(times).any():
        raise DataError(asked, f"{int(np.isnat(times).sum())} of {times.size} are missing.", "Mend or cut those rows.")
    gaps = np.diff(times)
    none = np.timedelta64(0, "ns")
    for wrong, word in ((gaps == none, "repeat"), (gaps < none, "go backwards")):
        if wrong.any():
            raise DataError(asked, f"They {word} at {_listed(times[1:][wrong])}.", "Sort the rows and keep one of each time.")


def check_time(dataset: xr.Dataset, complete: Sequence[str] = ()) -> None:
    """Nothing, where the time axis is ordered and without holes, and the variables `complete` without gaps.

    Args:
        dataset: as a reader returns it.
        complete: variables that a model is driven by, which may not be missing on any step.

    Raises:
        DataError: names the days.
    """
    times = dataset["time"].values
    where = dataset.attrs.get("site") or "the dataset"
    check_order(times, where)
    absent = missing_steps(times, dataset.attrs.get("step", ""))
    if absent.size:
        raise DataError(
            f"The time axis of {where} was checked.",
            f"{absent.size} step(s) are missing: {_listed(absent)}.",
            "Fill them, or choose a window without them.",
        )
    for name in complete:
        if name not in dataset:
            raise DataError(
                f"The forcing {name!r} of {where} was asked for.", "It is not there.", nearest(name, map(str, dataset))
            )
        empty = times[np.isnan(dataset[name].values)]
        if empty.size:
            raise DataError(
                f"The forcing {name!r} of {where} was checked.",
                f"{empty.size} of {times.size} step(s) are missing: {_listed(empty)}.",
                "Fill them, or choose a window without them.",
            )


def missing_steps(times: np.ndarray, step: str) -> np.ndarray:
    """Starts of the steps that a regular axis would have and this one has not."""
    if times.size < 2 or step in ("", "irregular"):
        return times[:0]
    if step in ("MS", "YS"):
        unit = "M" if step == "MS" else "Y"
        count = times.astype(f"datetime64[{unit}]")
        whole = np.arange(count[0], count[-1] + np.timedelta64(1, unit))
        return whole[~np.isin(whole, count)].astype("datetime64[s]")
    if step in ("7D", "8D", "4D"):
        return _missing_composites(times, int(step[:-1]))
    length = step_length(step)
    count = ((times - times[0]) / length).round().astype(int)
    whole = np.arange(count[-1] + 1)
    return times[0] + whole[~np.isin(whole, count)] * length


def _missing_composites(times: np.ndarray, days: int) -> np.ndarray:
    # Weeks of FLUXNET and composites of MODIS begin anew on 1 January, so each year has its own short or long last one.
    years = np.arange(times[0].astype("datetime64[Y]"), times[-1].astype("datetime64[Y]") + np.timedelta64(1, "Y"))
    last = 52 * 7 if days == 7 else 366
    whole = np.concatenate(
        [year.astype("datetime64[D]") + np.arange(0, last, days).astype("timedelta64[D]") for year in years]
    ).astype(times.dtype)
    same_year = whole.astype("datetime64[Y]") == np.repeat(years, len(range(0, last, days)))
    whole = whole[(whole >= times[0]) & (whole <= times[-1]) & same_year]
    return whole[~np.isin(whole, times)]


def step_length(step: str) -> np.timedelta64:
    """Length of a regular step, e.g. of "30min" or "1D"."""
    number = "".join(letter for letter in step if letter.isdigit()) or "1"
    unit = {"min": 60, "h": 3600, "D": 86400}[step.removeprefix(number)]
    return np.timedelta64(int(number) * unit, "s")


def step_of(times: np.ndarray, path: Path | str) -> str:
    """The step that most neighbours are apart, in words of `assemble`.

    >>> step_of(np.array(["2001-01-01", "2001-02-01", "2001-03-01"], "datetime64[s]"), "")
    'MS'
    """
    if times.size < 2:
        return "1D"
    seconds = np.diff(times).astype("timedelta64[s]").astype(int)
    values, counts = np.unique(seconds, return_counts=True)
    common = int(values[counts.argmax()])
    days = common / 86400
    if common <= 0:
        check_order(times, path)
    if 28 <= days <= 31:
        return "MS"
    if 365 <= days <= 366:
        return "YS"
    if counts.max() <= 0.5 * seconds.size:
        return "irregular"
    return (
        f"{common // 60}min" if days < 1 and common % 60 == 0 else f"{common // 86400}D" if common % 86400 == 0 else "irregular"
    )


def _listed(times: Iterable[np.datetime64]) -> str:
    moments = [str(moment.astype("datetime64[m]")).replace("T00:00", "").replace("T", " ") for moment in np.asarray(times)]
    return ", ".join(moments[:NAMED]) + (f" and {len(moments) - NAMED} more" if len(moments) > NAMED else "")
