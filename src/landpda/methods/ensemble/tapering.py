"""Localisation without distances: a correlation that chance could have made counts for little."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

TINY = 1e-300
"""[1] keeps 0/0 away where an element does not vary, or not with a component."""


def tapered(weights: Float[np.ndarray, "n K"], variance: Float[np.ndarray, "n"], threshold: float) -> Float[np.ndarray, "n K"]:
    """Factors on the covariance of each parameter with each principal component of the predictions.

        T = max(0, 1 − θ² / ρ²)

    ρ is the ensemble's correlation of the two. With θ² the variance of a correlation that is none in truth, 1/(N−1), T
    estimates the factor that brings the sampled covariance nearest to the true one; below θ it is 0. θ is 0.1 for a hundred
    members. Taken datum by datum, such factors undo the balance between thousands of data that say nearly the same; the
    components are independent of one another, and what is left out there is left out for all data at once.

    Args:
        weights: covariances of the parameters with components of unit variance.
        variance: of the parameters.
        threshold: [1] θ.

    Source: [menetrier2015] for the factor; [luo2020] for correlations in the place of distances.
    """
    squared = np.square(weights) / np.maximum(variance, TINY)[:, None]
    return np.maximum(0.0, 1.0 - threshold**2 / np.maximum(squared, TINY))
