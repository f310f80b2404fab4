"""Posteriors whose moments or evidence are known, as problems."""

from __future__ import annotations

import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp

from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.normal import Normal
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem

PELTS = Path(__file__).parents[2] / "published" / "data" / "hudson_lynx_hare.csv"
STEPS_PER_YEAR = 20
"""Of the Runge–Kutta scheme: its error is then below 1e-4 of a population."""


def started_from(function, **priors) -> DensityProblem:
    """A density of the named values, whose starts are drawn from these priors."""
    return DensityProblem(function, ParameterSpace([Parameter(name, "1", prior) for name, prior in priors.items()]))


def banana(n: int = 10, b: float = 0.1) -> DensityProblem:
    """Haario's: x1 ~ N(0, 100), x2 = y2 − b x1² + 100 b; means 0, Var x1 = 100, Var x2 = 201, others 1, covariance 0."""

    def log_density(x):
        return -0.5 * (x[0] ** 2 / 100.0 + (x[1] + b * x[0] ** 2 - 100.0 * b) ** 2 + jnp.sum(x[2:] ** 2))

    return started_from(log_density, **{f"x{i}": Normal(0.0, 5.0) for i in range(n)})


def two_modes() -> DensityProblem:
    """1/6 N(−8, 1) + 5/6 N(10, 1): mean 7, variance 46, mass left 1/6."""

    def log_density(x):
        return jnp.logaddexp(jnp.log(1 / 6) - 0.5 * (x[0] + 8.0) ** 2, jnp.log(5 / 6) - 0.5 * (x[0] - 10.0) ** 2)

    return started_from(log_density, x=Normal(0.0, 10.0))


def funnel(n: int = 10) -> DensityProblem:
    """Neal's: v ~ N(0, 9), the others N(0, e^v): 5 and 95 % of v are ∓4.93456."""

    def log_density(x):
        return -0.5 * (x[0] / 3.0) ** 2 - 0.5 * jnp.sum(x[1:] ** 2) * jnp.exp(-x[0]) - 0.5 * (n - 1) * x[0]

    return started_from(log_density, v=Normal(0.0, 3.0), **{f"x{i}": Normal(0.0, 3.0) for i in range(1, n)})


def in_square(log_likelihood, low: float, high: float) -> DensityProblem:
    """A likelihood times the uniform density of a square, in the units of a problem with a model: its prior is exp(−½‖z‖²)."""
    constant = -2.0 * math.log(high - low) + math.log(2.0 * math.pi)
    return started_from(lambda x: log_likelihood(x) + constant, x=Uniform(low, high), y=Uniform(low, high))


def shells(radius: float = 2.0, width: float = 0.1, offset: float = 3.5) -> DensityProblem:
    """Two Gaussian shells on [−6, 6]²: log evidence −1.74598."""

    def log_likelihood(x):
        distances = jnp.stack([jnp.hypot(x[0] - centre, x[1]) for centre in (-offset, offset)])
        each = -0.5 * ((distances - radius) / width) ** 2 - 0.5 * math.log(2.0 * math.pi * width**2)
        return logsumexp(each)

    return in_square(log_likelihood, -6.0, 6.0)


def eggbox() -> DensityProblem:
    """(2 + cos(x/2) cos(y/2))⁵ on [0, 10π]²: log evidence 235.85596."""
    return in_square(lambda x: (2.0 + jnp.cos(0.5 * x[0]) * jnp.cos(0.5 * x[1])) ** 5, 0.0, 10.0 * math.pi)


def eight_schools() -> DensityProblem:
    """posteriordb's eight_schools-eight_schools_noncentered: effects of coaching, and how much they differ between schools."""
    effect = jnp.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
    error = jnp.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])

    def log_density(x):
        mu, tau, standardised = x[0], x[1], x[2:]
        data = -0.5 * jnp.sum(((effect - mu - tau * standardised) / error) ** 2)
        return data - 0.5 * (mu / 5.0) ** 2 - jnp.log1p((tau / 5.0) ** 2) - 0.5 * jnp.sum(standardised**2)

    schools = {f"school{i}": Normal(0.0, 1.0) for i in range(8)}
    return started_from(log_density, mu=Normal(0.0, 5.0), tau=LogNormal(3.0, 1.2), **schools)


def lotka_volterra() -> DensityProblem:
    """posteriordb's hudson_lynx_hare-lotka_volterra: rates, first populations and errors, from 21 years of pelts."""
    year, lynx, hare = np.loadtxt(PELTS, delimiter=",", comments=("#", "year"), unpack=True)
    pelts = jnp.asarray(np.stack([hare, lynx], axis=1))
    dt = 1.0 / STEPS_PER_YEAR

    def log_density(x):
        theta, first, sigma = x[:4], x[4:6], x[6:8]

        def change(state):
            u, v = state[0], state[1]
            return jnp.stack([(theta[0] - theta[1] * v) * u, (-theta[2] + theta[3] * u) * v])

        def step(state, _):
            k1 = change(state)
            k2 = change(state + 0.5 * dt * k1)
            k3 = change(state + 0.5 * dt * k2)
            k4 = change(state + dt * k3)
            return state + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

        def over_year(state, _):
            after = jax.lax.scan(step, state, None, length=STEPS_PER_YEAR)[0]
            return after, after

        _, later = jax.lax.scan(over_year, first, None, length=len(year) - 1)
        populations = jnp.concatenate([first[None], later])
        misfit = (jnp.log(pelts) - jnp.log(populations)) / sigma
        data = -0.5 * jnp.sum(misfit**2) - len(year) * jnp.sum(jnp.log(sigma))
        prior = -0.5 * jnp.sum(((theta - jnp.array([1.0, 0.05, 1.0, 0.05])) / jnp.array([0.5, 0.05, 0.5, 0.05])) ** 2)
        scales = -jnp.sum(jnp.log(sigma)) - 0.5 * jnp.sum((jnp.log(sigma) + 1.0) ** 2)
        starts = -jnp.sum(jnp.log(first)) - 0.5 * jnp.sum((jnp.log(first) - jnp.log(10.0)) ** 2)
        return data + prior + scales + starts

    names = ("growth", "eaten", "death", "fed", "hare", "lynx", "sd_hare", "sd_lynx")
    medians = (0.55, 0.028, 0.8, 0.024, 34.0, 6.0, 0.25, 0.25)
    return started_from(log_density, **{name: LogNormal(at, 0.3) for name, at in zip(names, medians, strict=True)})
