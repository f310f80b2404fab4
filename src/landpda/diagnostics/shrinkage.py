"""How much the data tell of each parameter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landpda.core.types import Finding
from landpda.diagnostics.wording import listed, verb

WELL = 0.5
"""[1] reduction of the standard deviation from which a parameter counts as constrained."""
HARDLY = 0.1
"""[1] reduction below which the data say next to nothing of it."""
WIDER = -0.15
"""[1] an increase by this much is more than noise of some hundred draws: skewed or several modes."""


class Shrinkage(NamedTuple):
    """Reduction of uncertainty.

    Args:
        reduction: (n,) [1] 1 − posterior sd / prior sd, in the control space; 1 is known exactly, 0 is nothing learnt.
        findings: sentences.
    """

    reduction: Float[np.ndarray, "n"]
    findings: tuple[Finding, ...]


def shrinkage(draws: Float[np.ndarray, "N n"], names: tuple[str, ...]) -> Shrinkage:
    """Reduction of each parameter's standard deviation from prior to posterior.

    Args:
        draws: posterior draws in the control space, where every prior has standard deviation 1.
        names: (n,) of the parameters.
    """
    reduction = 1.0 - draws.std(axis=0)
    well = [names[i] for i in np.argsort(-reduction) if reduction[i] >= WELL]
    hardly = [names[i] for i in range(len(names)) if WIDER < reduction[i] < HARDLY]
    wider = [names[i] for i in range(len(names)) if reduction[i] <= WIDER]
    if well:
        sentence = f"The data at least halve the uncertainty of {len(well)} of {len(names)} parameters: {listed(well)}."
        findings = [Finding("good", "shrinkage", sentence)]
    else:
        findings = [Finding("warning", "shrinkage", f"The data halve the uncertainty of none of the {len(names)} parameters.")]
    if hardly:
        sentence = (
            f"The data say next to nothing of {listed(hardly)}: {verb(len(hardly), 'its', 'their')} posterior is the prior."
        )
        findings.append(Finding("note", "shrinkage", sentence))
    if wider:
        sentence = (
            f"The posterior of {listed(wider)} is wider than the prior: data and prior pull apart, or there are several modes."
        )
        findings.append(Finding("warning", "shrinkage", sentence))
    return Shrinkage(reduction, tuple(findings))
