"""A walk through the data in the order of time: what all filters do alike, and what they note of each window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.errors import RunFailed, StudyError
from landpda.core.estimate import Samples
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem
from landpda.problem.sequential import Course, Forecast, Members, Sequential, Windows

BAND = (0.05, 0.95)
"""Ends of the band of the parameters over time."""


class Note(NamedTuple):
    """What a filter notes of a window; numbers that are not there, after the last window, are NaN or 0.

    Args:
        day: [days since 1970-01-01] start of the window's last step.
        num_data: data that became available.
        chi_square: of the innovation, as large as `num_data` if ensemble and errors are right.
        log_likelihood: of the data, given all before them.
        effective: members that count.
        failed: members whose run failed.
        mean: (n,) of the control vector.
        sd: (n,) of the control vector.
        parameter_mean: (n,) mean of the parameters in their own units.
        parameter_low: (n,) their 5 % quantiles.
        parameter_high: (n,) their 95 % quantiles.
        state_mean: (k,) mean of the state variables in their own units.
        state_sd: (k,) their standard deviations.
    """

    day: Float[Array, ""]
    num_data: Int[Array, ""]
    chi_square: Float[Array, ""]
    log_likelihood: Float[Array, ""]
    effective: Float[Array, ""]
    failed: Int[Array, ""]
    mean: Float[Array, "n"]
    sd: Float[Array, "n"]
    parameter_mean: Float[Array, "n"]
    parameter_low: Float[Array, "n"]
    parameter_high: Float[Array, "n"]
    state_mean: Float[Array, "k"]
    state_sd: Float[Array, "k"]


class Info(NamedTuple):
    """What a reader wants to see of a step, which is a stretch of w windows.

    Args:
        window: of each window; the fields of `Note`.
        runs: model runs.
        gradients: none.
    """

    day: Float[Array, "w"]
    num_data: Int[Array, "w"]
    chi_square: Float[Array, "w"]
    log_likelihood: Float[Array, "w"]
    effective: Float[Array, "w"]
    failed: Int[Array, "w"]
    mean: Float[Array, "w n"]
    sd: Float[Array, "w n"]
    parameter_mean: Float[Array, "w n"]
    parameter_low: Float[Array, "w n"]
    parameter_high: Float[Array, "w n"]
    state_mean: Float[Array, "w k"]
    state_sd: Float[Array, "w k"]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


Cycle = Callable[[PRNGKeyArray, Any, Course, Array], tuple[Any, Note]]
"""(key, ensemble, course, window) → the ensemble after the window's data, and the note of it."""


def check_settings(method: Method, numbers: tuple[str, ...], sizes: tuple[str, ...], shares: tuple[str, ...]) -> None:
    """Refuse settings that cannot be run.

    Args:
        method: whose settings.
        numbers: settings that are numbers of things, 1 or more.
        sizes: settings that are 0 or more.
        shares: settings from 0 to 1.

    Raises:
        StudyError: one is not.
    """
    for name in numbers:
        value = getattr(method, name)
        if value < 1:
            raise StudyError(f"{method.name} was given {name}: {value}.", "It must be at least 1.", "Give 1 or more.")
    for name in (*sizes, *shares):
        values = np.atleast_1d(getattr(method, name))
        if not np.all((values >= 0.0) & np.isfinite(values)):
            raise StudyError(f"{method.name} was given {name}: {getattr(method, name)}.", "It is a size.", "Give 0 or more.")
        if name in shares and np.any(values > 1.0):
            raise StudyError(f"{method.name} was given {name}: {getattr(method, name)}.", "It is a share.", "Give 0 to 1.")


def noise_sd(method: str, process_noise: float | tuple[float, ...], k: int) -> Float[np.ndarray, "k"]:
    """[free coordinate d^-½] of each state variable.

    Raises:
        StudyError: neither one number for all nor one for each.
    """
    values = np.atleast_1d(np.asarray(process_noise, dtype=float))
    if len(values) not in (1, k):
        raise StudyError(
            f"{method} was given {len(values)} numbers for process_noise.",
            f"The model has {k} state variables.",
            "Give one number for all, or one for each.",
        )
    return np.broadcast_to(values, (k,))


def first_forecast(problem: AbstractProblem, members: Members, windows: Windows) -> None:
    """Walk the first window, to see that there is a member that can.

    Raises:
        RunFailed: there is none.
    """
    sequential = problem.sequential
    forecast = sequential.advance(members, sequential.course(windows), jnp.asarray(0))
    if not bool(jnp.any(forecast.ok)):
        raise RunFailed(
            f"{len(forecast.ok)} members were to start.",
            "The model gave no usable answer for any of them up to the first data.",
            "Check the priors with a prior run (landpda check), or narrow them.",
        )


def windows_a_step(windows: Windows, num_steps: int) -> int:
    """Windows in each of the stretches into which a walk is cut."""
    return -(-len(windows.first) // num_steps)


def walk(
    key: PRNGKeyArray, step: Int[Array, ""], size: int, windows: Windows, problem: AbstractProblem, carry: Any, cycle: Cycle
) -> tuple[Any, Note]:
    """The ensemble after one stretch of windows, and the notes of it.

    Args:
        key: of the stretch.
        step: its number.
        size: windows in it.
        windows: all of them.
        problem: whose they are.
        carry: ensemble at the start.
        cycle: what is done at each.
    """
    course = problem.sequential.course(windows)
    number = len(windows.first)

    def one(carry: Any, index: Array) -> tuple[Any, Note]:
        inside = index < number
        after, note = cycle(jr.fold_in(key, index), carry, course, jnp.minimum(index, number - 1))
        blank = jax.tree.map(lambda x: jnp.full_like(x, jnp.nan if jnp.issubdtype(x.dtype, jnp.floating) else 0), note)
        keep = lambda new, old: jnp.where(inside, new, old)  # noqa: E731
        return jax.tree.map(keep, after, carry), jax.tree.map(keep, note, blank)

    indices = step * size + jnp.arange(size)
    if problem.traceable:
        return jax.lax.scan(one, carry, indices)
    notes = []
    for index in indices:
        carry, note = one(carry, index)
        notes.append(note)
    return carry, jax.tree.map(lambda *values: jnp.stack(values), *notes)


def noted(
    sequential: Sequential,
    forecast: Forecast,
    members: Members,
    weights: Float[Array, "N"],
    course: Course,
    index: Int[Array, ""],
    chi_square: Float[Array, ""],
    log_likelihood: Float[Array, ""],
) -> Note:
    """The note of a window.

    Args:
        sequential: the problem.
        forecast: before the data.
        members: after them.
        weights: (N,) of the members after them; they sum to one.
        course: of the walk.
        index: of the window.
        chi_square: of the innovation.
        log_likelihood: of the data.
    """
    values = jax.vmap(sequential.space.values)(members.Z)
    state = jnp.stack(list(sequential.from_free(members.state).values()), axis=1)
    low, high = weighted_quantiles(values, weights, BAND)
    scenario = sequential.scenario
    return Note(
        day=scenario.start + scenario.dt * course.windows.last[index],
        num_data=jnp.sum(course.windows.datum[index] >= 0),
        chi_square=chi_square,
        log_likelihood=log_likelihood,
        effective=1.0 / jnp.sum(jnp.square(weights)),
        failed=jnp.sum(~forecast.ok),
        mean=weights @ members.Z,
        sd=weighted_sd(members.Z, weights),
        parameter_mean=weights @ values,
        parameter_low=low,
        parameter_high=high,
        state_mean=weights @ state,
        state_sd=weighted_sd(state, weights),
    )


def weighted_sd(X: Float[Array, "N p"], weights: Float[Array, "N"]) -> Float[Array, "p"]:
    """Standard deviation of each column; with equal weights the one that divides by N − 1."""
    left = 1.0 - jnp.sum(jnp.square(weights))
    return jnp.sqrt(weights @ jnp.square(X - weights @ X) / jnp.where(left > 0.0, left, 1.0))


def weighted_quantiles(
    X: Float[Array, "N p"], weights: Float[Array, "N"], shares: tuple[float, ...]
) -> tuple[Float[Array, "p"], ...]:
    """Quantiles of each column: the first member at which the weight of all up to it reaches the share."""
    order = jnp.argsort(X, axis=0)
    reached = jnp.cumsum(weights[order], axis=0)
    rows = [jnp.sum(reached < share * reached[-1] - 1e-12, axis=0, keepdims=True) for share in shares]
    ordered = jnp.take_along_axis(X, order, axis=0)
    return tuple(jnp.take_along_axis(ordered, row, axis=0)[0] for row in rows)


def by_window(trace: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The trace window by window: stretches laid end to end, what stands after the last window cut off."""
    flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in trace.items() if name not in ("runs", "gradients")}
    there = np.isfinite(flat["day"])
    return {name: values[there] for name, values in flat.items()}


def refuse_lost(noted: Mapping[str, np.ndarray], num_members: int) -> None:
    """Refuse an answer of a walk on which all members failed at once.

    Raises:
        RunFailed: they did.
    """
    lost = np.flatnonzero(noted["failed"] >= num_members)
    if len(lost):
        day = np.datetime64("1970-01-01", "D") + int(noted["day"][lost[0]])
        raise RunFailed(
            f"{num_members} members were to go on to {day}.",
            "The model gave no usable answer for any of them.",
            "Narrow the priors, or lower process_noise and the inflation.",
        )


def samples(members: Float[Array, "N n"], problem: AbstractProblem) -> Samples:
    """Members of equal weight, each with the density that its parameters have as those of one whole run."""
    return Samples(members[None], problem.log_density_ensemble(members)[None])
