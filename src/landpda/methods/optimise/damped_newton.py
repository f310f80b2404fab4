"""Damped Newton descent of many points side by side: the small solves on the host, the model in batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from landpda.core.types import Needs
from landpda.methods.optimise.batches import costs_in_batch, padded
from landpda.problem.problem import AbstractProblem

RUNNING, CONVERGED, STALLED, FAILED = range(4)
"""How a descent stands. A stalled one found nothing lower though its gradient is not small: a kink, or noise."""

TRIALS = (1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 30.0)
"""Factors on the damping that are tried at once. Runs are cheap beside a linearisation of n tangents: with DALEC2 at two sites,
these bring 33 of 128 starts to within 1 log unit of the best in 40 iterations, and (0.01, 0.1, 1, 10) 14, in equal time."""
FIRST_DAMPING = 1e-3  # [madsen2004] τ, on the largest curvature
RAISE = 1e4  # after a step whose trials all failed, the next trials go on where these ended
LEAST_DAMPING, MOST_DAMPING = 1e-12, 1e14  # relative to the largest curvature
SUFFICIENT = 1e-4  # share of the predicted decrease that a step must bring [nocedal2006]
LEAST_DECREASE = 1e-12  # share of the cost that a step must bring at least: below, it is rounding
ROUNDING = 1e-11  # share of the cost below which a promised decrease will not be seen: costs add up thousands of terms
SMALL_ENOUGH = 1e-2  # [log units] a predicted decrease that matters to nobody


class Descent(NamedTuple):
    """Points on their way down.

    Args:
        z: (S, n) where they are.
        cost: (S,) J there.
        gradient: (S, n) its gradient.
        curvature: (S, n, n) its curvature.
        known: (S, n) elements whose derivative is known.
        damping: (S,) damping of the last accepted step.
        decrement: (S,) [log units] decrease that an undamped step would bring if the cost were quadratic.
        status: (S,) RUNNING, CONVERGED, STALLED or FAILED.
    """

    z: Float[np.ndarray, "S n"]
    cost: Float[np.ndarray, "S"]
    gradient: Float[np.ndarray, "S n"]
    curvature: Float[np.ndarray, "S n n"]
    known: Bool[np.ndarray, "S n"]
    damping: Float[np.ndarray, "S"]
    decrement: Float[np.ndarray, "S"]
    status: Int[np.ndarray, "S"]


class Linear(NamedTuple):
    """A problem's `Linearisation` on the host."""

    cost: Float[np.ndarray, "K"]
    gradient: Float[np.ndarray, "K n"]
    curvature: Float[np.ndarray, "K n n"]
    ok: Bool[np.ndarray, "K"]
    known: Bool[np.ndarray, "K n"]


class Spent(NamedTuple):
    """Model runs, and those of them with derivatives."""

    runs: int
    gradients: int


class Frame(NamedTuple):
    """Eigenvectors of the curvature over the elements that may move."""

    values: Float[np.ndarray, "S n"]
    vectors: Float[np.ndarray, "S n n"]
    free: Bool[np.ndarray, "S n"]
    largest: Float[np.ndarray, "S"]
    bounds: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, descent: Descent, problem: AbstractProblem) -> Frame:
        """At the points of a descent."""
        low, high = (np.asarray(bound) for bound in problem.bounds)
        pressed = ((descent.z <= low) & (descent.gradient > 0)) | ((descent.z >= high) & (descent.gradient < 0))
        free = descent.known & ~pressed
        both = free[:, :, None] & free[:, None, :]
        matrix = np.where(both, descent.curvature, 0.0) + np.where(free, 0.0, 1.0)[:, :, None] * np.eye(descent.z.shape[1])
        values, vectors = np.linalg.eigh(matrix)
        values = np.abs(values)
        largest = np.max(values, axis=1)
        return cls(np.maximum(values, LEAST_DAMPING * largest[:, None]), vectors, free, largest, (low, high))

    def steps(self, gradient: Float[np.ndarray, "S n"], dampings: Float[np.ndarray, "S K"]) -> Float[np.ndarray, "S K n"]:
        """−(C + λI)⁻¹ g for each damping."""
        turned = np.einsum("sij,si->sj", self.vectors, np.where(self.free, gradient, 0.0))
        shrunk = turned[:, None, :] / (self.values[:, None, :] + dampings[:, :, None])
        return -np.where(self.free[:, None, :], np.einsum("sij,skj->ski", self.vectors, shrunk), 0.0)

    def decrement(self, gradient: Float[np.ndarray, "S n"]) -> Float[np.ndarray, "S"]:
        """½ gᵀC⁻¹g."""
        turned = np.einsum("sij,si->sj", self.vectors, np.where(self.free, gradient, 0.0))
        return 0.5 * np.sum(turned**2 / self.values, axis=1)


Propose = Callable[[Descent, Frame], tuple[Float[np.ndarray, "S K n"], Float[np.ndarray, "S K"]]]
"""Steps to try from each point, and the damping to note for each."""


def dampings(part: Descent, frame: Frame) -> tuple[Float[np.ndarray, "S K n"], Float[np.ndarray, "S K"]]:
    """Damped steps, (C + λI) δ = −g for a few λ.

    I is the metric of the prior, so that damping shortens first the directions of which the data know little. An indefinite
    C has the absolute value of its eigenvalues taken.

    Source: [levenberg1944]; [transtrum2012] for the metric; [dauphin2014] for the absolute values.
    """
    tried = part.damping[:, None] * np.array(TRIALS)
    return frame.steps(part.gradient, tried), tried


def begin(problem: AbstractProblem, z: Float[np.ndarray, "S n"], tolerance: float) -> tuple[Descent, Spent]:
    """Descents at their starting points."""
    linear, spent = _linearised(problem, z)
    largest = np.max(np.abs(np.diagonal(linear.curvature, axis1=1, axis2=2)), axis=1)
    status = np.where(linear.ok, RUNNING, FAILED)
    damping = FIRST_DAMPING * largest
    start = Descent(z, linear.cost, linear.gradient, linear.curvature, linear.known, damping, np.zeros(len(z)), status)
    return _judged(start, Frame.of(start, problem), tolerance), spent


def advance(
    problem: AbstractProblem, descent: Descent, tolerance: float, propose: Propose | None = None, patience: float = MOST_DAMPING
) -> tuple[Descent, Spent]:
    """One step of every descent that still runs: a few proposals each, tried in one batch; the lowest is taken, if it is lower.

    Elements on a bound that want to leave it, and those whose derivative is not known, stay.

    Args:
        problem: the question.
        descent: the points.
        tolerance: [log units] a descent has converged when an undamped step promises less than this.
        propose: steps to try; `dampings` if not given.
        patience: [1] damping, relative to the largest curvature, from which a descent that goes no lower is given up.
    """
    propose = dampings if propose is None else propose
    active = np.flatnonzero(descent.status == RUNNING)
    if len(active) == 0:
        return descent, Spent(0, 0)
    part = Descent(*(field[active] for field in descent))
    frame = Frame.of(part, problem)
    steps, tried = propose(part, frame)
    candidates = np.clip(part.z[:, None] + steps, *frame.bounds)
    rows = candidates.reshape(-1, part.z.shape[1])
    costs = costs_in_batch(problem, rows, len(descent.z) * tried.shape[1]).reshape(tried.shape)
    best = np.argmin(costs, axis=1)
    rows = np.arange(len(active))
    chosen, cost = candidates[rows, best], costs[rows, best]
    slope = -np.sum(part.gradient * (chosen - part.z), axis=1)
    lower = cost < part.cost - np.maximum(SUFFICIENT * 0.5 * np.maximum(slope, 0.0), LEAST_DECREASE * np.abs(part.cost))
    part, spent = _moved(problem, part, lower, chosen, tried[rows, best], len(descent.z))
    part = _judged(part, Frame.of(part, problem), tolerance)
    part = _given_up(part, lower, patience * frame.largest)
    whole = Descent(*(_scattered(old, active, new) for old, new in zip(descent, part, strict=True)))
    return whole, Spent(costs.size + spent.runs, spent.gradients)


def _moved(
    problem: AbstractProblem, part: Descent, lower: Bool[np.ndarray, "S"], z: np.ndarray, damping: np.ndarray, capacity: int
) -> tuple[Descent, Spent]:
    """The descents with those that found something lower moved there and linearised."""
    rows = np.flatnonzero(lower)
    if len(rows) == 0:
        return part._replace(damping=part.damping * RAISE), Spent(0, 0)
    linear, spent = _linearised(problem, z[rows], capacity)
    # A run that succeeds while its derivatives do not leaves the point where it was.
    rows, keep = rows[linear.ok], linear.ok
    raised = part.damping * RAISE
    raised[rows] = damping[rows]
    moved = part._replace(
        z=_scattered(part.z, rows, z[rows]),
        cost=_scattered(part.cost, rows, linear.cost[keep]),
        gradient=_scattered(part.gradient, rows, linear.gradient[keep]),
        curvature=_scattered(part.curvature, rows, linear.curvature[keep]),
        known=_scattered(part.known, rows, linear.known[keep]),
        damping=raised,
    )
    return moved, spent


def _judged(descent: Descent, frame: Frame, tolerance: float) -> Descent:
    """The descents with those at their bottom marked as converged."""
    decrement = np.where(descent.status == FAILED, np.inf, frame.decrement(descent.gradient))
    done = (
        (descent.status == RUNNING)
        & (decrement < np.maximum(tolerance, ROUNDING * np.abs(descent.cost)))
        & np.all(descent.known, axis=1)
    )
    status = np.where(done, CONVERGED, descent.status)
    damping = np.maximum(descent.damping, LEAST_DAMPING * frame.largest)
    return descent._replace(decrement=decrement, status=status, damping=damping)


def _given_up(part: Descent, lower: Bool[np.ndarray, "S"], most: Float[np.ndarray, "S"]) -> Descent:
    """The descents with those marked that no damping brings lower."""
    stuck = (part.status == RUNNING) & ~lower & (part.damping > most)
    verdict = np.where((part.decrement < SMALL_ENOUGH) & np.all(part.known, axis=1), CONVERGED, STALLED)
    return part._replace(status=np.where(stuck, verdict, part.status))


def _scattered(old: np.ndarray, rows: np.ndarray, new: np.ndarray) -> np.ndarray:
    whole = np.array(old)
    whole[rows] = new
    return whole


def _linearised(problem: AbstractProblem, z: Float[np.ndarray, "K n"], capacity: int = 0) -> tuple[Linear, Spent]:
    """Cost, gradient and curvature as host arrays: Gauss–Newton where the problem has residuals, else the Hessian."""
    if Needs.LEAST_SQUARES in problem.offers:
        linear = problem.linearise_ensemble(jnp.asarray(padded(problem, z, capacity)))
        return Linear(*(np.asarray(field)[: len(z)] for field in linear)), Spent(len(z) * problem.gradient_runs, len(z))
    cost, gradient = (np.asarray(field) for field in problem.value_and_grad_ensemble(jnp.asarray(z)))
    curvature = np.stack([np.asarray(problem.hessian(jnp.asarray(row))) for row in z])
    ok = np.isfinite(cost) & np.all(np.isfinite(gradient), axis=1) & np.all(np.isfinite(curvature), axis=(1, 2))
    curvature = np.where(ok[:, None, None], curvature, np.eye(z.shape[1]))
    gradients = len(z) * (1 + 2 * z.shape[1])
    return Linear(cost, gradient, curvature, ok, np.ones(z.shape, dtype=bool)), Spent(
        gradients * problem.gradient_runs, gradients
    )
