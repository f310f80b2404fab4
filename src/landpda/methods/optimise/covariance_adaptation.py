"""The normal distribution of the covariance matrix adaptation strategy, and how a generation changes it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Rates(NamedTuple):
    """What follows from n and the number of members: names as in the paper.

    Args:
        weights: (λ,) recombination weights, best member first; the positive ones sum to 1.
        mu_eff: effective number of parents μ_eff.
        c_sigma: of the path of the step length; d_sigma: its damping.
        d_sigma: see above.
        c_c: of the path of the covariance.
        c_1: of the rank-one update.
        c_mu: of the rank-μ update.
    """

    weights: Float[np.ndarray, "K"]
    mu_eff: float
    c_sigma: float
    d_sigma: float
    c_c: float
    c_1: float
    c_mu: float


def rates(n: int, num: int) -> Rates:
    """Source: [hansen2016] table 1 (eqs. 49–58)."""
    raw = np.log(0.5 * (num + 1)) - np.log(np.arange(1, num + 1))
    mu = num // 2
    mu_eff = float(raw[:mu].sum() ** 2 / np.sum(raw[:mu] ** 2))
    mu_eff_minus = float(raw[mu:].sum() ** 2 / np.sum(raw[mu:] ** 2))
    c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0)
    d_sigma = 1.0 + 2.0 * max(0.0, np.sqrt((mu_eff - 1.0) / (n + 1.0)) - 1.0) + c_sigma
    c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n)
    c_1 = 2.0 / ((n + 1.3) ** 2 + mu_eff)
    c_mu = min(1.0 - c_1, 2.0 * (0.25 + mu_eff + 1.0 / mu_eff - 2.0) / ((n + 2.0) ** 2 + mu_eff))
    least = min(1.0 + c_1 / c_mu, 1.0 + 2.0 * mu_eff_minus / (mu_eff + 2.0), (1.0 - c_1 - c_mu) / (n * c_mu))
    weights = np.where(raw >= 0.0, raw / raw[raw > 0].sum(), raw * least / -raw[raw < 0].sum())
    return Rates(weights, mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu)


class Normal(NamedTuple):
    """The distribution that members are drawn from: N(mean, σ² C).

    Args:
        mean: (n,) m.
        sigma: σ.
        covariance: (n, n) C.
        path_sigma: (n,) p_σ.
        path: (n,) p_c.
    """

    mean: Float[np.ndarray, "n"]
    sigma: Float[np.ndarray, ""]
    covariance: Float[np.ndarray, "n n"]
    path_sigma: Float[np.ndarray, "n"]
    path: Float[np.ndarray, "n"]


class Axes(NamedTuple):
    """C = B D² Bᵀ."""

    vectors: Float[np.ndarray, "n n"]
    lengths: Float[np.ndarray, "n"]

    @classmethod
    def of(cls, normal: Normal) -> Axes:
        """By eigenvectors; an eigenvalue that rounding made negative is zero."""
        values, vectors = np.linalg.eigh(normal.covariance)
        return cls(vectors, np.sqrt(np.maximum(values, np.finfo(float).tiny)))

    def stretched(self, draws: Float[np.ndarray, "K n"]) -> Float[np.ndarray, "K n"]:
        """C^½ of standard normal rows."""
        return (draws * self.lengths) @ self.vectors.T

    def whitened(self, rows: Float[np.ndarray, "K n"]) -> Float[np.ndarray, "K n"]:
        """C^-½ of rows."""
        return ((rows @ self.vectors) / self.lengths) @ self.vectors.T


def updated(normal: Normal, axes: Axes, steps: Float[np.ndarray, "K n"], generation: int) -> Normal:
    """The distribution after one generation.

    Args:
        normal: before it.
        axes: of its covariance.
        steps: y = (x − m)/σ of the members that ran, the best first.
        generation: how many went before.

    Source: [hansen2016] figure 6 (eqs. 41–47).
    """
    n = len(normal.mean)
    rate = rates(n, len(steps))
    best = rate.weights > 0.0
    y = rate.weights[best] @ steps[best]
    mean = normal.mean + normal.sigma * y
    c_sigma = rate.c_sigma
    path_sigma = (1.0 - c_sigma) * normal.path_sigma
    path_sigma += np.sqrt(c_sigma * (2.0 - c_sigma) * rate.mu_eff) * axes.whitened(y[None])[0]
    expected = np.sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n**2))
    length = np.linalg.norm(path_sigma)
    sigma = normal.sigma * np.exp(min(1.0, c_sigma / rate.d_sigma * (length / expected - 1.0)))
    settled = length / np.sqrt(1.0 - (1.0 - c_sigma) ** (2 * (generation + 1))) < (1.4 + 2.0 / (n + 1.0)) * expected
    path = (1.0 - rate.c_c) * normal.path + settled * np.sqrt(rate.c_c * (2.0 - rate.c_c) * rate.mu_eff) * y
    lost = (1.0 - settled) * rate.c_c * (2.0 - rate.c_c)
    sizes = np.sum(axes.whitened(steps) ** 2, axis=1)
    weights = rate.weights * np.where(best, 1.0, n / np.maximum(sizes, np.finfo(float).tiny))
    covariance = (1.0 + rate.c_1 * lost - rate.c_1 - rate.c_mu * rate.weights.sum()) * normal.covariance
    covariance += rate.c_1 * np.outer(path, path) + rate.c_mu * (steps.T * weights) @ steps
    return Normal(mean, np.asarray(sigma), 0.5 * (covariance + covariance.T), path_sigma, path)


def folded(Z: Float[np.ndarray, "K n"], bounds: tuple[np.ndarray, np.ndarray]) -> Float[np.ndarray, "K n"]:
    """Rows mirrored at the bounds until they are within, so that the strategy itself may search without bounds."""
    low, high = bounds
    closed = np.isfinite(low) & np.isfinite(high)
    width = np.where(closed, np.where(closed, high, 1.0) - np.where(closed, low, 0.0), 1.0)
    start = np.where(closed, low, 0.0)
    turns = np.mod(Z - start, 2.0 * width)
    mirrored = start + np.where(turns > width, 2.0 * width - turns, turns)
    one_sided = np.where(Z < low, 2.0 * np.where(np.isfinite(low), low, 0.0) - Z, Z)
    one_sided = np.where(Z > high, 2.0 * np.where(np.isfinite(high), high, 0.0) - Z, one_sided)
    return np.where(closed, mirrored, one_sided)
