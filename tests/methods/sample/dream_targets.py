"""Densities whose moments are known, as problems."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.core.types import Needs
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


class Walled(eqx.Module):
    """What DREAM(zs) asks of a problem, for a density that ends at walls; outside of them it would draw every chain out."""

    problem: DensityProblem
    low: Float[Array, "n"]
    high: Float[Array, "n"]

    @property
    def space(self) -> ParameterSpace:
        return self.problem.space

    @property
    def n(self) -> int:
        return self.problem.n

    @property
    def names(self) -> tuple[str, ...]:
        return self.problem.names

    @property
    def offers(self) -> Needs:
        return Needs.FORWARD

    @property
    def traceable(self) -> bool:
        return True

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        return self.low, self.high

    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        return jnp.clip(self.problem.initial_ensemble(key, num), self.low + 0.01, self.high - 0.01)

    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        inside = jnp.all((Z >= self.low) & (Z <= self.high), axis=1)
        return jnp.where(inside, self.problem.log_density_ensemble(Z), 1e6)
