"""What any sampler of several chains has to do and to say at its end."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from landpda.core.estimate import Samples
from landpda.core.types import Finding
from landpda.problem.problem import AbstractProblem

CONVERGED = 1.01
"""R-hat up to which chains agree [vehtari2021]."""
NEARLY = 1.05
"""R-hat up to which means and 90 % intervals may be used: chains differ by a tenth of the posterior's variance."""
FAR = 1.2
"""R-hat beyond which chains are in different places; the limit of the older literature [gelman1992]."""
ENOUGH = 400
"""Effective draws that go with R-hat 1.01 for the four chains of [vehtari2021].

C good chains have R-hat ≈ √(1 + 2C/ESS) by chance alone, so that many short chains may stay above 1.01 with thousands of
effective draws: up to 1.05 they too are good if their effective draws are enough.
"""
FEWEST_DRAWS = 8
"""Draws per chain below which R-hat, which splits chains in halves, says nothing."""
RARELY_ACCEPTED = 0.02
"""Acceptance below which chains hardly move; posteriors of many dimensions do well at 0.1 to 0.4 [vrugt2016]."""


MOVED = 1e-6
"""[1] change of a control vector beyond which it was folded, not rounded."""


def fold_circular(samples: Samples, problem: AbstractProblem) -> Samples:
    """The samples with circular parameters in one period around the best draw, so that copies of one mode are one mode.

    The likelihood of a draw that moves stays, and its prior density is taken anew.
    """
    before = samples.draws.reshape(-1, samples.draws.shape[-1])
    folded = problem.space.fold(before, problem.space.to_physical(samples.best))
    moved = jnp.any(jnp.abs(folded - before) > MOVED, axis=1)
    if not bool(jnp.any(moved)):
        return samples
    after = jnp.where(moved[:, None], folded, before)
    log_prior = jax.vmap(problem.space.log_prior)
    change = jnp.where(moved, log_prior(after) - log_prior(before), 0.0)
    return Samples(after.reshape(samples.draws.shape), samples.log_density + change.reshape(samples.log_density.shape))


def chain_findings(draws: np.ndarray, names: tuple[str, ...], acceptance: float) -> tuple[Finding, ...]:
    """Whether the chains agree, and how often they moved.

    Args:
        draws: (C, D, n) kept states.
        names: (n,) of the elements.
        acceptance: share of proposals accepted while the draws were kept.
    """
    return (_agreement(draws, names), _movement(acceptance))


def _agreement(draws: np.ndarray, names: tuple[str, ...]) -> Finding:
    num_chains, num_draws, _ = draws.shape
    if num_draws < FEWEST_DRAWS:
        sentence = f"Only {num_draws} draws per chain were kept: too few to say whether the chains converged."
        return Finding("serious", "convergence", sentence)
    # loaded late: it takes longer to import than many a run
    from arviz_stats.base.array import array_stats

    with np.errstate(divide="ignore", invalid="ignore"):
        rhat = np.asarray(array_stats.rhat(draws, chain_axis=0, draw_axis=1))
        ess = np.asarray(array_stats.ess(draws, chain_axis=0, draw_axis=1))
    # R-hat of chains that never moved is not a number: that is the opposite of convergence
    rhat = np.where(np.isnan(rhat), np.inf, rhat)
    worst, least = int(np.argmax(rhat)), float(np.min(ess))
    measured = f"the largest R-hat of {num_chains} chains is {rhat[worst]:.3f}, for {names[worst]}"
    if rhat[worst] <= CONVERGED or (rhat[worst] <= NEARLY and least >= ENOUGH):
        sentence = f"The chains converged: {measured}; every parameter has {least:.0f} effective draws or more."
        return Finding("good", "convergence", sentence)
    if rhat[worst] <= NEARLY:
        sentence = f"The chains nearly converged: {measured}, but a parameter has only {least:.0f} effective draws. Run longer."
        return Finding("note", "convergence", sentence)
    if rhat[worst] <= FAR:
        sentence = f"The chains have not converged: {measured} ({CONVERGED} is wanted). Run more generations."
        return Finding("warning", "convergence", sentence)
    many = int(np.sum(rhat > FAR))
    sentence = (
        f"The chains have not converged: {measured}, and {many} of {len(names)} parameters are beyond {FAR}. The chains are in "
        "different places; do not use these intervals. Run longer, or start around the optima of a multi-start search."
    )
    return Finding("serious", "convergence", sentence)


def _movement(acceptance: float) -> Finding:
    percent = f"{100.0 * acceptance:.1f} % of the proposals were accepted"
    if acceptance < RARELY_ACCEPTED:
        return Finding("warning", "convergence", f"Only {percent}: the chains hardly move. A longer burn-in may help.")
    return Finding("note", "convergence", f"{percent[0].upper()}{percent[1:]}.")
