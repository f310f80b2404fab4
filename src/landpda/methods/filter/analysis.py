"""What data tell an ensemble: the mathematics that the ensemble Kalman filters share.

Letters: A (N, p) anomalies of the joint vector of parameters and state, S = (HX − mean)/(σ√(N − 1)) (N, M) those of the
predictions in units of the errors, d (M,) the innovation of the mean in the same units, C = SᵀS, P_HX = SᵀA/√(N − 1) (M, p)
the covariance of predictions and joint vector. The gain is P_HXᵀ(I + C)⁻¹. A datum that is not there has zeros in S and d.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from landpda.methods.filter.symmetric_eigen import symmetric_eigen


class Innovation(NamedTuple):
    """What the data say beside what the ensemble expected.

    Args:
        S: (N, M) anomalies of the predictions [σ √(N − 1)].
        d: (M,) data less the mean of the predictions [σ].
        cross: (M, p) covariance of predictions and joint vector.
        values: (M,) eigenvalues λ of C.
        vectors: (M, M) eigenvectors of C, as columns.
    """

    S: Float[Array, "N M"]
    d: Float[Array, "M"]
    cross: Float[Array, "M p"]
    values: Float[Array, "M"]
    vectors: Float[Array, "M M"]

    def solve(self, rows: Float[Array, "... M"]) -> Float[Array, "... M"]:
        """Rows times (I + C)⁻¹."""
        return ((rows @ self.vectors) / (1.0 + self.values)) @ self.vectors.T

    def solve_root(self, rows: Float[Array, "... M"]) -> Float[Array, "... M"]:
        """Rows times (I + C + (I + C)^½)⁻¹."""
        return ((rows @ self.vectors) / (1.0 + self.values + jnp.sqrt(1.0 + self.values))) @ self.vectors.T

    @property
    def chi_square(self) -> Float[Array, ""]:
        """dᵀ(I + C)⁻¹d: as large as the number of data, if ensemble and errors are right."""
        return jnp.sum(self.d * self.solve(self.d))

    @property
    def log_likelihood(self) -> Float[Array, ""]:
        """Log N(d; 0, I + C), without the units of the data and without 2π."""
        return -0.5 * (self.chi_square + jnp.sum(jnp.log1p(self.values)))


def innovation(
    X: Float[Array, "N p"],
    predicted: Float[Array, "N M"],
    y: Float[Array, "M"],
    log_sd: Float[Array, "M"],
    present: Bool[Array, "M"],
    localisation: float,
) -> Innovation:
    """The innovation, with covariances that noise could have made taken back.

    A correlation r of N members that are not related is about 1/√(N − 1). A covariance is multiplied by
    max(0, 1 − c²/((N − 1) r²)), the share of r² that is beyond c times that.

    Args:
        X: joint vectors.
        predicted: predictions.
        y: the data.
        log_sd: logarithms of their standard deviations.
        present: which of them are there.
        localisation: c; 0 takes nothing back.

    Source: [luo2020] for thresholds on correlations; the factor [breiman1995].
    """
    N = X.shape[0]
    scale = jnp.where(present, jnp.exp(-log_sd), 0.0)
    mean = jnp.mean(predicted, axis=0)
    A = X - jnp.mean(X, axis=0)
    S = (predicted - mean) * scale / jnp.sqrt(N - 1.0)
    cross = S.T @ A / jnp.sqrt(N - 1.0)
    C = S.T @ S
    if localisation > 0.0:
        variance = jnp.diagonal(C)[:, None] * jnp.sum(jnp.square(A), axis=0) / (N - 1.0)
        share = jnp.square(cross) / jnp.where(variance > 0.0, variance, 1.0)
        noise = localisation**2 / (N - 1.0)
        cross = cross * jnp.maximum(0.0, 1.0 - noise / jnp.where(share > 0.0, share, jnp.inf)) * (share > 0.0)
    return Innovation(S, (y - mean) * scale, cross, *symmetric_eigen(C))
