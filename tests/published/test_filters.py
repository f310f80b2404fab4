"""Published numbers of filters: the scalar Kalman problem, and the forty variables of Lorenz with and without a parameter."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from landpda.methods.driver import run
from landpda.methods.filter.enkf import EnKF
from landpda.methods.filter.etkf import ETKF
from landpda.methods.filter.particle_filter import ParticleFilter
from landpda.methods.filter.walk import by_window
from landpda.methods.method import Method
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from sequential_problems import KALMAN, NOISE, damped, lorenz96

BURN_IN, CYCLES = 400, 1000
TOLERANCE = 0.015


def filtered(method: Method, seed: int = 0) -> tuple[float, float, float]:
    """Log likelihood, last mean and last variance of the scalar problem."""
    noted = by_window(run(method, damped(), jr.key(seed)).trace)
    return noted["log_likelihood"].sum(), noted["state_mean"][-1, 0], noted["state_sd"][-1, 0] ** 2


def test_etkf_is_the_kalman_filter_to_rounding() -> None:
    found = filtered(ETKF(num_members=10, process_noise=NOISE))
    np.testing.assert_allclose(found, list(KALMAN.values()), atol=1e-8)


def test_enkf_is_the_kalman_filter_but_for_sampling() -> None:
    found = filtered(EnKF(num_members=4000, process_noise=NOISE))
    # about four standard errors of 4000 members
    np.testing.assert_array_less(np.abs(np.subtract(found, list(KALMAN.values()))), [0.25, 0.02, 0.006])


def test_the_kalman_filter_cut_into_other_stretches_is_the_same() -> None:
    one, other = (filtered(ETKF(num_members=10, process_noise=NOISE, checkpoints=c)) for c in (3, 50))
    np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize(("num", "sd"), [(1000, 0.30), pytest.param(10_000, 0.09, marks=pytest.mark.slow)])
def test_log_likelihood_of_a_particle_filter_scatters_as_published(num: int, sd: float) -> None:
    method = ParticleFilter(num_members=num, process_noise=NOISE, kernel=0.0, resample_below=1.0, checkpoints=1)
    found = [filtered(method, seed)[0] for seed in range(40)]
    assert np.std(found, ddof=1) == pytest.approx(sd, rel=0.35)
    assert np.mean(found) == pytest.approx(KALMAN["log_likelihood"] - 0.5 * sd**2, abs=4.0 * sd / np.sqrt(40))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "rmse"),
    [
        (EnKF(num_members=40, state_inflation=1.06), 0.22),
        (EnKF(num_members=28, state_inflation=1.08), 0.24),
        (ETKF(num_members=28, state_inflation=1.02, reflections=28), 0.18),
    ],
    ids=["enkf 40", "enkf 28", "etkf 28"],
)
def test_lorenz96_is_followed_as_closely_as_published(method: Method, rmse: float) -> None:
    problem, truth = lorenz96(BURN_IN + CYCLES)
    noted = by_window(run(method, problem, jr.key(0)).trace)
    error = np.sqrt(np.mean((noted["state_mean"] - truth) ** 2, axis=1))
    assert error[BURN_IN:].mean() == pytest.approx(rmse, abs=TOLERANCE)


@pytest.mark.slow
def test_a_parameter_of_lorenz96_is_found_with_its_state() -> None:
    problem, truth = lorenz96(BURN_IN + CYCLES, force=Parameter("force", "1", Normal(6.0, 1.0)))
    noted = by_window(run(ETKF(num_members=40, state_inflation=1.02, parameter_floor=0.01), problem, jr.key(0)).trace)
    error = np.sqrt(np.mean((noted["state_mean"] - truth) ** 2, axis=1))
    assert np.all(np.abs(noted["parameter_mean"][CYCLES:, -1] - 8.0) < 0.05)
    assert error[BURN_IN:].mean() < 0.20
    assert noted["sd"][-1, -1] >= 0.01 - 1e-12
