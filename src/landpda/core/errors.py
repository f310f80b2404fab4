"""Errors that a user can cause: what was asked, what was found, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LandpdaError(Exception):
    """A problem that the user can mend. Its text is one to three lines and needs no traceback.

    Args:
        asked: what the user asked for.
        found: what stood in the way.
        do: what to do about it.
    """

    def __init__(self, asked: str, found: str = "", do: str = "") -> None:
        self.asked, self.found, self.do = asked, found, do
        super().__init__("\n".join(line for line in (asked, found, do) if line))


class StudyError(LandpdaError):
    """The study does not say something that can be run."""


class DataError(LandpdaError):
    """A data file does not hold what it should."""


class UnitsError(LandpdaError):
    """Units that are unknown, or that do not measure the same thing."""


class NeedsError(LandpdaError):
    """A method was asked of a problem that does not offer what the method needs."""


class RunFailed(LandpdaError):  # noqa: N818  what happened, and the name that style.md gives it
    """No run of the model gave a usable answer."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """A clause that names the known name closest to `name`, for the last line of an error.

    >>> nearest("dalek", ["dalec", "sipnet"])
    'Did you mean dalec? Known: dalec, sipnet.'
    >>> nearest("x", [])
    'None are known.'
    """
    known = sorted(set(choices))
    if not known:
        return "None are known."
    folded = {choice.lower(): choice for choice in known}
    close = difflib.get_close_matches(str(name).lower(), folded, n=1, cutoff=0.5)
    listed = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    return (f"Did you mean {folded[close[0]]}? " if close else "") + f"Known: {listed}."
