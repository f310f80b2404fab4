"""How diagnostics put names and numbers into a sentence."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 6
"""A sentence names at most this many parameters and counts the rest."""


def listed(names: Sequence[str]) -> str:
    """The names as a phrase.

    >>> listed(["q10"]), listed(["q10", "lai"]), listed([f"p{i}" for i in range(9)])
    ('q10', 'q10 and lai', 'p0, p1, p2, p3, p4, p5 and 3 more')
    """
    names = list(names)
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def percent(share: float) -> str:
    """A share in per cent, without a spurious digit.

    >>> percent(0.4567), percent(0.05), percent(0.004)
    ('46 %', '5 %', '0.4 %')
    """
    return f"{100.0 * share:.0f} %" if share >= 0.01 or share == 0.0 else f"{100.0 * share:.1f} %"


def verb(num: int, singular: str, plural: str) -> str:
    """The word that goes with a number of things."""
    return singular if num == 1 else plural
