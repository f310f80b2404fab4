"""Densities whose moments are known, as problems."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.core.types import Needs
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem
from landpda.problem.problem import AbstractProblem, Linearisation, Misfit, Predictions


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


class Walled(AbstractProblem):
    """A density problem that ends at walls: outside of them it must never be asked."""

    problem: DensityProblem
    low: Float[Array, "n"]
    high: Float[Array, "n"]

    @property
    def space(self) -> ParameterSpace:
        return self.problem.space

    @property
    def offers(self) -> Needs:
        return Needs.FORWARD

    @property
    def traceable(self) -> bool:
        return True

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        return self.low, self.high

    @property
    def y(self) -> Float[Array, "m"]:
        return jnp.zeros(0)

    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        return jnp.clip(self.problem.initial_ensemble(key, num), self.low + 0.01, self.high - 0.01)

    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        inside = jnp.all((Z >= self.low) & (Z <= self.high), axis=1)
        # a density that would draw every chain out, were it asked there
        return jnp.where(inside, self.problem.log_density_ensemble(Z), 1e6)

    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        raise NotImplementedError

    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        raise NotImplementedError

    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        raise NotImplementedError

    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        raise NotImplementedError

    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        raise NotImplementedError
