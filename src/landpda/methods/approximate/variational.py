"""Variational inference with fixed base draws: what the families of normal distributions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import RunFailed
from landpda.core.estimate import Gaussian
from landpda.core.types import Finding
from landpda.methods.approximate import quasi_newton
from landpda.methods.approximate.base_draws import base_draws, shared_weights
from landpda.methods.approximate.quasi_newton import Memory, Point
from landpda.methods.sample.many_chains import check_starts
from landpda.methods.sample.weighted import COMFORTABLE, TRUSTED, data_constant, effective_size, pareto_smoothed
from landpda.problem.problem import AbstractProblem

RUNNING, CONVERGED, STALLED = 0, 1, 2
NUM_PAIRS = 20
"""Pairs that L-BFGS remembers."""
FIRST_SD = 0.1
"""[prior sd] spread to begin with: narrow, so that the first draws stay where the start is."""
MOST_FAILED = 0.5
"""[1] share of failed draws beyond which a distribution is not compared with others."""


class Family(Protocol):
    """Normal distributions μ + L e, described by a vector φ."""

    def first(self, mean: Float[Array, "n"]) -> Float[Array, "d"]:
        """Φ of a narrow distribution around a point."""
        ...

    def mean(self, phi: Float[Array, "d"], n: int) -> Float[Array, "n"]:
        """μ."""
        ...

    def root(self, phi: Float[Array, "d"], n: int) -> Float[Array, "n n"]:
        """L, lower triangular with a positive diagonal."""
        ...


class Search(NamedTuple):
    """What the next step needs.

    Args:
        step: iterations done.
        base: (S, n) base draws e.
        phi: (d,) the distribution.
        value: K = E J − log|L|, its divergence from the posterior up to a constant.
        gradient: (d,) of K.
        memory: of L-BFGS.
        status: 0 running, 1 converged, 2 stalled.
        unreported: (2,) runs and gradients that the next iteration will count.
    """

    step: Int[np.ndarray, ""]
    base: Float[np.ndarray, "S n"]
    phi: Float[np.ndarray, "d"]
    value: Float[np.ndarray, ""]
    gradient: Float[np.ndarray, "d"]
    memory: Memory
    status: Int[np.ndarray, ""]
    unreported: Int[np.ndarray, "2"]


class Iteration(NamedTuple):
    """What a reader wants to see of an iteration.

    Args:
        evidence_bound: ELBO, below the log evidence by the divergence of the distribution from the posterior.
        slope: norm of the gradient of K.
        shape: k̂ of weights from the distribution to the posterior; not a number until the last iteration.
        effective: share of the checked draws that they are worth; not a number until the last iteration.
        status: 0 running, 1 converged, 2 stalled.
        runs: model runs.
        gradients: those of them with a gradient.
    """

    evidence_bound: Float[np.ndarray, ""]
    slope: Float[np.ndarray, ""]
    shape: Float[np.ndarray, ""]
    effective: Float[np.ndarray, ""]
    status: Int[np.ndarray, ""]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class Settings(NamedTuple):
    """Settings that the families share; see their cards."""

    num_draws: int
    num_screened: int
    max_iterations: int
    tolerance: float
    num_checked: int


@eqx.filter_jit
def members(family: Family, phi: ArrayLike, base: ArrayLike) -> Float[Array, "S n"]:
    """Draws μ + L e."""
    phi, base = jnp.asarray(phi), jnp.asarray(base)
    n = base.shape[1]
    return family.mean(phi, n) + base @ family.root(phi, n).T


@eqx.filter_jit
def pulled(family: Family, phi: ArrayLike, base: ArrayLike, weighted: ArrayLike) -> tuple[Array, Array]:
    """Log|L|, and the gradient of K from the weighted gradients of J at the draws: that of J itself is never differentiated."""
    phi, base, weighted = (jnp.asarray(part) for part in (phi, base, weighted))
    _, pull = jax.vjp(lambda phi: members(family, phi, base), phi)
    log_det, slope = jax.value_and_grad(lambda phi: _log_det(family, phi, base.shape[1]))(phi)
    return log_det, pull(weighted)[0] - slope


def divergence(family: Family, phi: np.ndarray, base: np.ndarray, problem: AbstractProblem) -> Point:
    """K(φ) = Σ w_s J(μ + L e_s) − log|L| and its gradient, with base draws that do not change: an ordinary function.

    Source: [giordano2024]; [kucukelbir2017] for the gradient through the draws.
    """
    cost, gradient = (np.asarray(part) for part in problem.value_and_grad_ensemble(members(family, phi, base)))
    ok: Bool[np.ndarray, "S"] = np.isfinite(cost)
    if np.mean(~ok) > MOST_FAILED:
        return Point(phi, np.inf, np.zeros_like(phi))
    weights = shared_weights(ok, base)
    log_det, slope = pulled(family, phi, base, weights[:, None] * np.where(ok[:, None], gradient, 0.0))
    return Point(phi, float(weights @ np.where(ok, cost, 0.0) - log_det), np.asarray(slope))


def begin(
    key: PRNGKeyArray, family: Family, problem: AbstractProblem, settings: Settings, starts: Float[Array, "S n"], name: str
) -> Search:
    """A narrow distribution around the best of the starts, or of prior draws.

    Raises:
        RunFailed: the model runs at none of them, or at hardly any draw around the best.
        StudyError: the starts are not of the problem's length.
    """
    base_key, start_key = jr.split(key)
    check_starts(name, starts, problem)
    num_draws = max(settings.num_draws + settings.num_draws % 2, 4 * problem.n)
    base = base_draws(base_key, num_draws, problem.n)
    choices = starts if len(starts) else problem.initial_ensemble(start_key, settings.num_screened)
    cost = -np.asarray(problem.log_density_ensemble(choices))
    cost = np.where(np.isfinite(cost), cost, np.inf)
    best = choices[int(np.argmin(cost))]
    point = divergence(family, np.asarray(family.first(best)), base, problem)
    if not np.isfinite(np.min(cost)) or not np.isfinite(point.value):
        raise RunFailed(
            f"A distribution was to be fitted, from the best of {len(choices)} starts.",
            "The model gave no usable answer at any of them." if np.all(np.isinf(cost)) else "Most runs around it failed.",
            "Check the priors with a prior run (landpda check), or narrow them.",
        )
    spent = np.array([len(choices) + num_draws, num_draws])
    memory = quasi_newton.empty(NUM_PAIRS, len(point.x))
    zero = np.zeros((), dtype=np.int64)
    return Search(zero, base, point.x, np.asarray(point.value), point.gradient, memory, zero, spent)


def following(
    key: PRNGKeyArray, family: Family, problem: AbstractProblem, settings: Settings, state: Search
) -> tuple[Search, Iteration]:
    """One L-BFGS iteration; after the last one, the distribution is checked against the posterior."""
    state = jax.tree.map(np.asarray, state)
    here = Point(state.phi, float(state.value), state.gradient)
    memory = Memory(*state.memory)
    scale = np.full(len(here.x), quasi_newton.newest_scale(memory))
    direction = -quasi_newton.inverse_times(here.gradient, memory, scale)
    first = 1.0 if memory.used[-1] else 1.0 / max(float(np.linalg.norm(here.gradient)), 1.0)
    there, trials = quasi_newton.line_search(lambda phi: divergence(family, phi, state.base, problem), here, direction, first)
    status = STALLED if there is None else RUNNING
    if there is not None:
        memory = quasi_newton.with_pair(memory, there.x - here.x, there.gradient - here.gradient)
        here = there
    if np.linalg.norm(here.gradient) <= settings.tolerance:
        status = CONVERGED
    runs = state.unreported + trials * len(state.base)
    shape, effective = np.nan, np.nan
    if status != RUNNING or int(state.step) + 1 >= settings.max_iterations:
        shape, effective = checked(key, family, here.x, problem, settings.num_checked)
        runs = runs + np.array([settings.num_checked, 0])
    n = problem.n
    bound = -here.value + 0.5 * n + data_constant(len(problem.y))
    after = Search(
        state.step + 1,
        state.base,
        here.x,
        np.asarray(here.value),
        here.gradient,
        memory,
        np.asarray(status, dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )
    slope = np.linalg.norm(here.gradient)
    bound, slope, shape, effective = (np.asarray(value, dtype=float) for value in (bound, slope, shape, effective))
    return after, Iteration(bound, slope, shape, effective, after.status, runs[0], runs[1])


def checked(key: PRNGKeyArray, family: Family, phi: np.ndarray, problem: AbstractProblem, num: int) -> tuple[float, float]:
    """K̂ and effective share of weights from the distribution to the posterior.

    Source: [yao2018].
    """
    noise = jr.normal(key, (num, problem.n))
    log_density = np.asarray(problem.log_density_ensemble(members(family, jnp.asarray(phi), noise)))
    log_weights = np.where(np.isfinite(log_density), log_density + 0.5 * np.sum(np.square(noise), axis=1), -np.inf)
    if np.all(log_weights == -np.inf):
        return np.inf, 0.0
    return pareto_smoothed(log_weights)[1], effective_size(log_weights) / num


def over(state: Search, settings: Settings) -> bool:
    """The search has ended, or the iterations are used up."""
    return int(state.status) != RUNNING or int(state.step) >= settings.max_iterations


def gaussian(family: Family, state: Search, n: int) -> Gaussian:
    """The distribution."""
    root = family.root(jnp.asarray(state.phi), n)
    return Gaussian(family.mean(jnp.asarray(state.phi), n), root @ root.T)


def findings(trace: Mapping[str, np.ndarray], settings: Settings, advice: str) -> tuple[Finding, ...]:
    """How the search ended, and how far the distribution is from the posterior."""
    last = {name: float(values[-1]) for name, values in trace.items()}
    shape, worth = last["shape"], f"its draws are worth {100 * last['effective']:.0f} % of the posterior's"
    if not shape <= TRUSTED:
        sentence = (
            f"The fitted distribution is not the posterior: the Pareto shape of the weights between them is {shape:.2f} (above "
            f"{TRUSTED}), and {worth}. Do not use these intervals. {advice}"
        )
        found = [Finding("serious", "weights", sentence)]
    elif shape > COMFORTABLE:
        sentence = f"The fitted distribution is near the posterior, not equal: Pareto shape {shape:.2f}, and {worth}. {advice}"
        found = [Finding("warning", "weights", sentence)]
    else:
        found = [
            Finding("good", "weights", f"The fitted distribution is near the posterior: Pareto shape {shape:.2f}; {worth}.")
        ]
    if last["status"] == RUNNING:
        sentence = f"The fit was cut off after {settings.max_iterations} iterations. Allow more (max_iterations)."
        found.append(Finding("warning", "convergence", sentence))
    if last["status"] == STALLED:
        sentence = f"The fit ended where no step improved it, with a slope of {last['slope']:.2g}: the cost may not be smooth."
        found.append(Finding("note", "convergence", sentence))
    sentence = f"The log evidence of the model with this prior is at least {last['evidence_bound']:.2f} (the bound of the fit)."
    return (*found, Finding("note", "evidence", sentence))


def _log_det(family: Family, phi: Array, n: int) -> Array:
    return jnp.sum(jnp.log(jnp.diag(family.root(phi, n))))
