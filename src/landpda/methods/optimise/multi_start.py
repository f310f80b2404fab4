"""Many starts: where to begin, and what their ends say of the cost's shape."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, PRNGKeyArray

from landpda.core.errors import RunFailed
from landpda.core.types import Finding
from landpda.problem.problem import AbstractProblem, middle

KEPT_SHARE = 4
"""One draw in four is kept for its cost; among these the starts are chosen for their distance from one another."""
NEAR = (1.0, 10.0, 50.0)
"""[log units] within which an end point counts as near the best."""


def screened_starts(
    problem: AbstractProblem, key: PRNGKeyArray, num_starts: int, num_screened: int, batch: int = 0
) -> tuple[Float[np.ndarray, "S n"], int]:
    """Starting points, and the model runs that it took to choose them. A compiled problem is asked `batch` rows at a time.

    The prior median, then draws from the prior. With `num_screened` > `num_starts`, that many draws are run; of the better
    quarter, the one farthest from those already chosen comes next. A search in a rugged cost goes down to the bottom of the
    valley in which it starts: what screening buys is valleys that are low, and what the distance buys is that they are several.

    Raises:
        RunFailed: no draw runs.
    """
    draws = np.asarray(problem.initial_ensemble(key, max(num_starts, num_screened)))
    draws = np.concatenate([np.asarray(middle(problem))[None], draws[: max(num_starts, num_screened) - 1]])
    if num_screened <= num_starts:
        return draws, 0
    density = _log_density(problem, draws, batch or len(draws))
    ran = np.flatnonzero(np.isfinite(density))
    if len(ran) == 0:
        raise all_failed(len(draws))
    ranked = ran[np.argsort(-density[ran], kind="stable")]
    kept = draws[ranked[: max(num_starts, len(ranked) // KEPT_SHARE)]]
    chosen = [0]
    distance = np.sum((kept - kept[0]) ** 2, axis=1)
    while len(chosen) < min(num_starts, len(kept)):
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.sum((kept - kept[chosen[-1]]) ** 2, axis=1))
    # Where fewer draws ran than starts are wanted, the best ones start again: the number of starts stays what it was.
    return kept[np.resize(np.array(chosen), num_starts)], len(draws)


def _log_density(problem: AbstractProblem, draws: Float[np.ndarray, "K n"], batch: int) -> Float[np.ndarray, "K"]:
    """Log density of the draws, for a compiled problem in batches of one size, which it compiles once."""
    if not problem.traceable:
        return np.asarray(problem.log_density_ensemble(jnp.asarray(draws)))
    num = -(-len(draws) // batch)
    padded = np.resize(draws, (num * batch, draws.shape[1]))
    parts = [problem.log_density_ensemble(jnp.asarray(part)) for part in np.split(padded, num)]
    return np.concatenate([np.asarray(part) for part in parts])[: len(draws)]


def all_failed(num: int) -> RunFailed:
    """The error for a search none of whose starts runs."""
    return RunFailed(
        f"A search from {num} starting points was asked for.",
        "The model gave no usable answer at any of them.",
        "Look at one run (landpda simulate), and narrow the priors to where the model runs.",
    )


def starts_findings(
    cost: Float[np.ndarray, "S"], converged: Bool[np.ndarray, "S"], failed: Bool[np.ndarray, "S"], num_steps: int
) -> tuple[Finding, ...]:
    """Sentences on how the starts ended.

    Args:
        cost: J at each end point; infinite where the start failed.
        converged: whether each search met its tolerance.
        failed: whether each start failed to run.
        num_steps: most iterations that a search had.
    """
    num, best = len(cost), int(np.argmin(cost))
    near = [int(np.sum(cost <= cost[best] + distance)) for distance in NEAR]
    findings = []
    if num > 1:
        spread = ", ".join(f"{count} within {distance:g}" for count, distance in zip(near, NEAR, strict=True))
        alone = near[0] == 1 and num > 2
        advice = " The best was reached once only: more starts may find better." if alone else ""
        sentence = f"Of {num} starts, {spread} log units of the best (J = {cost[best]:.6g}).{advice}"
        findings.append(Finding("warning" if alone else "good", "starts", sentence))
    if failed.any():
        which = ", ".join(str(int(index)) for index in np.flatnonzero(failed)[:10])
        findings.append(Finding("note", "failed runs", f"{int(failed.sum())} of {num} starts did not run (number {which})."))
    unfinished = int(np.sum(~converged & ~failed))
    if not converged[best]:
        sentence = f"The best start had not converged after {num_steps} iterations; allow more (max_iterations)."
        findings.append(Finding("warning", "convergence", sentence))
    elif unfinished:
        sentence = f"The best start converged; {unfinished} of {num} others had not when the search ended."
        findings.append(Finding("note", "convergence", sentence))
    else:
        findings.append(
            Finding("good", "convergence", "Every search met its tolerance." if num > 1 else "The search converged.")
        )
    return tuple(findings)
