"""Fixed standard-normal draws whose moments are exact, through which an expectation becomes an ordinary function."""

from __future__ import annotations

import jax.random as jr
import numpy as np
from jaxtyping import Bool, Float, PRNGKeyArray
from scipy.special import ndtri
from scipy.stats import qmc

SPARE = 2.0
"""Draws that ran, per moment that their weights are to keep; with fewer, only the mean is kept."""


def base_draws(key: PRNGKeyArray, num: int, n: int) -> Float[np.ndarray, "S n"]:
    """(num, n) draws e with Σe = 0 and Σeeᵀ/num = I, so that the mean of any parabola over μ + Le is exact.

    Scrambled Sobol points, each with its mirror image, turned and stretched until their second moments are exact.

    Args:
        key: of the scrambling.
        num: even, 2n or more.
        n: length.
    """
    seed = int(jr.randint(key, (), 0, 2**31 - 1))
    power = int(np.ceil(np.log2(num // 2)))
    # `seed` is called `rng` in newer releases, which take both
    sequence = qmc.Sobol(n, seed=np.random.default_rng(seed))  # pyright: ignore[reportCallIssue]
    points = sequence.random_base2(power)[: num // 2]
    half = ndtri(np.clip(points, 1e-12, 1.0 - 1e-12))
    root = np.linalg.cholesky(half.T @ half / len(half))
    half = np.linalg.solve(root, half.T).T
    return np.concatenate([half, -half])


def shared_weights(ok: Bool[np.ndarray, "S"], base: Float[np.ndarray, "S n"]) -> Float[np.ndarray, "S"]:
    """(S,) weights of the draws that ran, which together have the moments that all would have had.

    Without those that failed, a plain mean would lean to the side where runs do not fail, and would jump whenever another one
    does. The weights nearest to equal ones that keep the mean and the second moments do neither where the cost is a parabola.
    """
    if np.all(ok):
        return np.full(len(ok), 1.0 / len(ok))
    kept = base[ok]
    n = base.shape[1]
    rows, columns = np.triu_indices(n)
    ones = np.ones((len(kept), 1))
    candidates = (
        (np.hstack([ones, kept, kept[:, rows] * kept[:, columns]]), np.r_[1.0, np.zeros(n), rows == columns]),
        (np.hstack([ones, kept, kept**2]), np.r_[1.0, np.zeros(n), np.ones(n)]),
        (np.hstack([ones, kept]), np.r_[1.0, np.zeros(n)]),
        (ones, np.ones(1)),
    )
    features, wanted = next(pair for pair in candidates if SPARE * pair[0].shape[1] <= len(kept) or pair[0] is ones)
    equal = np.full(len(kept), 1.0 / len(kept))
    correction = np.linalg.lstsq(features.T, wanted - features.T @ equal, rcond=None)[0]
    weights = np.zeros(len(ok))
    weights[ok] = equal + correction
    return weights
