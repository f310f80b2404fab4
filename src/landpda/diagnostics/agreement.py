"""Whether several methods give the same posterior."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landpda.core.types import Finding
from landpda.diagnostics.wording import listed, verb

NEAR = 0.25
"""[standard deviations] difference of means that no conclusion hangs on."""
FAR = 1.0
"""[standard deviations] difference from which the methods say different things."""
NEAR_RATIO = 1.25
"""[1] ratio of standard deviations, either way, that no conclusion hangs on."""
FAR_RATIO = 2.0
"""[1] ratio from which they do not agree on the uncertainty."""


class PairAgreement(NamedTuple):
    """One posterior against another.

    Args:
        mean_difference: (n,) [pooled standard deviations] mean of the first minus mean of the second.
        sd_ratio: (n,) [1] standard deviation of the first over that of the second.
    """

    mean_difference: Float[np.ndarray, "n"]
    sd_ratio: Float[np.ndarray, "n"]


class Agreement(NamedTuple):
    """All pairs of posteriors, and sentences."""

    pairs: dict[tuple[str, str], PairAgreement]
    findings: tuple[Finding, ...]


def agreement(posteriors: Mapping[str, Float[np.ndarray, "N n"]], names: tuple[str, ...]) -> Agreement:
    """Means and spreads of several methods' posteriors, pair by pair.

    Args:
        posteriors: method → its draws, in one and the same space.
        names: (n,) of the parameters.
    """
    moments = {method: (draws.mean(axis=0), draws.std(axis=0)) for method, draws in posteriors.items()}
    pairs = {}
    for first, second in combinations(moments, 2):
        (mean_a, sd_a), (mean_b, sd_b) = moments[first], moments[second]
        pooled = np.maximum(np.sqrt(0.5 * (sd_a**2 + sd_b**2)), 1e-12)
        pairs[first, second] = PairAgreement((mean_a - mean_b) / pooled, np.maximum(sd_a, 1e-12) / np.maximum(sd_b, 1e-12))
    findings = [finding for (first, second), pair in pairs.items() for finding in _findings(first, second, pair, names)]
    return Agreement(pairs, tuple(findings))


def _findings(first: str, second: str, pair: PairAgreement, names: tuple[str, ...]) -> list[Finding]:
    shift, ratio = np.abs(pair.mean_difference), np.exp(np.abs(np.log(pair.sd_ratio)))
    i, j = int(np.argmax(shift)), int(np.argmax(ratio))
    if shift[i] <= NEAR and ratio[j] <= NEAR_RATIO:
        sentence = (
            f"{first} and {second} agree: no mean differs by more than {shift[i]:.2f} standard deviations, "
            f"no standard deviation by more than a factor {ratio[j]:.2f}."
        )
        return [Finding("good", "agreement", sentence)]
    findings = []
    if shift[i] > NEAR:
        apart = [names[k] for k in np.argsort(-shift) if shift[k] > NEAR]
        sentence = (
            f"{first} and {second} differ in the mean of {listed(apart)}; most in {names[i]}, "
            f"by {pair.mean_difference[i]:+.2f} standard deviations."
        )
        findings.append(Finding("warning" if shift[i] > FAR else "note", "agreement", sentence))
    if ratio[j] > NEAR_RATIO:
        wide = [names[k] for k in np.argsort(-ratio) if ratio[k] > NEAR_RATIO]
        wider = first if pair.sd_ratio[j] > 1.0 else second
        sentence = (
            f"{first} and {second} differ in the uncertainty of {len(wide)} {verb(len(wide), 'parameter', 'parameters')}; "
            f"most in {names[j]}, where {wider} is wider by a factor {ratio[j]:.2f}."
        )
        findings.append(Finding("warning" if ratio[j] > FAR_RATIO else "note", "agreement", sentence))
    return findings
