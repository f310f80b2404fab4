"""What an ensemble says of its own run, whatever moved it."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from landpda.core.estimate import Samples
from landpda.core.types import Finding

GOOD_FIT = 1.1
"""[1] root mean square of the whitened misfit up to which the fit is as good as the errors say."""
POOR_FIT = 2.0
"""[1] beyond it the members are far from the data."""
UNEVEN = 3.0
"""[1] how many times the expected half unit per element the members' cost may lie above the lowest."""
COLLAPSED = 1e-3
"""[1] share of the prior's spread below which nothing that a member says of the others is left."""
UNFINISHED = 0.1
"""[1] share of the data's information that is too much or too little because the errors were still changing."""


def last_ensemble(trace: Mapping[str, np.ndarray]) -> Samples:
    """The members of the last step that ran, as draws."""
    cost = trace["cost"][-1]
    ran = np.isfinite(cost)
    return Samples(jnp.asarray(trace["z"][-1][ran])[None], jnp.asarray(-cost[ran])[None])


def findings(trace: Mapping[str, np.ndarray]) -> tuple[Finding, ...]:
    """Fit, evenness, spread and failures of an ensemble, from its trace."""
    said = [
        fit_finding(float(trace["misfit"][-1]), "the members' predictions are"),
        _evenness(trace["cost"][-1], trace["z"].shape[-1]),
    ]
    said += _spread(trace["z"][-1][np.isfinite(trace["cost"][-1])])
    lost, num = int(trace["failed"][-1]), len(trace["cost"][-1])
    if lost:
        severity = "note" if lost < 0.2 * num else "warning"
        said.append(
            Finding(severity, "failed runs", f"{lost} of {num} members of the last ensemble did not run and are left out.")
        )
    return tuple(said)


def time_finding(trace: Mapping[str, np.ndarray]) -> tuple[Finding, ...]:
    """Whether all of the data's information went in, where the errors are estimated and so change on the way."""
    time = float(trace["time"][-1])
    if abs(time - 1.0) < UNFINISHED:
        return ()
    sentence = (
        f"The estimated errors were still falling at the end: the data have given {100.0 * time:.0f} % of what they can, and "
        "the intervals are too wide. Allow more steps."
    )
    return (Finding("warning", "convergence", sentence),)


def fit_finding(size: float, whose: str) -> Finding:
    """How well predictions fit.

    Args:
        size: root mean square of the whitened misfit.
        whose: the beginning of the sentence.
    """
    said = f"{whose[0].upper()}{whose[1:]} {size:.2f} times their errors from the data (root mean square)"
    if size <= GOOD_FIT:
        return Finding("good", "fit", f"{said}: they fit as well as the errors say.")
    if size <= POOR_FIT:
        return Finding("note", "fit", f"{said}; 1 is expected where model and errors are right.")
    return Finding("warning", "fit", f"{said}: the fit is poor. Allow more updates, or look at the model's own error.")


def _evenness(cost: np.ndarray, n: int) -> Finding:
    cost = cost[np.isfinite(cost)]
    above, expected = float(np.median(cost) - cost.min()), 0.5 * n
    measured = f"half of the members lie within {above:.1f} log units of the best one"
    if above <= UNEVEN * max(expected, 1.0):
        sentence = f"{measured[0].upper()}{measured[1:]}; in a posterior of {n} parameters about {expected:.0f} are expected."
        return Finding("good", "convergence", sentence)
    sentence = (
        f"Only {measured}, where about {expected:.0f} are expected in a posterior of {n} parameters: many members do not fit, "
        "for the model bends too much over the ensemble. Take the ensemble as a rough answer, and as the start of a sampler."
    )
    return Finding("warning", "convergence", sentence)


def _spread(Z: np.ndarray) -> list[Finding]:
    num, n = Z.shape
    said = []
    if num <= n + 1:
        sentence = (
            f"{num} members span {num - 1} of {n} directions: the others keep no spread. Use more members than parameters."
        )
        said.append(Finding("warning", "ensemble size", sentence))
    if num > 1 and float(Z.std(axis=0).max()) < COLLAPSED:
        said.append(Finding("serious", "ensemble size", "The members are all but the same: their spread says nothing."))
    return said
