"""A parameter space with a full normal prior N(Θ_b, B)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jax.typing import ArrayLike

from landpda.core.errors import StudyError
from landpda.parameters.correlation import Correlation
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace


def space_from_moments(
    mean: Mapping[str, float], covariance: ArrayLike, units: Mapping[str, str] | None = None
) -> ParameterSpace:
    """Scalar parameters with a normal prior: Θ = Θ_b + L z with B = L Lᵀ, L lower triangular.

    Args:
        mean: name → prior mean Θ_b [its units].
        covariance: prior covariance B, in the order of `mean` [products of their units].
        units: name → units; "1" where it says nothing.

    Raises:
        StudyError: the covariance does not fit the names, or is not positive definite.

    >>> import jax.numpy as jnp
    >>> space = space_from_moments({"a": 0.0, "b": 1.0}, [[1.0, 0.3], [0.3, 0.5]])
    >>> bool(jnp.allclose(space.prior_covariance, jnp.array([[1.0, 0.3], [0.3, 0.5]])))
    True
    """
    names, units = tuple(mean), units or {}
    covariance = np.asarray(covariance, float)
    variances = np.diagonal(covariance) if covariance.ndim == 2 else np.zeros(0)
    if covariance.shape != (len(names), len(names)) or not (variances > 0).all():
        raise StudyError(
            f"A normal prior over {', '.join(names)} was asked for.",
            f"The covariance has shape {covariance.shape} and the diagonal {variances}.",
            "Give one row and column for each name, with variances above 0.",
        )
    sd = np.sqrt(variances)
    parameters = [
        Parameter(name, units.get(name, "1"), Normal(centre, spread))
        for (name, centre), spread in zip(mean.items(), sd, strict=True)
    ]
    correlation = covariance / np.outer(sd, sd)
    np.fill_diagonal(correlation, 1.0)
    return ParameterSpace(parameters, correlation=Correlation(names, correlation))
