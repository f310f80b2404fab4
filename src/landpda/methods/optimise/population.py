"""A population that searches: where it begins, what holds it, and what its end says."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.types import Finding
from landpda.methods.optimise.multi_start import all_failed
from landpda.problem.problem import AbstractProblem

OPEN_WIDTH = 4.0
"""[prior sd] what counts as the width of an element without bounds: the prior's central 95 %."""
LATELY = 0.1
"""[1] the last share of the generations, by which a search is judged to have settled."""
SETTLED = 0.1
"""[log units] a fall of the lowest cost over these that matters to nobody."""
MANY_FAILED = 0.3
"""[1] share of failed runs from which a search was hampered by them."""


def widths(problem: AbstractProblem) -> Float[Array, "n"]:
    """(n,) width in which to search along each element."""
    low, high = problem.bounds
    closed = jnp.isfinite(low) & jnp.isfinite(high)
    return jnp.where(closed, jnp.where(closed, high, 0.0) - jnp.where(closed, low, 0.0), OPEN_WIDTH)


def costs(problem: AbstractProblem, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
    """(N,) J of each row; infinite where the run failed."""
    density = problem.log_density_ensemble(Z)
    return jnp.where(jnp.isfinite(density), -density, jnp.inf)


def first_population(problem: AbstractProblem, key: PRNGKeyArray, num: int) -> tuple[Float[Array, "N n"], Float[Array, "N"]]:
    """Draws from the prior, and their costs.

    Raises:
        RunFailed: no draw runs.
    """
    Z = problem.initial_ensemble(key, num)
    cost = costs(problem, Z)
    if not bool(jnp.any(jnp.isfinite(cost))):
        raise all_failed(num)
    return Z, cost


def population_findings(trace: Mapping[str, np.ndarray], lowest: Float[np.ndarray, "T"]) -> tuple[Finding, ...]:
    """Whether the lowest cost had stopped falling, and how many runs failed.

    Args:
        trace: with `failed` and `runs` of each generation.
        lowest: lowest cost after each generation.
    """
    back = max(int(np.ceil(LATELY * len(lowest))), 1)
    fall = float(lowest[-min(back + 1, len(lowest))] - lowest[-1])
    words = (
        f"Over the last {back} of {len(lowest)} generations the lowest cost (J = {lowest[-1]:.6g}) fell by {fall:.2g} log units"
    )
    if fall > SETTLED or len(lowest) < 2:
        findings = [Finding("warning", "convergence", f"{words}: it was still falling; give it more generations.")]
    else:
        advice = "that it fell no further is no proof of the lowest; a second seed is the test."
        findings = [Finding("good", "convergence", f"{words}; {advice}")]
    failed, runs = int(np.sum(trace["failed"])), int(np.sum(trace["runs"]))
    if failed:
        severity = "warning" if failed > MANY_FAILED * runs else "note"
        findings.append(Finding(severity, "failed runs", f"{failed} of {runs} runs failed; the search went on without them."))
    return tuple(findings)
