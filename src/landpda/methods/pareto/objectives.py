"""Objectives of a problem of several streams: what each stream would have, did it stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.errors import RunFailed, StudyError, nearest
from landpda.core.estimate import Front
from landpda.core.types import Finding
from landpda.methods.pareto.dominance import dominates
from landpda.problem.problem import AbstractProblem

PRIOR = "prior"
"""Name of the prior among the objectives."""


def objective_names(problem: AbstractProblem, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the objectives in order of the alphabet: those asked for, or all streams; the prior beside a single stream.

    Raises:
        StudyError: a name is no stream, or there is nothing to set against one another.
    """
    streams = tuple(sorted(problem.slices))
    names = tuple(sorted(set(asked))) if asked else streams if len(streams) > 1 else (*streams, PRIOR)
    for name in names:
        if name not in (*streams, PRIOR):
            found = f"There is no stream {name!r}."
            raise StudyError("Streams were to be set against one another.", found, nearest(name, (*streams, PRIOR)))
    if len(names) < 2 or not streams:
        found = f"There is only {names[0]!r}." if len(names) == 1 and streams else "The problem has no streams."
        do = "Name at least two of the streams, or one stream and the prior."
        raise StudyError("Streams were to be set against one another.", found, do)
    return names


def objectives(problem: AbstractProblem, Z: Float[Array, "N n"], names: tuple[str, ...]) -> Float[Array, "N k"]:
    """(N, k) cost that each named stream would have if it were the only one: infinite where the run failed.

        J_s = ½‖R_s^-½ (G_s − y_s)‖² + log|R_s^½| + rest

    The rest is the cost of what is not named: the other streams, and the prior where it is not an objective itself. It is part
    of every objective, so that the lowest J_s belongs to the estimate from stream s alone, and of one name that makes J itself.
    """
    values, ok = problem.forward_ensemble(Z)
    misfit = problem.misfit_ensemble(values, Z)
    terms = {PRIOR: -misfit.log_prior}
    for name, where in problem.slices.items():
        terms[name] = 0.5 * jnp.sum(jnp.square(misfit.whitened[:, where]), axis=1) + jnp.sum(misfit.log_sd[:, where], axis=1)
    chosen = jnp.stack([terms[name] for name in names], axis=1)
    rest = misfit.cost - jnp.sum(chosen, axis=1)
    found = chosen + rest[:, None]
    return jnp.where((ok & jnp.all(jnp.isfinite(found), axis=1))[:, None], found, jnp.inf)


def first_members(
    problem: AbstractProblem, key: PRNGKeyArray, num: int, names: tuple[str, ...]
) -> tuple[Float[Array, "N n"], Float[Array, "N k"]]:
    """Draws from the prior, and their objectives.

    Raises:
        RunFailed: no draw runs.
    """
    Z = problem.initial_ensemble(key, num)
    found = objectives(problem, Z, names)
    if not bool(jnp.any(jnp.isfinite(found))):
        raise RunFailed(
            f"A search with {num} members was asked for.",
            "The model gave no usable answer at any of them.",
            "Look at one run (landpda simulate), and narrow the priors to where the model runs.",
        )
    return Z, found


def front_of(Z: Array, found: Array, names: Iterable[str]) -> Front:
    """The members that no other beats in every objective, in order of the first one; equal ones once."""
    usable = np.all(np.isfinite(found), axis=1)
    beaten = np.any(np.asarray(dominates(found)), axis=0)
    rows = np.flatnonzero(usable & ~beaten)
    _, once = np.unique(np.asarray(found)[rows], axis=0, return_index=True)
    rows = rows[once]
    return Front(Z[rows], found[rows], tuple(names))


def front_findings(front: Front, trace: Mapping[str, np.ndarray]) -> tuple[Finding, ...]:
    """What a front says: how far the streams pull apart, and whether the search had settled."""
    found = np.asarray(front.objectives)
    spans = np.ptp(found, axis=0)
    apart = ", ".join(f"{name} by {span:.3g}" for name, span in zip(front.names, spans, strict=True))
    findings = [
        Finding(
            "warning",
            "front",
            f"{len(found)} compromises between {', '.join(front.names)}: along them the cost of each stream alone changes "
            f"({apart} log units). They show what the streams cost one another; their spread is no uncertainty, and "
            "intervals over them are no posterior.",
        )
    ]
    back = max(len(trace["ideal"]) // 10, 1)
    moved = np.asarray(trace["ideal"][-min(back + 1, len(trace["ideal"]))] - trace["ideal"][-1])
    worst = float(np.max(moved / np.maximum(spans, 1e-300)))
    words = f"Over the last {back} of {len(trace['ideal'])} generations the lowest of each objective fell by at most"
    if worst > 0.01 or len(trace["ideal"]) < 2:
        findings.append(
            Finding("warning", "convergence", f"{words} {100 * worst:.2g} % of the front's length: give it more generations.")
        )
    else:
        findings.append(Finding("good", "convergence", f"{words} {100 * worst:.2g} % of the front's length."))
    failed, runs = int(np.sum(trace["failed"])), int(np.sum(trace["runs"]))
    if failed:
        findings.append(Finding("note", "failed runs", f"{failed} of {runs} runs failed; the search went on without them."))
    return tuple(findings)
