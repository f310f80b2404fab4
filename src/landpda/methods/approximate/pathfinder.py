"""Pathfinder: normal distributions along the paths of quasi-Newton searches, the best of which are weighed together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Float, Int, PRNGKeyArray, UInt32
from scipy.special import logsumexp

from landpda.core.errors import RunFailed
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.approximate import quasi_newton
from landpda.methods.approximate.quasi_newton import Memory
from landpda.methods.method import Method
from landpda.methods.sample import many_chains
from landpda.methods.sample.chain_findings import fold_circular
from landpda.methods.sample.weighted import (
    effective_size,
    equal_draws,
    pareto_smoothed,
    root_of,
    weight_findings,
)
from landpda.problem.problem import AbstractProblem

TRIALS = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01, 1e-3, 1e-4)
"""Step lengths that are looked at side by side."""
NUM_PAIRS = 30
"""Pairs that L-BFGS remembers; the paper has 6, where n is in the hundreds."""
STEEPEST = 1e-12
"""[1] curvature yᵀs, as a share of ‖y‖², below which the diagonal is left as it is [zhang2022]."""
RIDGE = 1e-9
"""[1] share added to each variance, for rounding may take a direction's last digit."""
RUNNING, CONVERGED, STALLED = 0, 1, 2


def next_diagonal(alpha: Float[np.ndarray, "n"], s: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> np.ndarray:
    """Diagonal of the inverse Hessian after a step s that changed the gradient by y.

        1/α' = a/(b α) + y²/b − a s²/(b c α²),   a = yᵀ diag(α) y, b = yᵀs, c = sᵀ diag(α)⁻¹ s

    Source: [zhang2022], there z for y.
    """
    a, b, c = y @ (alpha * y), y @ s, s @ (s / alpha)
    if not b > STEEPEST * (y @ y):
        return alpha
    return 1.0 / (a / (b * alpha) + y**2 / b - a * s**2 / (b * c * alpha**2))


class Normals(NamedTuple):
    """A normal distribution for each path.

    Args:
        mean: (P, n).
        root: (P, n, n) lower triangular.
        bound: (P,) evidence lower bound, up to a constant that all have; −∞ where there is none yet.
    """

    mean: Float[np.ndarray, "P n"]
    root: Float[np.ndarray, "P n n"]
    bound: Float[np.ndarray, "P"]


def log_normal(z: Float[np.ndarray, "N n"], mean: np.ndarray, root: np.ndarray) -> Float[np.ndarray, "N"]:
    """Log density of N(mean, root rootᵀ)."""
    away = np.linalg.solve(root, (z - mean).T)
    n = z.shape[1]
    return -0.5 * np.sum(away**2, axis=0) - np.sum(np.log(np.diag(root))) - 0.5 * n * np.log(2.0 * np.pi)


class Paths(NamedTuple):
    """What the next step needs.

    Args:
        step: iterations done.
        luck: key data, by which draws of equal weight are picked at the end.
        z: (P, n) where the searches are.
        cost: (P,) J there.
        gradient: (P, n) there.
        alpha: (P, n) diagonal of the inverse Hessian from which its pairs begin.
        memory: of each path, the path first.
        status: (P,) 0 running, 1 converged, 2 stalled.
        best: the normal distribution of highest bound on each path.
        draws: (K, n) draws of the best ones, once all have ended.
        log_density: (K,) there.
        unreported: runs and gradients that the next iteration will count.
    """

    step: Int[np.ndarray, ""]
    luck: UInt32[np.ndarray, "2"]
    z: Float[np.ndarray, "P n"]
    cost: Float[np.ndarray, "P"]
    gradient: Float[np.ndarray, "P n"]
    alpha: Float[np.ndarray, "P n"]
    memory: Memory
    status: Int[np.ndarray, "P"]
    best: Normals
    draws: Float[np.ndarray, "K n"]
    log_density: Float[np.ndarray, "K"]
    unreported: Int[np.ndarray, "2"]


class Iteration(NamedTuple):
    """What a reader wants to see of an iteration.

    Args:
        cost: (P,) J where the searches are.
        bound: (P,) highest evidence lower bound of each path so far, up to a constant.
        status: (P,) 0 running, 1 converged, 2 stalled.
        runs: model runs.
        gradients: those of them with a gradient.
    """

    cost: Float[np.ndarray, "P"]
    bound: Float[np.ndarray, "P"]
    status: Int[np.ndarray, "P"]
    runs: Int[np.ndarray, ""]
    gradients: Int[np.ndarray, ""]


class Pathfinder(Method):
    """Searches pass by where the posterior's mass is: the normal distribution that fits best on each path, weighed together.

    Needs a gradient. Gives samples. Costs about `num_paths` · (8 gradients + `num_trial_draws` runs) an iteration, tens of
    iterations, and `num_draws` runs at the end: a tenth of what a sampler takes, or less. Draws of all paths are weighted by
    the posterior and resampled; the weights' Pareto shape says whether they can be trusted. Fails where the posterior bends or
    is skewed in many dimensions, which the Pareto shape shows; use its draws as `starts` of a sampler then.

    Departures from the paper: the searches' line search looks at eight step lengths at once; draws are weighed against the
    mixture of all paths' distributions, so that paths that end in one place do not count it twice.

    Args:
        num_paths: searches P, side by side.
        num_trial_draws: draws by which the distribution at each place of a path is judged.
        num_draws: draws of the best ones, which are weighed.
        num_kept: draws of equal weight that are kept.
        num_screened: prior draws of which the likeliest are the starts; not used with `starts`.
        max_iterations: most iterations.
        tolerance: [log units] a search has converged when a step lowers J by less than this.
        starts: (S, n) points from which searches start, picked at random.

    Source: [zhang2022].
    """

    name: ClassVar[str] = "pathfinder"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "zhang2022"
    compiled: ClassVar[bool] = False

    num_paths: int = 8
    num_trial_draws: int = 16
    num_draws: int = 4_000
    num_kept: int = 1_000
    num_screened: int = 512
    max_iterations: int = 200
    tolerance: float = 1e-6
    starts: Float[jnp.ndarray, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = ("num_paths", "num_trial_draws", "num_draws", "num_kept", "num_screened", "max_iterations")
        many_chains.refuse(self.name, {name: getattr(self, name) for name in whole}, {})

    @property
    def chunk(self) -> int:
        """Iterations between two checkpoints."""
        return 2

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> Paths:
        """The starts, with their gradients.

        Raises:
            RunFailed: the model runs at none of them.
            StudyError: the starts are not of the problem's length.
        """
        pool_key, start_key, luck_key = jr.split(key, 3)
        many_chains.check_starts(self.name, self.starts, problem)
        screened = 0
        if len(self.starts):
            z = many_chains.picked(start_key, self.starts, self.num_paths)
        else:
            pool = problem.initial_ensemble(pool_key, max(self.num_screened, self.num_paths))
            screened = len(pool)
            cost = -problem.log_density_ensemble(pool)
            z = pool[jnp.argsort(jnp.where(jnp.isfinite(cost), cost, jnp.inf))[: self.num_paths]]
        cost, gradient = (np.asarray(part) for part in problem.value_and_grad_ensemble(z))
        if not np.any(np.isfinite(cost)):
            raise RunFailed(
                f"{self.num_paths} searches were to start.",
                "The model gave no usable answer at any of their starts.",
                "Check the priors with a prior run (landpda check), or narrow them.",
            )
        paths, n = self.num_paths, problem.n
        empty = quasi_newton.empty(NUM_PAIRS, n)
        return Paths(
            step=np.zeros((), dtype=np.int64),
            luck=np.asarray(jr.key_data(luck_key)),
            z=np.asarray(z),
            cost=cost,
            gradient=gradient,
            alpha=np.ones((paths, n)),
            memory=Memory(*(np.stack([part] * paths) for part in empty)),
            status=np.where(np.isfinite(cost), RUNNING, STALLED),
            best=Normals(np.asarray(z), np.stack([np.eye(n)] * paths), np.full(paths, -np.inf)),
            draws=np.zeros((self.num_draws, n)),
            log_density=np.full(self.num_draws, -np.inf),
            unreported=np.array([screened + paths, paths]),
        )

    def step(self, key: PRNGKeyArray, state: Paths, problem: AbstractProblem) -> tuple[Paths, Iteration]:
        """One iteration of all paths, and what fits at the new places; at the end of all, the draws."""
        trial_key, draw_key = jr.split(key)
        state = jax.tree.map(np.asarray, state)
        after, spent = _advanced(state, problem, self.tolerance)
        moved = (state.status == RUNNING) & (after.status != STALLED)
        best = _judged(trial_key, after, moved, problem, self.num_trial_draws)
        spent = spent + np.array([self.num_paths * self.num_trial_draws, 0]) + state.unreported
        after = after._replace(step=state.step + 1, best=best, unreported=np.zeros(2, dtype=np.int64))
        if self.done(after):
            z = _drawn(draw_key, best, self.num_draws)
            after = after._replace(draws=z, log_density=np.asarray(problem.log_density_ensemble(jnp.asarray(z))))
            spent = spent + np.array([self.num_draws, 0])
        return after, Iteration(after.cost, best.bound, after.status, *spent)

    def done(self, state: Paths) -> bool:
        """All searches have ended, or the iterations are used up. The first iteration always runs."""
        step = int(state.step)
        ended = not np.any(np.asarray(state.status) == RUNNING)
        return (ended and step > 0) or step >= self.max_iterations

    def finish(
        self, state: Paths, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """Draws of equal weight, and how far the weights can be trusted."""
        del trace
        state = jax.tree.map(np.asarray, state)
        log_weights = np.where(np.isnan(state.log_density), -np.inf, state.log_density) - _log_mixture(state.draws, state.best)
        if not np.any(log_weights > -np.inf):
            # nothing to weigh: the ends of the searches are all that is known, and the findings say so
            z, cost = jnp.asarray(state.z[np.isfinite(state.cost)]), state.cost[np.isfinite(state.cost)]
            return Samples(z[None], -jnp.asarray(cost)[None]), weight_findings(np.inf, 0.0, self.num_draws, "the paths")
        smoothed, shape = pareto_smoothed(log_weights)
        key = jr.wrap_key_data(jnp.asarray(state.luck))
        samples = Samples(*equal_draws(key, state.draws, state.log_density, smoothed, self.num_kept))
        found = weight_findings(shape, effective_size(smoothed), self.num_draws, f"{self.num_paths} paths")
        ended = int(np.sum(state.status == CONVERGED))
        sentence = f"{ended} of {self.num_paths} searches came to their end; the lowest cost is {np.nanmin(state.cost):.2f}."
        return fold_circular(samples, problem), (*found, Finding("note", "convergence", sentence))


def _advanced(state: Paths, problem: AbstractProblem, tolerance: float) -> tuple[Paths, np.ndarray]:
    """Each running path a step on, to the lowest of the trials that lower J enough; and runs and gradients."""
    paths = len(state.z)
    memories = [Memory(*(part[p] for part in state.memory)) for p in range(paths)]
    directions = -np.stack([quasi_newton.inverse_times(state.gradient[p], memories[p], state.alpha[p]) for p in range(paths)])
    slopes = np.sum(directions * state.gradient, axis=1)
    # without a pair the direction has no length of its own
    unknown = np.array([not memory.used[-1] for memory in memories])
    length = np.where(unknown, 1.0 / np.maximum(np.linalg.norm(state.gradient, axis=1), 1.0), 1.0)
    t = length[:, None] * np.asarray(TRIALS)
    tried = state.z[:, None] + t[..., None] * directions[:, None]
    cost, gradient = (np.array(part) for part in problem.value_and_grad_ensemble(jnp.asarray(tried.reshape(-1, problem.n))))
    cost, gradient = cost.reshape(t.shape), gradient.reshape(tried.shape)
    low_enough = cost <= state.cost[:, None] + quasi_newton.ARMIJO * t * slopes[:, None]
    picked = np.argmin(np.where(low_enough, cost, np.inf), axis=1)
    running = state.status == RUNNING
    found = running & np.any(low_enough, axis=1) & (slopes < 0.0)
    at = np.arange(paths)
    z = np.where(found[:, None], tried[at, picked], state.z)
    new_cost, new_gradient = cost[at, picked], gradient[at, picked]
    alpha = state.alpha.copy()
    for p in np.flatnonzero(found):
        s, y = z[p] - state.z[p], new_gradient[p] - state.gradient[p]
        alpha[p] = next_diagonal(alpha[p], s, y)
        memories[p] = quasi_newton.with_pair(memories[p], s, y)
    ended = found & (state.cost - np.where(found, new_cost, 0.0) < tolerance)
    status = np.where(running & ~found, STALLED, np.where(ended, CONVERGED, state.status))
    # a search that no step improves and that was as good as flat has arrived
    flat = running & ~found & (np.abs(slopes) < tolerance)
    status = np.where(flat, CONVERGED, status)
    after = state._replace(
        z=z,
        cost=np.where(found, new_cost, state.cost),
        gradient=np.where(found[:, None], new_gradient, state.gradient),
        alpha=alpha,
        memory=Memory(*(np.stack(part) for part in zip(*memories, strict=True))),
        status=status,
    )
    runs = tried.shape[0] * tried.shape[1]
    return after, np.array([runs, runs])


def _judged(key: PRNGKeyArray, state: Paths, moved: np.ndarray, problem: AbstractProblem, num: int) -> Normals:
    """The best distribution of each path: the present place's where its bound is higher than the best so far."""
    n = problem.n
    noise = np.asarray(jr.normal(key, (len(state.z), num, n)))
    roots, means = [], []
    for p in range(len(state.z)):
        memory = Memory(*(part[p] for part in state.memory))
        inverse = quasi_newton.inverse_times(np.eye(n), memory, state.alpha[p])
        means.append(state.z[p] - inverse @ state.gradient[p])
        roots.append(_root(inverse))
    mean, root = np.stack(means), np.stack(roots)
    z = mean[:, None] + np.einsum("pij,pkj->pki", root, noise)
    log_p = np.asarray(problem.log_density_ensemble(jnp.asarray(z.reshape(-1, n)))).reshape(len(z), num)
    log_q = np.stack([log_normal(*each) for each in zip(z, mean, root, strict=True)])
    ran = np.isfinite(log_p)
    # a run that failed says nothing, but a place where most fail is no place to be
    mean_gap = np.sum(np.where(ran, log_p - log_q, 0.0), axis=1) / np.maximum(np.sum(ran, axis=1), 1)
    bound = np.where(moved & (2 * np.sum(ran, axis=1) > num), mean_gap, -np.inf)
    better = bound > state.best.bound
    return Normals(
        np.where(better[:, None], mean, state.best.mean),
        np.where(better[:, None, None], root, state.best.root),
        np.where(better, bound, state.best.bound),
    )


def _root(inverse: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Root of an inverse Hessian; a narrow round one where rounding has taken its positive definiteness."""
    try:
        return root_of(0.5 * (inverse + inverse.T), RIDGE)
    except np.linalg.LinAlgError:
        return 1e-3 * np.eye(len(inverse))


def _drawn(key: PRNGKeyArray, best: Normals, num: int) -> Float[np.ndarray, "K n"]:
    """Draws of the best distributions of the paths that have one, the paths in turn."""
    usable = _usable(best)
    of = usable[np.arange(num) % len(usable)]
    noise = np.asarray(jr.normal(key, (num, best.mean.shape[1])))
    return best.mean[of] + np.einsum("kij,kj->ki", best.root[of], noise)


def _usable(best: Normals) -> Int[np.ndarray, "U"]:
    """Numbers of the paths that have a distribution; all where none has."""
    found = np.flatnonzero(np.isfinite(best.bound))
    return found if len(found) else np.arange(len(best.bound))


def _log_mixture(z: Float[np.ndarray, "K n"], best: Normals) -> Float[np.ndarray, "K"]:
    parts = [log_normal(z, best.mean[p], best.root[p]) for p in _usable(best)]
    return logsumexp(np.stack(parts), axis=0) - np.log(len(parts))
