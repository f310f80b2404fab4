"""The bootstrap particle filter, with a kernel that keeps static parameters from dying out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.filter.filter_findings import effective, findings
from landpda.methods.filter.symmetric_eigen import symmetric_eigen
from landpda.methods.filter.walk import (
    Info,
    Note,
    by_window,
    check_settings,
    first_forecast,
    noise_sd,
    noted,
    refuse_lost,
    samples,
    walk,
    windows_a_step,
)
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem
from landpda.problem.sequential import Course, Forecast, Members, Sequential, Windows


def systematic(weights: Float[Array, "N"], start: Float[Array, ""] | float) -> Int[Array, "N"]:
    """Which member each of N new ones copies: N equal steps along the heaped weights, from one random start.

    Args:
        weights: of the members; they sum to one.
        start: [1] where in the first step to begin, 0 to 1.

    Source: [kitagawa1996].
    """
    N = weights.shape[0]
    heaped = jnp.cumsum(weights)
    places = (jnp.arange(N) + start) / N * heaped[-1]
    return jnp.minimum(jnp.searchsorted(heaped, places, side="right"), N - 1)


def smoothed(
    key: PRNGKeyArray, X: Float[Array, "N p"], weights: Float[Array, "N"], copied: Int[Array, "N"], width: float
) -> Float[Array, "N p"]:
    """Copies with a kernel around each, drawn together so that the weighted mean x̄ and covariance V stay as they were.

        x ← x̄ + √(1 − h²) (x − x̄) + h ε,   ε ~ N(0, V)

    Args:
        key: of the draws.
        X: joint vectors of parameters and state, so that the two stay consistent.
        weights: of the members.
        copied: which member each new one copies.
        width: h.

    Source: [liu2001]; there a = √(1 − h²).
    """
    mean = weights @ X
    A = X - mean
    scale = jnp.sqrt(weights @ jnp.square(A))
    scale = jnp.where(scale > 0.0, scale, 1.0)
    values, vectors = symmetric_eigen((A / scale).T @ (weights[:, None] * A / scale))
    noise = (jr.normal(key, X.shape) * jnp.sqrt(jnp.maximum(values, 0.0))) @ vectors.T * scale
    return mean + jnp.sqrt(1.0 - width**2) * A[copied] + width * noise


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: stretches of windows done.
        windows: all windows.
        members: the particles.
        log_weights: (N,) their weights sum to one.
        lost: whether all members have failed.
    """

    step: Int[Array, ""]
    windows: Windows
    members: Members
    log_weights: Float[Array, "N"]
    lost: Bool[Array, ""]


class ParticleFilter(Method):
    """The bootstrap particle filter: particles walk through the record, and those that meet the data well have more offspring.

    Needs a model that goes step by step (DALEC does) and data whose errors are independent in time. Gives the particles'
    parameters after the last datum, and in the trace parameters, state and log likelihood over time. Costs `num_members` runs,
    and as many again at the end, to say what the parameters are worth as constants. Nothing need be linear or Gaussian, and the
    sizes of errors are learnt with the rest; but the kernel that keeps the parameters apart is a Gaussian's, so the answer is
    exact for a Gaussian, and for others as `kernel` goes to zero.

    Fails in many dimensions: with 20 parameters or precise data a handful of particles take all the weight, which the effective
    size shows, and no number of particles that can be paid helps. Without process noise and kernel the first good particle
    takes all.

    Args:
        num_members: particles N.
        process_noise: noise of each state variable a root day, one number or one for each: relative for a store, in its own
            units for a variable of any sign. It is added where a window begins.
        kernel: [sd of the ensemble] width of the kernel around parameters and state when particles are drawn anew; 0.1 is a
            discount of 0.99.
        resample_below: [1] effective share of the particles below which they are drawn anew; 1 for at every window.
        checkpoints: stretches into which the record is cut; a checkpoint after each.

    Source: [gordon1993]; [liu2001] for the kernel, [kitagawa1996] for the drawing.
    """

    name: ClassVar[str] = "particle_filter"
    needs: ClassVar[Needs] = Needs.FORWARD | Needs.STEPPING
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "gordon1993"
    compiled: ClassVar[bool] = True

    num_members: int = 2000
    process_noise: float | tuple[float, ...] = 0.0
    kernel: float = 0.1
    resample_below: float = 0.5
    checkpoints: int = 20

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        check_settings(self, ("num_members", "checkpoints"), ("process_noise",), ("kernel", "resample_below"))

    @property
    def chunk(self) -> int:
        """A checkpoint after every stretch."""
        return 1

    @property
    def num_steps(self) -> int:
        """One a stretch."""
        return self.checkpoints

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Draws of the prior, of equal weight.

        Raises:
            RunFailed: no particle reaches the first data.
            NeedsError: a stream cannot be followed step by step.
        """
        sequential = problem.sequential
        windows = sequential.windows()
        members = sequential.begin(problem.initial_ensemble(key, self.num_members))
        first_forecast(problem, members, windows)
        return State(jnp.asarray(0), windows, members, self._equal, jnp.asarray(False))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One stretch of the record."""
        sequential = problem.sequential
        noise = noise_sd(self.name, self.process_noise, sequential.k)

        def cycle(
            key: PRNGKeyArray, carry: tuple[Members, Array], course: Course, index: Array
        ) -> tuple[tuple[Members, Array], Note]:
            return self._cycle(key, *carry, course, index, sequential, noise)

        size = windows_a_step(state.windows, self.num_steps)
        carry = (state.members, state.log_weights)
        (members, log_weights), notes = walk(key, state.step, size, state.windows, problem, carry, cycle)
        is_end = (state.step + 1) * size >= len(state.windows.first)
        info = Info(*notes, runs=self.num_members * (1 * (state.step == 0) + is_end), gradients=jnp.asarray(0))
        lost = state.lost | jnp.any(notes.failed == self.num_members)
        return State(state.step + 1, state.windows, members, log_weights, lost), info

    def done(self, state: State) -> bool:
        """After the last window, or where no particle runs any more."""
        size = windows_a_step(state.windows, self.num_steps)
        return bool(state.lost) or int(state.step) * size >= len(state.windows.first)

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The particles' parameters after the last window, drawn to equal weights.

        Raises:
            RunFailed: all particles failed on the way.
        """
        notes = by_window(trace)
        refuse_lost(notes, self.num_members)
        draws = state.members.Z[systematic(jnp.exp(state.log_weights), 0.5)]
        none = np.zeros(problem.n, dtype=bool)
        found = findings(notes, problem.names, none, self.num_members)
        return samples(draws, problem), (*found, *effective(notes, self.num_members))

    @property
    def _equal(self) -> Float[Array, "N"]:
        return jnp.full(self.num_members, -jnp.log(float(self.num_members)))

    def _cycle(
        self,
        key: PRNGKeyArray,
        members: Members,
        log_weights: Float[Array, "N"],
        course: Course,
        index: Int[Array, ""],
        sequential: Sequential,
        noise: Float[np.ndarray, "k"],
    ) -> tuple[tuple[Members, Float[Array, "N"]], Note]:
        """From one observation time to the next, and what the data do to the weights there."""
        noise_key, start_key, kernel_key = jr.split(key, 3)
        if np.any(noise > 0.0):
            days = sequential.scenario.dt * (course.windows.last[index] + 1 - course.windows.first[index])
            draws = jr.normal(noise_key, members.state.shape) * noise * jnp.sqrt(days)
            members = members._replace(state=members.state + draws)
        forecast = sequential.advance(members, course, index)
        density, chi_square = _densities(forecast, jnp.exp(log_weights), sequential, course, index)
        heavier = log_weights + density
        total = jax.scipy.special.logsumexp(heavier)
        known = jnp.isfinite(total)
        log_weights = jnp.where(known, heavier - jnp.where(known, total, 0.0), log_weights)
        weights = jnp.exp(log_weights)
        note = noted(sequential, forecast, forecast.members, weights, course, index, chi_square, total)
        X = jnp.concatenate(forecast.members, axis=1)

        def drawn_anew() -> tuple[Array, Array]:
            copied = systematic(weights, jr.uniform(start_key))
            new = smoothed(kernel_key, X, weights, copied, self.kernel) if self.kernel > 0.0 else X[copied]
            return new, self._equal

        few = note.effective <= self.resample_below * self.num_members
        X, log_weights = jax.lax.cond(few, drawn_anew, lambda: (X, log_weights))
        n, k = members.Z.shape[1], members.state.shape[1]
        return (Members(*jnp.split(X, [n, n + k], axis=1)), log_weights), note


def _densities(
    forecast: Forecast, weights: Float[Array, "N"], sequential: Sequential, course: Course, index: Int[Array, ""]
) -> tuple[Float[Array, "N"], Float[Array, ""]]:
    """Log density of a window's data under each particle, each with its own errors, and χ² of the ensemble's mean."""
    present = course.windows.datum[index] >= 0
    log_sd = sequential.log_sd(forecast.members.Z, course, index)
    misfit = jnp.where(present, course.y[index] - forecast.values, 0.0)
    terms = 0.5 * jnp.square(misfit * jnp.exp(-log_sd)) + log_sd + 0.5 * jnp.log(2.0 * jnp.pi)
    density = jnp.where(forecast.ok, -jnp.sum(jnp.where(present, terms, 0.0), axis=1), -jnp.inf)
    running = jnp.where(forecast.ok, weights, 0.0)
    running = running / jnp.maximum(jnp.sum(running), jnp.finfo(running.dtype).tiny)
    mean = running @ misfit
    expected = running @ (jnp.square(misfit - mean) + jnp.exp(2.0 * log_sd))
    return density, jnp.sum(jnp.where(present, jnp.square(mean) / jnp.where(expected > 0.0, expected, 1.0), 0.0))
