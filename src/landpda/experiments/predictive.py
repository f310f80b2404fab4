"""What the data would look like: predictions of an ensemble, with the parts of their spread kept apart."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.errors import RunFailed
from landpda.observations.stream import Stream
from landpda.problem.model_problem import Problem

QUANTILES = (0.05, 0.5, 0.95)
PARTS = ("parameters", "structural", "total")
NOISE_REPEATS = 5
"""Draws of the error per member: the intervals' ends settle with far fewer model runs than draws."""


class Predictive(NamedTuple):
    """Predictions of one stream.

    Args:
        model: (N, m) the model alone, one row a member.
        data: (N, m) the same with structural and observation error added: what a datum would read.
        quantiles: (part, quantile, m) of the parameters alone; with structural error; with observation error, too.
    """

    model: Float[np.ndarray, "N m"]
    data: Float[np.ndarray, "N m"]
    quantiles: Float[np.ndarray, "part quantile m"]


def predict(key: PRNGKeyArray, problem: Problem, Z: Float[Array, "N n"]) -> dict[str, Predictive]:
    """Predictive distribution of each measured stream of `problem` under the members Z.

    Members whose run failed are left out.

    Raises:
        RunFailed: all failed.
    """
    values, ok = problem.forward_ensemble(Z)
    if not bool(ok.any()):
        raise RunFailed(
            f"Predictions of {problem.model.name} were asked for.",
            f"All {len(Z)} runs failed.",
            "Look at the priors: landpda check.",
        )
    Z, values = Z[ok], values[ok]
    theta = problem.space.to_physical_block(Z)
    keys = jr.split(key, len(problem.streams))
    return {
        stream.name: _predictive(stream_key, stream, values[:, problem.slices[stream.name]], theta)
        for stream_key, stream in zip(keys, problem.streams, strict=True)
        if stream.measured
    }


def _predictive(key: PRNGKeyArray, stream: Stream, values: Float[Array, "N m"], theta: dict[str, Array]) -> Predictive:
    structural_key, total_key = jr.split(key)
    num = values.shape[0]

    def repeated(key: PRNGKeyArray, draw: object) -> Float[Array, "R N m"]:
        keys = jr.split(key, NOISE_REPEATS * num).reshape(NOISE_REPEATS, num)
        return values + jax.vmap(lambda row: jax.vmap(draw, in_axes=(0, -1))(row, theta))(keys)

    structural = repeated(structural_key, stream.error.sample_structural)
    total = repeated(total_key, stream.error.sample)
    quantiles = [_quantiles(sample.reshape(-1, stream.num)) for sample in (values, structural, total)]
    return Predictive(np.asarray(values), np.asarray(total[0]), np.stack(quantiles))


def _quantiles(sample: Float[Array, "N m"]) -> Float[np.ndarray, "quantile m"]:
    return np.asarray(jnp.quantile(sample, jnp.asarray(QUANTILES), axis=0))
