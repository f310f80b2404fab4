"""A search by damped Newton steps from many starts: state, trace and end, for the methods that rest on it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float, Int, PRNGKeyArray

from landpda.core.types import Finding
from landpda.methods.optimise.damped_newton import (
    CONVERGED,
    FAILED,
    MOST_DAMPING,
    RUNNING,
    TRIALS,
    Descent,
    Propose,
    advance,
    begin,
)
from landpda.methods.optimise.multi_start import all_failed, screened_starts, starts_findings
from landpda.problem.problem import AbstractProblem


class Settings(Protocol):
    """What the methods that rest on it have as settings."""

    @property
    def num_starts(self) -> int:
        """S."""
        ...

    @property
    def num_screened(self) -> int:
        """Prior draws to choose the starts from."""
        ...

    @property
    def max_iterations(self) -> int:
        """Most iterations."""
        ...

    @property
    def tolerance(self) -> float:
        """[log units] below which an undamped step promises nothing."""
        ...


class Search(NamedTuple):
    """Where the starts have come to.

    Args:
        step: iterations done.
        descent: the points with their linearisations.
        unreported: runs and gradients that the next iteration will count.
    """

    step: Int[np.ndarray, ""]
    descent: Descent
    unreported: Int[np.ndarray, "2"]


class Iteration(NamedTuple):
    """One iteration of all starts.

    Args:
        z: (S, n) points; the last row of a trace holds the optima.
        cost: (S,) J.
        damping: (S,) λ.
        decrement: (S,) [log units] predicted decrease of an undamped step.
        status: (S,) 0 running, 1 converged, 2 stalled, 3 failed.
        runs: model runs.
        gradients: those of them with derivatives.
    """

    z: Float[np.ndarray, "S n"]
    cost: Float[np.ndarray, "S"]
    damping: Float[np.ndarray, "S"]
    decrement: Float[np.ndarray, "S"]
    status: Int[np.ndarray, "S"]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


def first(settings: Settings, key: PRNGKeyArray, problem: AbstractProblem) -> Search:
    """The starts, linearised.

    Raises:
        RunFailed: the model runs at none of them.
    """
    num = settings.num_starts
    starts, screened = screened_starts(problem, key, num, settings.num_screened, batch=num * len(TRIALS))
    descent, spent = begin(problem, starts, settings.tolerance)
    if np.all(descent.status == FAILED):
        raise all_failed(num)
    unreported = np.array([screened + spent.runs, spent.gradients])
    return Search(np.zeros((), dtype=np.int64), descent, unreported)


def following(
    settings: Settings,
    search: Search,
    problem: AbstractProblem,
    propose: Propose | None = None,
    patience: float = MOST_DAMPING,
) -> tuple[Search, Iteration]:
    """One iteration of all starts that still run; see `advance`."""
    # A state from a checkpoint is on the device.
    before = Descent(*(np.asarray(field) for field in search.descent))
    descent, spent = advance(problem, before, settings.tolerance, propose, patience)
    runs, gradients = np.array([spent.runs, spent.gradients]) + np.asarray(search.unreported)
    iteration = Iteration(descent.z, descent.cost, descent.damping, descent.decrement, descent.status, runs, gradients)
    return Search(np.asarray(search.step) + 1, descent, np.zeros(2, dtype=np.int64)), iteration


def over(settings: Settings, search: Search) -> bool:
    """All starts have ended, or the iterations are used up. The first iteration always runs, for the trace."""
    step = int(search.step)
    ended = not np.any(np.asarray(search.descent.status) == RUNNING)
    return (ended and step > 0) or step >= settings.max_iterations


def lowest(search: Search) -> int:
    """Number of the best start."""
    return int(np.argmin(np.asarray(search.descent.cost)))


def findings(settings: Settings, search: Search) -> tuple[Finding, ...]:
    """How the starts ended."""
    cost, status = np.asarray(search.descent.cost), np.asarray(search.descent.status)
    return starts_findings(cost, status == CONVERGED, status == FAILED, settings.max_iterations)
