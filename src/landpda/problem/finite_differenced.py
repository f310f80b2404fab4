"""Gradients and Jacobians of a problem that can only be run, by differences whose steps fit the model's noise."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float

from landpda.core.errors import RunFailed
from landpda.core.types import Needs
from landpda.problem.control_space import ControlSpace
from landpda.problem.gauss_newton import gauss_newton
from landpda.problem.model_noise import (
    NUM_ATTEMPTS,
    NUM_INTERVALS,
    SPACING,
    SPACING_FACTOR,
    Verdict,
    noise_level,
)
from landpda.problem.problem import AbstractProblem, Linearisation, Misfit, Predictions, middle
from landpda.problem.stencil import CentralStencil, Stencil

SMALLEST_STEP, LARGEST_STEP = 1e-9, 0.3
"""[prior sd] a straight line has no best step, so it gets the largest."""
SMALLEST_NOISE = float(np.finfo(float).eps)
"""[1] of the size of the outputs: rounding is always there."""
NUM_POINTS = 16
"""Points tried for one that runs."""
FEWEST_POINTS = 6
"""Equally spaced points that a difference table needs for three levels to agree beyond the first two orders."""
SEEN, SHORT = 100.0, 0.1
"""[more2012] algorithm 5.1: a second difference counts if it is 100 × the noise, and the function changes by at most 10 %."""


class FiniteDifferenced(AbstractProblem):
    """The wrapped problem, with derivatives by differences of runs; all runs of all members go out as one batch.

    Differences are taken of the predictions, and the errors and the prior are differentiated exactly. Where a run beside a
    point fails, that parameter is held for the iteration (derivative zero, not `known`). Make it with `finite_differenced`.

    Args:
        problem: the problem that answers.
        stencil: where beside a point to run.
        steps: (n,) [prior sd] length of a step along each element.
        noise: [1] measured noise of the whitened predictions, as a norm over all of them.
        runs_measuring: model runs that the measurement took.
    """

    problem: AbstractProblem
    stencil: Stencil
    steps: Float[Array, "n"]
    noise: float
    runs_measuring: int

    @property
    def space(self) -> ControlSpace:
        """Of the wrapped problem."""
        return self.problem.space

    @property
    def offers(self) -> Needs:
        """Runs and gradients, and the Jacobian where there are observations."""
        return Needs.FORWARD | Needs.GRADIENT | (Needs.LEAST_SQUARES if _observed(self.problem) else Needs(0))

    @property
    def traceable(self) -> bool:
        """As the wrapped problem."""
        return self.problem.traceable

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Of the wrapped problem."""
        return self.problem.bounds

    @property
    def gradient_runs(self) -> int:
        """One at the point, and one for each step beside it."""
        return 1 + len(self.stencil.sides) * self.n

    @property
    def y(self) -> Float[Array, "m"]:
        """Of the wrapped problem."""
        return self.problem.y

    @property
    def slices(self) -> dict[str, slice]:
        """Of the wrapped problem."""
        return self.problem.slices

    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        """Of the wrapped problem."""
        return self.problem.initial_ensemble(key, num)

    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        """G of each row."""
        return self.problem.forward_ensemble(Z)

    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        """Of the wrapped problem."""
        return self.problem.misfit_ensemble(values, Z)

    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        """Log density of each row."""
        return self.problem.log_density_ensemble(Z)

    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        """J and its gradient: (1 + n·sides) runs a row."""
        if _observed(self.problem):
            linear = self.linearise_ensemble(Z)
            return linear.cost, linear.gradient
        cost, slopes, ok, known = self._differences(Z)
        return jnp.where(ok, cost[:, 0], jnp.inf), jnp.where(ok[:, None] & known, slopes[:, :, 0], 0.0)

    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        """Cost, gradient and curvature: (1 + n·sides) runs a row."""
        values, jacobian, ok, known = self._differences(Z)
        return _linearised(self.problem, values, jacobian, jnp.asarray(Z), ok, known)

    def curvature_product(self, z: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
        """Rows of V times the curvature, which takes the runs of one linearisation however many rows there are."""
        return V @ self.linearise_ensemble(z[None]).curvature[0]

    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        """Gauss–Newton curvature where there are observations; else differences of differences, with steps twice as long in
        digits.

        Differences of noisy gradients would be noise, so the former leaves out the model's own second derivatives.
        """
        if _observed(self.problem):
            return self.linearise_ensemble(z[None]).curvature[0]
        steps = jnp.sqrt(self.steps)
        offsets = jnp.diag(steps)
        Z = jnp.concatenate([z + offsets, z - offsets])
        _, gradients = self.value_and_grad_ensemble(Z)
        columns = (gradients[: self.n] - gradients[self.n :]) / (2.0 * steps[:, None])
        return 0.5 * (columns + columns.T)

    def _differences(self, Z: Float[Array, "N n"]) -> tuple[Array, Array, Bool[Array, "N"], Bool[Array, "N n"]]:
        """Answers (N, q), their slopes (N, n, q), whether each run went well, and whether each slope is known."""
        Z = jnp.asarray(Z)
        low, high = self.bounds
        # A step that would leave the bounds goes the other way.
        sign = jnp.where(Z + self.steps > high, -1.0, 1.0)
        offsets = jnp.stack([side * sign * self.steps for side in self.stencil.sides], axis=1)  # (N, sides, n)
        beside = jnp.clip(Z[:, None, None, :] + offsets[:, :, :, None] * jnp.eye(self.n), low, high)
        moved = jnp.sum(beside - Z[:, None, None, :], axis=-1)
        N, S, n = offsets.shape
        answers, ok = _answers(self.problem, jnp.concatenate([Z, beside.reshape(N * S * n, n)]))
        there = answers[N:].reshape(N, S, n, -1)
        far = jnp.abs(moved) > 0.5 * self.steps
        usable = ok[N:].reshape(N, S, n) & ok[:N, None, None] & far
        slopes = (there - answers[:N, None, None, :]) / jnp.where(far, moved, 1.0)[..., None]
        slopes = jnp.where(usable[..., None], slopes, 0.0)
        count = jnp.sum(usable, axis=1)
        return answers[:N], jnp.sum(slopes, axis=1) / jnp.maximum(count, 1)[..., None], ok[:N], count > 0


def finite_differenced(
    problem: AbstractProblem, *, at: Float[Array, "n"] | None = None, stencil: Stencil | None = None
) -> FiniteDifferenced:
    """`problem` with derivatives by finite differences; measures the model's noise first, in about 8 + 2n runs.

    Args:
        problem: the problem, of which only runs are asked.
        at: (n,) control vector where the noise and the curvature are measured; the prior median if not given.
        stencil: `CentralStencil()` if not given; `ForwardStencil()` costs half the runs and half the digits.

    Raises:
        RunFailed: the model does not run there.

    Source: [more2011] for the noise, [more2012] for the steps.
    """
    stencil = CentralStencil() if stencil is None else stencil
    bench = _Bench(problem, at)
    noise = bench.noise()
    second = bench.second_derivatives(noise)
    steps = np.clip(stencil.best_step(noise, second, bench.size), SMALLEST_STEP, LARGEST_STEP)
    # A parameter that no output sees (of an error, say) has no curvature and needs no step in particular.
    # pyright takes the abstract variable `space` for a field.
    return FiniteDifferenced(  # pyright: ignore[reportCallIssue]
        problem=problem, stencil=stencil, steps=jnp.asarray(steps), noise=noise, runs_measuring=bench.runs
    )


class _Bench:
    """Runs of a problem around one point, whitened there so that streams in any units add up; counts what it runs."""

    def __init__(self, problem: AbstractProblem, at: Float[Array, "n"] | None) -> None:
        low, high = problem.bounds
        self._problem = problem
        self._low, self._high = np.asarray(low), np.asarray(high)
        self.runs = 0
        points = _points(problem) if at is None else np.asarray(at, dtype=float)[None]
        for point in points:
            self._at = np.asarray(point)
            base = self._run(self._at[None])[0]
            if np.all(np.isfinite(base)):
                break
        else:
            raise RunFailed(
                "The noise of the model was to be measured, to choose steps of finite differences.",
                f"The model does not run at the prior median, nor at {len(points) - 1} prior draws."
                if at is None
                else "It does not run there.",
                "Give a point where it runs (at=...), or narrow the priors.",
            )
        self._base = base
        self.size = max(float(np.linalg.norm(base)), float(np.finfo(float).tiny))

    def noise(self) -> float:
        """Noise of the whitened outputs, as a norm; at least that of rounding."""
        direction = np.where(np.arange(self._problem.n) % 2 == 0, 1.0, -1.0) / np.sqrt(self._problem.n)
        spacing, tried, level = SPACING, set(), 0.0
        for _ in range(NUM_ATTEMPTS):
            rows = self._run(self._at + spacing * np.arange(NUM_INTERVALS + 1)[:, None] * direction)
            rows = _longest_success(rows)
            verdict, found = noise_level(rows) if len(rows) >= FEWEST_POINTS else (Verdict.TOO_LARGE, 0.0)
            level = found if verdict is not Verdict.TOO_SMALL else level
            tried.add(round(np.log10(spacing)))
            spacing *= SPACING_FACTOR if verdict is Verdict.TOO_SMALL else 1.0 / SPACING_FACTOR
            if verdict is Verdict.FOUND or round(np.log10(spacing)) in tried:
                break
        return max(level, SMALLEST_NOISE * self.size)

    def second_derivatives(self, noise: float) -> Float[np.ndarray, "n"]:
        """(n,) norm of the outputs' second derivative along each element; two tries of 2n runs."""
        first = np.full(self._problem.n, (noise / self.size) ** 0.25)
        second, good = self._second(first, noise)
        if not good.all():
            retry = np.clip((noise / np.maximum(second, SMALLEST_NOISE * self.size)) ** 0.25, first / 100, LARGEST_STEP)
            again, _ = self._second(np.where(good, first, retry), noise)
            second = np.where(good, second, again)
        # Below what the noise lets one see, only an upper bound of the second derivative is known.
        return np.maximum(second, SMALLEST_NOISE * self.size)

    def _second(self, steps: Float[np.ndarray, "n"], noise: float) -> tuple[np.ndarray, np.ndarray]:
        num = self._problem.n
        offsets = np.diag(steps)
        rows = self._run(np.clip(np.concatenate([self._at + offsets, self._at - offsets]), self._low, self._high))
        ahead, behind = rows[:num], rows[num:]
        bend = np.linalg.norm(ahead - 2.0 * self._base + behind, axis=1)
        change = np.maximum(np.linalg.norm(ahead - self._base, axis=1), np.linalg.norm(behind - self._base, axis=1))
        ran = np.isfinite(bend)
        # Where a run failed, take outputs that bend once over a prior standard deviation.
        second = np.where(ran, bend / steps**2, self.size)
        return second, (bend >= SEEN * noise) & (change <= SHORT * self.size) & ran

    def _run(self, points: Float[np.ndarray, "K n"]) -> Float[np.ndarray, "K q"]:
        self.runs += len(points)
        answers, ok = _answers(self._problem, jnp.asarray(points))
        if _observed(self._problem):
            at = jnp.broadcast_to(jnp.asarray(self._at), points.shape)
            zero = self._problem.misfit_ensemble(jnp.zeros_like(answers), at).whitened
            answers = self._problem.misfit_ensemble(answers, at).whitened - zero
        return np.where(np.asarray(ok)[:, None], np.asarray(answers), np.nan)


def _points(problem: AbstractProblem) -> Float[np.ndarray, "K n"]:
    """Where to measure: the prior median, or the first of a few prior draws that runs. It is no estimate."""
    return np.concatenate([np.asarray(middle(problem))[None], np.asarray(problem.initial_ensemble(jr.key(0), NUM_POINTS - 1))])


def _longest_success(rows: Float[np.ndarray, "K q"]) -> Float[np.ndarray, "L q"]:
    """The longest stretch of rows that are finite."""
    good = np.all(np.isfinite(rows), axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(int), [0]])))
    stretches = [rows[first:last] for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return max(stretches, key=len, default=rows[:0])


def _observed(problem: AbstractProblem) -> bool:
    return problem.y.shape[0] > 0


def _answers(problem: AbstractProblem, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N q"], Bool[Array, "N"]]:
    """What differences are taken of: predictions where there are observations, else the cost."""
    if _observed(problem):
        return problem.forward_ensemble(Z)
    cost = -problem.log_density_ensemble(Z)
    ok = jnp.isfinite(cost)
    return jnp.where(ok, cost, 0.0)[:, None], ok


@eqx.filter_jit
def _linearised(problem: AbstractProblem, values: Array, jacobian: Array, Z: Array, ok: Array, known: Array) -> Linearisation:
    return gauss_newton(problem.misfit_ensemble, values, jacobian, Z, ok, known)
