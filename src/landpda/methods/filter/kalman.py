"""The cycle of an ensemble Kalman filter for state and parameters together; how data move the members is the filter's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.estimate import Samples
from landpda.core.types import Finding
from landpda.methods.filter import spread
from landpda.methods.filter.analysis import Innovation, innovation
from landpda.methods.filter.filter_findings import findings, held
from landpda.methods.filter.walk import (
    Info,
    Note,
    by_window,
    first_forecast,
    noise_sd,
    noted,
    refuse_lost,
    samples,
    walk,
    windows_a_step,
)
from landpda.problem.problem import AbstractProblem
from landpda.problem.sequential import Course, Forecast, Members, Sequential, Windows

LOG_TWO_PI = float(np.log(2.0 * np.pi))


class Tuning(NamedTuple):
    """How the spread of an ensemble is kept; 0 (1 for a factor) leaves each out.

    Args:
        process_noise: (k,) [free coordinate d^-½] of each state variable.
        state_inflation: [1] factor on the state's anomalies after each update.
        parameter_inflation: [1] factor on the parameters' anomalies after each update.
        relaxation: [1] share of the state's spread before an update that is given back after it.
        parameter_floor: [prior sd] smallest standard deviation of a parameter.
        kernel: [sd of the ensemble] width of the parameters' kernel.
        localisation: [noise of a correlation] below which a correlation counts as none.
    """

    process_noise: np.ndarray
    state_inflation: float
    parameter_inflation: float
    relaxation: float
    parameter_floor: float
    kernel: float
    localisation: float


class Filter(NamedTuple):
    """What makes one ensemble Kalman filter another than the next.

    Args:
        update: (key, innovation) → (N, p) what is added to the members.
        noise: (key, number of columns, members beside) → standard normal draws for the state.
        mix: (key, members) → members with the same mean and covariance.
    """

    update: Callable[[PRNGKeyArray, Innovation], Float[Array, "N p"]]
    noise: Callable[[PRNGKeyArray, int, Float[Array, "N p"]], Float[Array, "N k"]]
    mix: Callable[[PRNGKeyArray, Float[Array, "N p"]], Float[Array, "N p"]]


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: stretches of windows done.
        windows: all windows.
        members: the ensemble.
        lost: whether all members have failed.
    """

    step: Int[Array, ""]
    windows: Windows
    members: Members
    lost: Bool[Array, ""]


def begin(Z: Float[Array, "N n"], problem: AbstractProblem) -> State:
    """Members at the start, the unknowns of the errors at their prior medians.

    Raises:
        RunFailed: no member reaches the first data.
        NeedsError: a stream cannot be followed step by step.
    """
    sequential = problem.sequential
    windows = sequential.windows()
    members = sequential.begin(jnp.where(jnp.asarray(sequential.unknowns), 0.0, Z))
    first_forecast(problem, members, windows)
    return State(jnp.asarray(0), windows, members, jnp.asarray(False))


def stretch(
    key: PRNGKeyArray, state: State, problem: AbstractProblem, num_steps: int, of: Filter, tuning: Tuning
) -> tuple[State, Info]:
    """One stretch of windows.

    Args:
        key: of the stretch.
        state: before it.
        problem: the problem.
        num_steps: stretches into which the walk is cut.
        of: the filter.
        tuning: of the ensemble's spread.
    """
    sequential, num = problem.sequential, len(state.members.Z)

    def cycle(key: PRNGKeyArray, members: Members, course: Course, index: Array) -> tuple[Members, Note]:
        return _cycle(key, members, course, index, sequential, of, tuning)

    size = windows_a_step(state.windows, num_steps)
    members, notes = walk(key, state.step, size, state.windows, problem, state.members, cycle)
    # once on the way, and once more at the end, where each member's parameters are judged by a whole run
    is_end = state.step == steps(state, num_steps) - 1
    info = Info(*notes, runs=num * (1 * (state.step == 0) + is_end), gradients=jnp.asarray(0))
    return State(state.step + 1, state.windows, members, state.lost | jnp.any(notes.failed == num)), info


def steps(state: State, num_steps: int) -> int:
    """Stretches that hold a window."""
    return -(-len(state.windows.first) // windows_a_step(state.windows, num_steps))


def answer(state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem) -> tuple[Samples, tuple[Finding, ...]]:
    """The members' parameters after the last window, and what the walk says of itself.

    Raises:
        RunFailed: all members failed on the way.
    """
    noted, num, unknowns = by_window(trace), len(state.members.Z), problem.sequential.unknowns
    refuse_lost(noted, num)
    return samples(state.members.Z, problem), (*findings(noted, problem.names, unknowns, num), *held(problem.names, unknowns))


def tuned(
    method: str,
    problem: AbstractProblem,
    process_noise: float | tuple[float, ...],
    **rest: float,
) -> Tuning:
    """The settings of a filter for a problem.

    Raises:
        StudyError: the process noise is not for its state.
    """
    return Tuning(noise_sd(method, process_noise, problem.sequential.k), **rest)


def _cycle(
    key: PRNGKeyArray,
    members: Members,
    course: Course,
    index: Int[Array, ""],
    sequential: Sequential,
    of: Filter,
    tuning: Tuning,
) -> tuple[Members, Note]:
    """From one observation time to the next, and what the data do there."""
    keys = dict(zip(("kernel", "noise", "fill", "update", "mix"), jr.split(key, 5), strict=True))
    n, k = members.Z.shape[1], members.state.shape[1]
    if tuning.kernel > 0.0:
        members = members._replace(Z=spread.smoothed(keys["kernel"], members.Z, tuning.kernel))
    if np.any(tuning.process_noise > 0.0):
        days = sequential.scenario.dt * (course.windows.last[index] + 1 - course.windows.first[index])
        draws = of.noise(keys["noise"], k, jnp.concatenate(members, axis=1))
        members = members._replace(state=members.state + draws * tuning.process_noise * jnp.sqrt(days))
    forecast = sequential.advance(members, course, index)
    X = jnp.concatenate([*forecast.members, forecast.values], axis=1)
    X = spread.refilled(keys["fill"], X, forecast.ok)
    joint, predicted = jnp.split(X, [X.shape[1] - forecast.values.shape[1]], axis=1)
    present = course.windows.datum[index] >= 0
    log_sd = sequential.log_sd(joint[:1, :n], course, index)[0]
    seen = innovation(joint, predicted, course.y[index], log_sd, present, tuning.localisation)
    seen = seen._replace(cross=seen.cross.at[:, :n].set(jnp.where(sequential.unknowns, 0.0, seen.cross[:, :n])))
    updated = of.mix(keys["mix"], joint + of.update(keys["update"], seen))
    Z, state, memory = jnp.split(updated, [n, n + k], axis=1)
    state = spread.stretched(spread.relaxed(state, spread.sd(joint[:, n : n + k]), tuning.relaxation), tuning.state_inflation)
    Z = spread.at_least(spread.stretched(Z, tuning.parameter_inflation), tuning.parameter_floor)
    after = Members(Z, state, memory)
    log_likelihood = seen.log_likelihood - jnp.sum(log_sd + 0.5 * LOG_TWO_PI * present)
    return _unless_lost(after, members, forecast), noted(
        sequential, forecast, after, _equal(len(Z)), course, index, seen.chi_square, log_likelihood
    )


def _unless_lost(after: Members, before: Members, forecast: Forecast) -> Members:
    """Members as they were, where none of them ran."""
    return jax.tree.map(lambda new, old: jnp.where(jnp.any(forecast.ok), new, old), after, before)


def _equal(num: int) -> Float[Array, "N"]:
    return jnp.full(num, 1.0 / num)
