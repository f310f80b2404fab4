"""Twin experiments: data that the model itself makes, so that the truth is known and recovery can be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.errors import StudyError, nearest
from landpda.experiments.posing import Posed
from landpda.experiments.study import TwinPlan
from landpda.observations.stream import Stream
from landpda.problem.model_problem import Problem

CANDIDATES = 16384
"""Prior draws among which a truth is looked for: constraints leave about one in a thousand, and a draw costs microseconds."""

TRIES = 16
"""Likeliest candidates that are run in full before giving up."""


class Twin(NamedTuple):
    """A posed problem whose data were made by the model.

    Args:
        posed: the problem, with made-up data in place of the real.
        truth: (n,) control vector that made them.
    """

    posed: Posed
    truth: Float[Array, "n"]


def twin(key: PRNGKeyArray, posed: Posed, plan: TwinPlan) -> Twin:
    """The same problem with data made by the model at a known truth, on the same days and with the same errors.

    Args:
        key: draws truth, noise and which data are kept.
        posed: the problem whose days and errors are used.
        plan: truth, share of data, noise.

    Raises:
        StudyError: a truth names no parameter, or lies outside its prior; or no draw runs.
    """
    truth_key, noise_key, keep_key = jr.split(key, 3)
    truth = _truth(truth_key, posed.whole, plan.truth)
    values = posed.whole.forward(truth)
    theta = posed.whole.space.to_physical(truth)
    noise_keys = jr.split(noise_key, len(posed.whole.streams))
    keep_keys = jr.split(keep_key, len(posed.whole.streams))
    whole, fitted, masks = [], [], {}
    for index, stream in enumerate(posed.whole.streams):
        short = posed.problem.streams[index]
        if not stream.measured:
            whole.append(stream)
            fitted.append(short)
            continue
        noise = plan.noise * stream.error.sample(noise_keys[index], theta)
        made = np.asarray(values[posed.whole.slices[stream.name]] + noise)
        in_fit = posed.fitted[stream.name]
        whole.append(_with_values(stream, made))
        kept = _kept(keep_keys[index], short.num, plan.keep, stream.name)
        fitted.append(subset(_with_values(short, made[in_fit]), kept))
        mask = in_fit.copy()
        mask[np.flatnonzero(in_fit)[~kept]] = False
        masks[stream.name] = mask
    return Twin(
        Posed(
            problem=_with_streams(posed.problem, tuple(fitted)),
            whole=_with_streams(posed.whole, tuple(whole)),
            fitted=masks,
        ),
        truth,
    )


def subset(stream: Stream, keep: np.ndarray) -> Stream:
    """The data of a stream for which `keep` (m,) is true, with operator and error cut to match.

    Every array of a stream whose first axis has the length m belongs to its data, one entry each.
    """
    num = stream.num

    def cut(leaf: object) -> object:
        shape = np.shape(leaf)
        return leaf[keep] if len(shape) > 0 and shape[0] == num else leaf  # type: ignore[index]

    shorter = jax.tree.map(cut, stream)
    return eqx.tree_at(lambda s: s.error.num, shorter, int(keep.sum()))


def _truth(key: PRNGKeyArray, problem: Problem, given: Mapping[str, float]) -> Float[Array, "n"]:
    """(n,) a draw from the prior times the model's soft constraints, with the given values put in.

    Drawn by importance resampling of prior draws, so that the truth comes from the very distribution that the posterior
    starts from and intervals can be expected to hold it as often as they say.
    """
    draw_key, pick_key = jr.split(key)
    Z = _with_given(problem, problem.initial_ensemble(draw_key, CANDIDATES), given)
    weight = _constraint_log_density(problem, Z)
    for index in np.argsort(-np.asarray(weight + jr.gumbel(pick_key, weight.shape)))[:TRIES]:
        if bool(problem.forward_ensemble(Z[index][None]).ok[0]):
            return Z[index]
    raise StudyError("A truth was to be drawn from the prior.", f"None of {TRIES} draws runs.", "Narrow the priors.")


def _with_given(problem: Problem, Z: Float[Array, "N n"], given: Mapping[str, float]) -> Float[Array, "N n"]:
    names = list(problem.names)
    if not given:
        return Z
    values = jax.vmap(problem.space.values)(Z)
    for name, value in given.items():
        if name not in names:
            raise StudyError(f"The truth of {name!r} was given.", "It is not among the parameters.", nearest(name, names))
        values = values.at[:, names.index(name)].set(value)
    Z = jax.vmap(problem.space.from_values)(values)
    if bool(jnp.isnan(Z).any()):
        bad = names[int(jnp.argmax(jnp.isnan(Z).any(axis=0)))]
        raise StudyError(
            f"The truth of {bad!r} was given.", "It lies outside its prior.", "Widen the prior or change the truth."
        )
    return Z


def _constraint_log_density(problem: Problem, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
    """(N,) log density of the constraint streams alone; −∞ where the run failed, 0 where there are none."""
    constraints = tuple(stream for stream in problem.streams if not stream.measured)
    if not constraints:
        return jnp.zeros(len(Z))
    density = _with_streams(problem, constraints).log_density_ensemble(Z)
    return density - jax.vmap(problem.space.log_prior)(Z)


def _kept(key: PRNGKeyArray, num: int, share: float, name: str) -> np.ndarray:
    keep = np.asarray(jr.uniform(key, (num,)) < share)
    if not keep.any():
        raise StudyError(f"A share {share} of stream {name!r} was to be kept.", "That leaves no datum.", "Keep more.")
    return keep


def _with_values(stream: Stream, values: np.ndarray) -> Stream:
    return eqx.tree_at(lambda s: s.values, stream, values)


def _with_streams(problem: Problem, streams: tuple[Stream, ...]) -> Problem:
    return eqx.tree_at(lambda p: p.streams, problem, streams)
