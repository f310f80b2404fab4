"""Weighted draws: how many they are worth, whether their weights can be trusted, and equal ones in their place."""

from __future__ import annotations

import math

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float, Int, PRNGKeyArray

from landpda.core.types import Finding

TRUSTED = 0.7
"""k̂ beyond which averages of weighted draws converge too slowly for any practical number of draws [vehtari2024]."""
COMFORTABLE = 0.5
"""k̂ up to which the weights have a finite variance [vehtari2024]."""
ALIKE = 1e-6
"""Range of the logarithms of the largest weights below which they are one number and have no tail."""
FEWEST = 25
"""Draws with a weight below which the tail, a fifth of them, is too short to have a shape."""
ENOUGH = 400
"""Effective draws from which quantiles of a marginal settle [vehtari2021]."""
HALVINGS = 60
"""Bisections after which an exponent is known to the last bit."""


def normalised(log_weights: ArrayLike) -> Float[np.ndarray, "N"]:
    """(N,) weights that sum to one; a draw whose run failed (−∞) has none."""
    log_weights = np.asarray(log_weights, dtype=float)
    weights = np.exp(log_weights - np.max(log_weights))
    return weights / np.sum(weights)


def log_mean(log_weights: ArrayLike) -> float:
    """Logarithm of the mean weight.

    >>> round(log_mean([0.0, -np.inf]), 6)
    -0.693147
    """
    log_weights = np.asarray(log_weights, dtype=float)
    highest = np.max(log_weights)
    return float(highest + np.log(np.mean(np.exp(log_weights - highest))))


def effective_size(log_weights: ArrayLike) -> float:
    """Equal draws that weighted ones are worth: (Σw)² / Σw² [kong1994].

    >>> round(effective_size([0.0, 0.0, -np.inf]), 6)
    2.0
    """
    weights = normalised(log_weights)
    return float(1.0 / np.sum(np.square(weights)))


def flattening(log_weights: ArrayLike, wanted: float) -> float:
    """Largest exponent τ ≤ 1 for which the weights w^τ are worth `wanted` draws or more, by bisection.

    Draws without a weight stay without; where fewer than `wanted` have one, τ is as small as bisection makes it.
    """
    log_weights = np.asarray(log_weights, dtype=float)
    held = log_weights[log_weights > -np.inf]
    if effective_size(held) >= wanted:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective_size(middle * held) >= wanted else (low, middle)
    return low if low > 0.0 else high


def systematic(key: PRNGKeyArray, weights: Float[np.ndarray, "N"], num: int) -> Int[np.ndarray, "D"]:
    """(num,) draws of equal weight, each number as often as its weight says to within one.

    Source: [kitagawa1996], there stratified by one random number.
    """
    places = (np.arange(num) + float(jr.uniform(key))) / num
    picked = np.searchsorted(np.cumsum(weights), places)
    # rounding may leave the last place above the sum
    return np.minimum(picked, np.max(np.flatnonzero(weights)))


def pareto_smoothed(log_weights: ArrayLike) -> tuple[Float[np.ndarray, "N"], float]:
    """Weights whose largest are replaced by quantiles of the Pareto distribution fitted to them, and its shape k̂.

    Below 0.5 the weights have a variance, above 0.7 they are not to be trusted; infinite where too few draws have a weight.

    Source: [vehtari2024].
    """
    # loaded late: it takes longer to import than many a run
    from arviz_stats.base.array import array_stats

    log_weights = np.asarray(log_weights, dtype=float)
    held = log_weights > -np.inf
    if np.sum(held) < FEWEST:
        return log_weights, math.inf
    highest = np.max(log_weights)
    length = int(min(0.2 * np.sum(held), 3.0 * math.sqrt(np.sum(held))))
    if np.ptp(np.sort(log_weights[held])[-length:]) < ALIKE:
        return log_weights, -math.inf
    with np.errstate(all="ignore"):
        smooth, shape = array_stats.psislw(highest - log_weights[held])
    if np.isnan(shape) or np.any(np.isnan(smooth)):
        # one draw has all the weight that a float can tell
        return log_weights, math.inf
    smoothed = np.full(len(log_weights), -np.inf)
    smoothed[held] = np.asarray(smooth)
    return smoothed, float(shape)


def weight_findings(shape: float, effective: float, num: int, proposal: str) -> tuple[Finding, ...]:
    """What k̂ and the effective size say of weighted draws.

    Args:
        shape: k̂.
        effective: effective size.
        num: draws.
        proposal: what the draws were made from, in words.
    """
    worth = f"{num} draws from {proposal} are worth {effective:.0f} of the posterior, and the Pareto shape of their weights is"
    if not shape <= TRUSTED:
        sentence = (
            f"The weights cannot be trusted: {worth} {shape:.2f} (above {TRUSTED}). A few draws carry the answer, and where"
            " the posterior is, few draws are. Do not use these intervals; use a sampler of chains, or a better proposal."
        )
        return (Finding("serious", "weights", sentence),)
    if shape > COMFORTABLE or effective < ENOUGH:
        sentence = f"The weights are uneven: {worth} {shape:.2f} ({COMFORTABLE} is comfortable). More draws help."
        return (Finding("warning", "weights", sentence),)
    return (Finding("good", "weights", f"The weights are sound: {worth} {shape:.2f}."),)


def moments(z: ArrayLike, weights: ArrayLike) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n n"]]:
    """Mean and covariance of weighted draws."""
    z, weights = np.asarray(z), np.asarray(weights)
    mean = weights @ z
    centred = z - mean
    return mean, (weights[:, None] * centred).T @ centred


def root_of(covariance: Float[np.ndarray, "n n"], ridge: float = 1e-9) -> Float[np.ndarray, "n n"]:
    """Lower triangular L with L Lᵀ the covariance, on the host; `ridge` is the share added to each variance."""
    variance = np.diag(covariance)
    return np.linalg.cholesky(covariance + np.diag(ridge * variance + np.sqrt(np.finfo(float).tiny)))


def data_constant(num_data: int) -> float:
    """−½ m log 2π: what a density of m data has and the cost J leaves out."""
    return -0.5 * num_data * math.log(2.0 * math.pi)


def equal_draws(
    key: PRNGKeyArray, z: Float[np.ndarray, "N n"], log_density: ArrayLike, log_weights: ArrayLike, num: int
) -> tuple[jnp.ndarray, jnp.ndarray]:
    """One chain (1, num, n) of draws of equal weight in random order, and their log densities (1, num)."""
    pick_key, order_key = jr.split(key)
    shuffle_key, order_key = jr.split(order_key)
    # shuffled first: draws that come from several distributions in turn would beat with the regular steps of the picking
    shuffled = np.asarray(jr.permutation(shuffle_key, len(z)))
    picked = shuffled[systematic(pick_key, normalised(log_weights)[shuffled], num)]
    picked = picked[np.asarray(jr.permutation(order_key, num))]
    return jnp.asarray(np.asarray(z)[picked])[None], jnp.asarray(np.asarray(log_density)[picked])[None]
