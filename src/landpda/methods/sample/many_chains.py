"""Where the chains of a sampler start, and which of their draws are kept."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.errors import RunFailed, StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Finding
from landpda.methods.sample.chain_findings import chain_findings, fold_circular
from landpda.problem.problem import AbstractProblem

ROWS_PER_ELEMENT = 10
"""Starting points per element of the control vector from which directions are learnt: m0 = 10 d in [vrugt2016, table 1]."""


def refuse(method: str, whole: Mapping[str, int], shares: Mapping[str, float]) -> None:
    """Refuse settings that cannot be run.

    Args:
        method: its name.
        whole: settings that count things.
        shares: settings that are shares.

    Raises:
        StudyError: a count below 1, or a share outside 0 to below 1.
    """
    for name, value in whole.items():
        if value < 1:
            raise StudyError(f"{method} was given {name}: {value}.", "It must be at least 1.", "Give 1 or more.")
    for name, value in shares.items():
        if not 0.0 <= value < 1.0:
            raise StudyError(f"{method} was given {name}: {value}.", "It is a share.", "Give 0 to below 1.")


def check_starts(method: str, starts: Float[Array, "S n"], problem: AbstractProblem) -> None:
    """Refuse starts of another length.

    Raises:
        StudyError: the starts are not of the problem's length.
    """
    if len(starts) and starts.shape[1:] != (problem.n,):
        raise StudyError(
            f"{method} was given starts of shape {starts.shape}.",
            f"The problem has {problem.n} elements: {', '.join(problem.names[:12])}.",
            "Give one row for each start, with one number for each element.",
        )


def starting_pool(key: PRNGKeyArray, problem: AbstractProblem, num: int, starts: Float[Array, "S n"]) -> Float[Array, "P n"]:
    """(P, n) control vectors, at least `num` and 10 n of them: the starts, filled up with prior draws. No model is run."""
    at_least = max(ROWS_PER_ELEMENT * problem.n, num)
    prior = problem.initial_ensemble(key, at_least)
    return jnp.concatenate([starts, prior[: max(at_least - len(starts), 0)]]) if len(starts) else prior


def picked(key: PRNGKeyArray, choices: Float[Array, "P n"], num: int) -> Float[Array, "C n"]:
    """(num, n) of the choices in random order; each is used once before any is used twice."""
    order = jnp.argsort(jr.uniform(key, (len(choices),)))
    return choices[order[jnp.arange(num) % len(choices)]]


def standing(log_density: Float[Array, "C"]) -> Int[Array, "C"]:
    """(C,) which start each chain takes: its own, or that of another chain where the model failed at its own.

    Raises:
        RunFailed: the model failed at every start.
    """
    usable = np.flatnonzero(np.isfinite(np.asarray(log_density)))
    if not len(usable):
        raise RunFailed(
            f"{len(log_density)} chains were to start.",
            "The model gave no usable answer at any of their starts.",
            "Check the priors with a prior run (landpda check), or narrow them.",
        )
    own = np.arange(len(log_density))
    return jnp.asarray(np.where(np.isin(own, usable), own, usable[own % len(usable)]))


def kept_samples(
    trace: Mapping[str, np.ndarray], skipped: int, problem: AbstractProblem
) -> tuple[Samples, tuple[Finding, ...]]:
    """The states of a trace after the first `skipped`, circular parameters folded, and what the chains say of themselves."""
    kept = slice(skipped, None)
    samples = Samples(jnp.asarray(np.swapaxes(trace["z"][kept], 0, 1)), jnp.asarray(trace["log_density"][kept].T))
    samples = fold_circular(samples, problem)
    return samples, chain_findings(np.asarray(samples.draws), problem.names, float(np.mean(trace["acceptance"][kept])))
