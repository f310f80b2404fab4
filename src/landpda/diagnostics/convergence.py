"""Whether chains converged, and how many independent draws they are worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landpda.core.types import Finding
from landpda.diagnostics.wording import listed, verb

CONVERGED = 1.01
"""R-hat up to which chains agree [vehtari2021]."""
NEARLY = 1.05
"""R-hat up to which means and 90 % intervals may be used; good if the effective draws are also enough, see `ENOUGH`."""
FAR = 1.2
"""R-hat beyond which chains are in different places; the limit of the older literature [gelman1992]."""
ENOUGH = 400
"""Effective draws for stable means and intervals [vehtari2021].

C good chains have R-hat ≈ √(1 + 2C/ESS) by chance alone: 1.01 for 4 chains with 400 effective draws, but 1.04 for 64 chains
with 1600, which are better.
"""
TAILS = (0.05, 0.95)
"""[1] quantiles whose effective draws are counted."""
FEWEST_DRAWS = 8
"""Draws per chain below which nothing can be said: R-hat and ESS split each chain in halves."""


class Convergence(NamedTuple):
    """How far the draws can be trusted.

    Args:
        rhat: (n,) [1] rank-normalised split R-hat, the larger of bulk and tails; infinite for chains that never moved.
        ess_bulk: (n,) [1] effective draws for means.
        ess_tail: (n,) [1] effective draws for 5 % and 95 % quantiles.
        mcse_mean: (n,) Monte Carlo standard error of the mean, in the draws' units.
        findings: sentences.
    """

    rhat: Float[np.ndarray, "n"]
    ess_bulk: Float[np.ndarray, "n"]
    ess_tail: Float[np.ndarray, "n"]
    mcse_mean: Float[np.ndarray, "n"]
    findings: tuple[Finding, ...]


def convergence(draws: Float[np.ndarray, "C D n"], names: tuple[str, ...]) -> Convergence:
    """R-hat, effective draws and Monte Carlo errors of each parameter.

    Args:
        draws: chains by draws by parameters, burn-in removed.
        names: (n,) of the parameters.

    Source: [vehtari2021], by arviz_stats.
    """
    draws = np.asarray(draws, dtype=float)
    _, num_draws, n = draws.shape
    if num_draws < FEWEST_DRAWS:
        nothing = np.full(n, np.nan)
        sentence = f"There are only {num_draws} draws per chain: too few to judge whether the chains converged."
        return Convergence(nothing, nothing, nothing, nothing, (Finding("serious", "convergence", sentence),))
    # loaded late: the import takes longer than the sums
    from arviz_stats.base.array import array_stats

    with np.errstate(divide="ignore", invalid="ignore"):
        rhat = np.asarray(array_stats.rhat(draws, chain_axis=0, draw_axis=1))
        ess_bulk = np.asarray(array_stats.ess(draws, chain_axis=0, draw_axis=1, method="bulk"))
        ess_tail = np.asarray(array_stats.ess(draws, chain_axis=0, draw_axis=1, method="tail", prob=TAILS))
        mcse = np.asarray(array_stats.mcse(draws, chain_axis=0, draw_axis=1, method="mean"))
    moved = np.ptp(draws, axis=1).max(axis=0) > 0.0
    rhat = np.where(np.isnan(rhat) | ~moved, np.inf, rhat)
    findings = (_agreement(rhat, ess_bulk, names), *_effective(ess_bulk, ess_tail, names))
    return Convergence(rhat, ess_bulk, ess_tail, mcse, findings)


def _agreement(rhat: np.ndarray, ess: np.ndarray, names: tuple[str, ...]) -> Finding:
    worst = int(np.argmax(rhat))
    largest = f"the largest R-hat is {rhat[worst]:.3f} ({names[worst]})"
    if rhat[worst] <= CONVERGED or (rhat[worst] <= NEARLY and np.min(ess) >= ENOUGH):
        return Finding("good", "convergence", f"The chains agree: {largest}.")
    apart = [names[i] for i in np.argsort(-rhat) if rhat[i] > NEARLY]
    if not apart:
        return Finding("note", "convergence", f"The chains nearly agree: {largest}; {CONVERGED} is wanted. Run longer.")
    beyond = f"{listed(apart)} {verb(len(apart), 'is', 'are')} above {NEARLY}"
    if rhat[worst] <= FAR:
        sentence = f"The chains have not converged: {largest}; {beyond}. Run longer before these intervals are used."
        return Finding("warning", "convergence", sentence)
    sentence = f"The chains have not converged: {largest}; {beyond}. They sit in different places: do not use these intervals."
    return Finding("serious", "convergence", sentence)


def _effective(bulk: np.ndarray, tail: np.ndarray, names: tuple[str, ...]) -> tuple[Finding, ...]:
    least = np.fmin(bulk, tail)
    if not np.isfinite(least).any():
        return ()
    worst = int(np.nanargmin(least))
    if least[worst] >= ENOUGH:
        sentence = f"Every parameter has {least[worst]:.0f} effective draws or more."
        return (Finding("good", "convergence", sentence),)
    few = [names[i] for i in np.argsort(least) if least[i] < ENOUGH]
    sentence = (
        f"{listed(few)} {verb(len(few), 'has', 'have')} fewer than {ENOUGH} effective draws (least: {least[worst]:.0f}): "
        "the ends of the intervals are uncertain."
    )
    return (Finding("warning" if least[worst] < ENOUGH / 4 else "note", "convergence", sentence),)
