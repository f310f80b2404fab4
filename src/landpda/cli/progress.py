"""How far it is: a bar with the time left on a terminal, a plain line now and then in a log file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

Progress = Callable[[str, int, int, Mapping[str, Any]], None]

BETWEEN_LINES = 15.0
"""[s] between two plain lines."""


@contextmanager
def progress_on(stream: IO[str] | None = None, *, clock: Callable[[], float] = time.monotonic) -> Iterator[Progress]:
    """A progress callback that shows on `stream` while the context lasts.

    Args:
        stream: standard error if not given, so that what is printed on standard output stays clean.
        clock: [s] tells the time.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield PlainProgress(stream, clock)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bars(*columns, console=Console(file=stream), transient=False) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, most: int, info: Mapping[str, Any]) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=most, note="")
            bars.update(tasks[what], completed=min(done, most), total=most, note=note(info))

        yield show


class PlainProgress:
    """A line when something starts, ends, or some seconds have passed."""

    def __init__(self, stream: IO[str], clock: Callable[[], float]) -> None:
        self._stream, self._clock = stream, clock
        self._begun: dict[str, tuple[float, int]] = {}
        self._told = -BETWEEN_LINES

    def __call__(self, what: str, done: int, most: int, info: Mapping[str, Any]) -> None:
        """Say it, if it is time to."""
        now = self._clock()
        first = what not in self._begun
        begun, at_first = self._begun.setdefault(what, (now, done))
        if not first and done < most and now - self._told < BETWEEN_LINES:
            return
        self._told = now
        left = time_left(now - begun, done - at_first, most - done)
        parts = [f"{what}: {done} of {most}", *([f"{left} left"] if left else []), *([note(info)] if note(info) else [])]
        print(", ".join(parts), file=self._stream, flush=True)


def time_left(elapsed: float, done: int, more: int) -> str:
    """The time that is left at the pace so far, in words; nothing where the pace is not known.

    >>> time_left(60.0, 10, 20)
    '2 min'
    >>> time_left(5.0, 10, 3)
    '2 s'
    >>> time_left(1.0, 0, 9)
    ''
    """
    if done <= 0 or more <= 0:
        return ""
    seconds = elapsed / done * more
    for size, word in ((3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            amount = seconds / size
            return f"{amount:.1f} {word}" if amount < 10 and word == "h" else f"{amount:.0f} {word}"
    return f"{max(seconds, 1.0):.0f} s"


NOTED = ("cost", "acceptance", "temperature", "tempering")
"""What of a step's numbers is worth showing, where a method has it."""


def note(info: Mapping[str, Any]) -> str:
    """The last step's numbers in a few words."""
    import numpy as np

    shown = []
    for name in NOTED:
        values = np.asarray(info[name], dtype=float) if name in info else np.array([])
        if values.size and np.isfinite(values).any():
            # A method with many starts has a cost for each: the best is the news.
            number = np.nanmin(np.where(np.isfinite(values), values, np.nan)) if name == "cost" else np.nanmean(values)
            shown.append(f"{name} {number:.4g}")
    return ", ".join(shown)
