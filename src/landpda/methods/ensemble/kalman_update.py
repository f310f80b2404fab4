"""The Kalman update of an ensemble, for whitened misfits: observation zero, unit noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from landpda.methods.ensemble.tapering import tapered

ROUNDING = 1e-15
"""[1] share of the largest eigenvalue below which one is rounding."""

FLAT = 1e-10
"""[1] share of the largest singular value of the anomalies below which a direction is none."""


class Gains(NamedTuple):
    """The gains of an ensemble.

    Args:
        mean: (n, m) K, which moves the mean and perturbed members.
        spread: (n, m) K̃, which shrinks the anomalies without noise.
    """

    mean: Float[np.ndarray, "n m"]
    spread: Float[np.ndarray, "n m"]


def anomalies(rows: Float[np.ndarray, "N k"], ok: Bool[np.ndarray, "N"]) -> Float[np.ndarray, "N k"]:
    """Departures from the mean of the members that ran, over √(N−1); zero rows for the others."""
    return np.where(ok[:, None], rows - rows[ok].mean(axis=0), 0.0) / np.sqrt(ok.sum() - 1.0)


def gains(A: Float[np.ndarray, "N n"], Y: Float[np.ndarray, "N m"], localisation: float = 0.0) -> Gains:
    """Gains from scaled anomalies of parameters and of whitened predictions.

        K = Aᵀ V (1 + s²)⁻¹ Vᵀ Y,   K̃ = Aᵀ V (√(1 + s²) (1 + √(1 + s²)))⁻¹ Vᵀ Y,   Y Yᵀ = V s² Vᵀ

    K = Aᵀ(I + YYᵀ)⁻¹Y is the Kalman gain, and A − Y K̃ᵀ = (I + YYᵀ)^-½ A its symmetric square root, written as a gain. What is
    solved has the size of the ensemble or of the data, whichever is smaller.

    Args:
        A: anomalies of the control vectors.
        Y: anomalies of the whitened misfits.
        localisation: [1] correlations of about this size are taken for chance; 0 takes all as they are.

    Source: [bishop2001].
    """
    components = principal(Y)
    root = np.sqrt(1.0 + components.size**2)
    weights = A.T @ components.members
    if localisation > 0.0:
        weights = weights * tapered(weights, np.sum(A * A, axis=0), localisation)
    return Gains((weights / root**2) @ components.data, (weights / (root * (1.0 + root))) @ components.data)


class Principal(NamedTuple):
    """Principal components of the observed anomalies: combinations of data that vary together, independent of one another.

    Args:
        members: (N, K) V, each component's pattern over the members, of unit length.
        size: (K,) s, its standard deviation in units of the noise.
        data: (K, m) VᵀY.
    """

    members: Float[np.ndarray, "N K"]
    size: Float[np.ndarray, "K"]
    data: Float[np.ndarray, "K m"]


def principal(Y: Float[np.ndarray, "N m"]) -> Principal:
    """The components that are larger than rounding."""
    wide = len(Y) <= Y.shape[1]
    values, vectors = np.linalg.eigh(Y @ Y.T if wide else Y.T @ Y)
    kept = values > ROUNDING * max(float(values[-1]), np.finfo(float).tiny)
    size, vectors = np.sqrt(values[kept]), vectors[:, kept]
    members = vectors if wide else Y @ vectors / size
    return Principal(members, size, members.T @ Y)


def linear_part(A: Float[np.ndarray, "N n"], Y: Float[np.ndarray, "N m"]) -> Float[np.ndarray, "N m"]:
    """What of the predictions' anomalies is linear in the parameters: their regression on them.

    With more members than parameters the rest is the model's curvature, which no weights on the members can stand for. With
    fewer there is no rest.

    Source: [evensen2019].
    """
    left, size, _ = np.linalg.svd(A, full_matrices=False)
    left = left[:, size > FLAT * max(float(size[0]), np.finfo(float).tiny)]
    return left @ (left.T @ Y)


def perturbed(
    Z: Float[np.ndarray, "N n"],
    e: Float[np.ndarray, "N m"],
    ok: Bool[np.ndarray, "N"],
    noise: Float[np.ndarray, "N m"],
    localisation: float = 0.0,
) -> Float[np.ndarray, "N n"]:
    """Each member moved towards data of its own, which are perturbed by their error.

        z_j ← z_j − K (e_j + ε_j),  ε_j ~ N(0, I)

    The perturbations' mean is taken out, so that the mean moves as the data say.

    Source: [emerick2013], whitened.
    """
    K = gains(anomalies(Z, ok), anomalies(e, ok), localisation).mean
    return Z - (e + noise - noise[ok].mean(axis=0)) @ K.T


def transformed(
    Z: Float[np.ndarray, "N n"], e: Float[np.ndarray, "N m"], ok: Bool[np.ndarray, "N"], localisation: float = 0.0
) -> Float[np.ndarray, "N n"]:
    """The mean moved, and the anomalies shrunk to what the posterior covariance asks, without noise.

        z̄ ← z̄ − K ē,   A ← A − Y K̃ᵀ = (I + YYᵀ)^-½ A

    Source: [bishop2001].
    """
    both = gains(anomalies(Z, ok), anomalies(e, ok), localisation)
    mean, misfit = Z[ok].mean(axis=0), e[ok].mean(axis=0)
    return mean - both.mean @ misfit + (Z - mean) - (e - misfit) @ both.spread.T
