"""Whether the posterior leans on an end of the prior."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from landpda.core.types import Finding
from landpda.diagnostics.wording import listed, percent

EDGE = 0.05
"""[1] share of the prior at each side that counts as its edge."""
LEANS = 0.25
"""[1] share of the posterior in an edge from which the parameter leans on it: five times what the prior has there."""
PRESSED = 0.75
"""[1] share from which it is pressed against it."""


class EdgeHitting(NamedTuple):
    """Posterior mass in the outer 5 % of the prior.

    Args:
        low: (n,) [1] share of the posterior in the lowest 5 % of the prior.
        high: (n,) [1] in the highest 5 %.
        findings: sentences.
    """

    low: Float[np.ndarray, "n"]
    high: Float[np.ndarray, "n"]
    findings: tuple[Finding, ...]


def edge_hitting(draws: Float[np.ndarray, "N n"], names: tuple[str, ...]) -> EdgeHitting:
    """Which parameters the data push to an end of their prior.

    Args:
        draws: posterior draws in the control space, where every prior is N(0, 1).
        names: (n,) of the parameters.
    """
    edge = float(ndtri(EDGE))
    low, high = np.mean(draws < edge, axis=0), np.mean(draws > -edge, axis=0)
    findings = [_sentence(names[i], "lowest", float(low[i])) for i in range(len(names)) if low[i] >= LEANS]
    findings += [_sentence(names[i], "highest", float(high[i])) for i in range(len(names)) if high[i] >= LEANS]
    if not findings:
        findings = [Finding("good", "edge_hitting", "No parameter leans on an end of its prior.")]
    pressed = [names[i] for i in range(len(names)) if max(low[i], high[i]) >= PRESSED]
    if len(pressed) > len(names) / 4:
        sentence = (
            f"{len(pressed)} of {len(names)} parameters are pressed against their priors ({listed(pressed)}): "
            "the model may lack a process that these parameters stand in for."
        )
        findings.append(Finding("serious", "edge_hitting", sentence))
    return EdgeHitting(low, high, tuple(findings))


def _sentence(name: str, side: str, share: float) -> Finding:
    sentence = f"{name}: {percent(share)} of the posterior lies in the {side} {percent(EDGE)} of its prior"
    if share >= PRESSED:
        return Finding("warning", "edge_hitting", f"{sentence}. Widen the prior if it may be wider; else doubt the model.")
    return Finding("note", "edge_hitting", f"{sentence}.")
