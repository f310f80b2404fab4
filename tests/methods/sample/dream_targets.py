"""Densities whose moments are known, as problems."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem


def starting_in(n: int, sd: float) -> ParameterSpace:
    """n independent elements whose starts are N(0, sd²); values are sd·z."""
    return ParameterSpace([Parameter(f"x{i}", "1", Normal(0.0, sd)) for i in range(n)])


def values(space: ParameterSpace, draws: np.ndarray) -> np.ndarray:
    """(…, n) physical values of control vectors."""
    flat = np.asarray(jax.vmap(space.values)(jnp.asarray(draws).reshape(-1, space.n)))
    return flat.reshape(draws.shape)


def correlated_gaussian(n: int = 3) -> tuple[DensityProblem, np.ndarray, np.ndarray]:
    """A normal density with correlations of 0.9 and scales from 0.1 to 3, and its mean and covariance."""
    mean = np.linspace(-1.0, 1.0, n)
    sd = np.logspace(-1, 0.5, n)
    covariance = (0.9 * np.ones((n, n)) + 0.1 * np.eye(n)) * np.outer(sd, sd)
    precision = jnp.asarray(np.linalg.inv(covariance))

    def log_density(x):
        return -0.5 * (x - mean) @ precision @ (x - mean)

    return DensityProblem(log_density, starting_in(n, 3.0)), mean, covariance
