"""Which parameters the data only know together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landpda.core.types import Finding
from landpda.diagnostics.wording import verb

STRONG = 0.8
"""[1] correlation from which the data know a combination of two parameters much better than either."""
MOST_SHOWN = 8
"""Pairs that get a sentence."""


class Correlation(NamedTuple):
    """Posterior correlation.

    Args:
        matrix: (n, n) [1] correlation; 0 for parameters that do not vary.
        pairs: (name, name, correlation) of the strong pairs, strongest first.
        findings: sentences.
    """

    matrix: Float[np.ndarray, "n n"]
    pairs: tuple[tuple[str, str, float], ...]
    findings: tuple[Finding, ...]


def correlation(draws: Float[np.ndarray, "N n"], names: tuple[str, ...]) -> Correlation:
    """Posterior correlations, and the strong ones in words.

    Args:
        draws: posterior draws, in the control space.
        names: (n,) of the parameters.
    """
    centred = draws - draws.mean(axis=0)
    sd = centred.std(axis=0)
    scaled = centred / np.where(sd > 0.0, sd, 1.0)
    matrix = scaled.T @ scaled / len(draws)
    strong = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names)) if abs(matrix[i, j]) > STRONG]
    strong.sort(key=lambda pair: -abs(matrix[pair]))
    pairs = tuple((names[i], names[j], float(matrix[i, j])) for i, j in strong)
    findings = [_sentence(*pair) for pair in pairs[:MOST_SHOWN]]
    if len(pairs) > MOST_SHOWN:
        rest = len(pairs) - MOST_SHOWN
        sentence = f"{rest} more {verb(rest, 'pair of parameters is', 'pairs of parameters are')} correlated beyond {STRONG}."
        findings.append(Finding("note", "correlation", sentence))
    if not pairs:
        findings = [Finding("good", "correlation", f"No two parameters are correlated beyond {STRONG}.")]
    return Correlation(matrix, pairs, tuple(findings))


def _sentence(first: str, second: str, r: float) -> Finding:
    known = "difference" if r > 0.0 else "sum"
    sentence = (
        f"{first} and {second} are correlated ({r:+.2f}): the data know their {known} (on the prior's scale) far better than "
        "either. Do not read one without the other."
    )
    return Finding("note", "correlation", sentence)
