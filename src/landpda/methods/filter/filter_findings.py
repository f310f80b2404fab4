"""What a filter has to say of its own walk, as sentences for a land modeller."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from landpda.core.types import Finding

FAR = 2.0
"""[sd] a parameter that has moved farther than this since the middle of the record has drifted."""
COLLAPSED = 0.02
"""[prior sd] spread below which a parameter no longer listens."""
TOO_LARGE, TOO_SMALL = 1.5, 0.67
"""[1] mean square of the innovations, in units of what was expected."""
FEW = 0.1
"""[1] share of the members that must count."""
MOST_NAMES = 4


def findings(
    noted: Mapping[str, np.ndarray], names: tuple[str, ...], unknowns: Bool[np.ndarray, "n"], num_members: int
) -> list[Finding]:
    """Sentences on innovations, spread, drift and failed members.

    Args:
        noted: the notes, window by window.
        names: (n,) of the control vector.
        unknowns: (n,) elements that are not to be judged: they were held.
        num_members: N.
    """
    square = float(noted["chi_square"].sum() / max(noted["num_data"].sum(), 1))
    found = [_innovations(square, float(noted["log_likelihood"].sum()), int(noted["num_data"].sum()))]
    found += _collapse(noted["sd"], names, ~unknowns, square)
    found += _drift(noted, names, ~unknowns)
    failed = int(noted["failed"].sum())
    if failed:
        share = failed / (num_members * len(noted["failed"]))
        words = f"{failed} forecasts of members failed ({100 * share:.1f} %); each was replaced by a mix of members that ran."
        found.append(Finding("warning" if share > 0.05 else "note", "failures", words))
    return found


def held(names: tuple[str, ...], unknowns: Bool[np.ndarray, "n"]) -> list[Finding]:
    """Which unknowns of the errors a filter held."""
    if not unknowns.any():
        return []
    sentence = (
        f"{_listed(names, unknowns)}: an update by covariances cannot learn an error's size; it was held at its prior median."
    )
    return [Finding("note", "errors", sentence)]


def _innovations(square: float, log_likelihood: float, data: int) -> Finding:
    words = f"The squared innovations of {data} data are {square:.2f} times what ensemble and errors let expect"
    words += f"; log likelihood {log_likelihood:.1f}."
    if square > TOO_LARGE:
        advice = " Larger errors, process noise or inflation would make the spread honest."
        return Finding("warning", "innovations", words + advice)
    if square < TOO_SMALL:
        return Finding("note", "innovations", words + " The errors are taken too large.")
    return Finding("good", "innovations", words)


def _collapse(
    sd: Float[np.ndarray, "W n"], names: tuple[str, ...], judged: Bool[np.ndarray, "n"], square: float
) -> list[Finding]:
    narrow = judged & (sd[-1] < COLLAPSED)
    if not narrow.any() or square <= TOO_LARGE:
        return []
    share = 100 * float(sd[-1][narrow].min())
    sentence = (
        f"The spread of {_listed(names, narrow)} has collapsed to as little as {share:.2g} % of the prior's while the data lie "
        "outside what the ensemble expects: it no longer listens. More members, parameter_floor or inflation keep it open."
    )
    return [Finding("serious", "spread", sentence)]


def _drift(noted: Mapping[str, np.ndarray], names: tuple[str, ...], judged: Bool[np.ndarray, "n"]) -> list[Finding]:
    half = len(noted["mean"]) // 2
    moved = np.abs(noted["mean"][-1] - noted["mean"][half]) / np.maximum(noted["sd"][half], 1e-300)
    far = judged & (moved > FAR)
    if not far.any():
        return []
    sentence = (
        f"{_listed(names, far)} moved by up to {moved[far].max():.1f} of its own standard deviations in the second half of the "
        "record: a parameter that is a constant does not. The model lacks a process, or the errors are taken too small."
    )
    return [Finding("warning", "drift", sentence)]


def _listed(names: tuple[str, ...], chosen: Bool[np.ndarray, "n"]) -> str:
    shown = [name for name, yes in zip(names, chosen, strict=True) if yes]
    more = f" and {len(shown) - MOST_NAMES} more" if len(shown) > MOST_NAMES else ""
    return ", ".join(shown[:MOST_NAMES]) + more


def effective(noted: Mapping[str, np.ndarray], num_members: int) -> list[Finding]:
    """How many particles counted where they were fewest."""
    least = int(np.argmin(noted["effective"]))
    share = float(noted["effective"][least]) / num_members
    day = np.datetime64("1970-01-01", "D") + int(noted["day"][least])
    words = f"Before {day} no more than {noted['effective'][least]:.1f} of {num_members} particles counted"
    if share >= FEW:
        return [Finding("good", "particles", f"{words}, and more at all other times.")]
    advice = "wider errors, process noise or more particles would keep more of them; or take enkf."
    return [Finding("serious" if share * num_members < MOST_NAMES else "warning", "particles", f"{words}: {advice}")]
