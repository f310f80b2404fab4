"""Random numbers that belong to a datum and not to its place, so that the order of the streams does not matter."""

from __future__ import annotations

import jax.random as jr
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray


def observation_order(whitened: Float[np.ndarray, "N m"]) -> Int[np.ndarray, "m"]:
    """The data from the lowest whitened misfit of the first member to the highest; ties go by the next members.

    Whitened misfits have neither units nor a place, so that this order is the same however the streams are arranged. Data
    that tie in all members are the same datum to an ensemble, and it is no matter which of them gets which number.
    """
    return np.lexsort(whitened[:3][::-1])


def unit_noise(key: PRNGKeyArray, order: Int[np.ndarray, "m"], num: int) -> Float[np.ndarray, "N m"]:
    """(num, m) standard normal numbers, one for each member and datum."""
    noise = np.empty((num, len(order)))
    noise[:, order] = np.asarray(jr.normal(key, (num, len(order))))
    return noise


def minibatch(key: PRNGKeyArray, order: Int[np.ndarray, "m"], share: float) -> Bool[np.ndarray, "m"]:
    """A random choice of a share of the data; all of them with a share of 0."""
    chosen = np.ones(len(order), dtype=bool)
    if 0.0 < share < 1.0:
        num = max(1, round(share * len(order)))
        chosen[order[np.asarray(jr.permutation(key, len(order)))[num:]]] = False
    return chosen
