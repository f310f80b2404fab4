"""Laws of the convergence diagnostic."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.diagnostics.convergence import convergence

NAMES = ("vcmax", "q10")


def chains(num_chains: int = 4, num_draws: int = 1000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num_chains, num_draws, 2))


def test_independent_draws_are_worth_their_number():
    found = convergence(chains(), NAMES)
    assert np.all(found.rhat < 1.01)
    np.testing.assert_allclose(found.ess_bulk, 4000, rtol=0.25)
    np.testing.assert_allclose(found.mcse_mean, 1.0 / np.sqrt(4000), rtol=0.15)
    assert {finding.severity for finding in found.findings} == {"good"}


def remembering(rho: float, num_chains: int, num_draws: int) -> np.ndarray:
    draws = chains(num_chains, num_draws)
    for k in range(1, num_draws):
        draws[:, k] = rho * draws[:, k - 1] + np.sqrt(1.0 - rho**2) * draws[:, k]
    return draws


def test_memory_lowers_the_effective_draws_by_its_factor():
    found = convergence(remembering(0.8, 8, 4000), NAMES)
    np.testing.assert_allclose(found.ess_bulk, 8 * 4000 * (1.0 - 0.8) / (1.0 + 0.8), rtol=0.2)


def test_order_of_chains_and_units_do_not_matter():
    draws = chains()
    found, other = convergence(draws, NAMES), convergence(1e6 * draws[::-1] - 5.0, NAMES)
    np.testing.assert_allclose(found.rhat, other.rhat, rtol=1e-4)
    np.testing.assert_allclose(found.ess_bulk, other.ess_bulk, rtol=1e-2)
    np.testing.assert_allclose(other.mcse_mean, 1e6 * found.mcse_mean, rtol=1e-2)


@pytest.mark.parametrize(("shift", "severity"), [(1.1, "warning"), (6.0, "serious")])
def test_a_chain_elsewhere_is_reported_with_its_parameter(shift: float, severity: str):
    draws = chains()
    draws[0, :, 1] += shift
    found = convergence(draws, NAMES)
    assert found.findings[0].severity == severity
    assert "not converged" in found.findings[0].sentence
    assert "q10" in found.findings[0].sentence


def test_many_short_chains_with_enough_effective_draws_are_good_and_few_are_not():
    many = convergence(remembering(0.9, 64, 400), NAMES)
    assert 1.03 < many.rhat.max() < 1.05
    np.testing.assert_allclose(many.rhat, np.sqrt(1.0 + 2 * 64 / many.ess_bulk), atol=0.015)
    assert many.findings[0].severity == "good"
    few = convergence(remembering(0.9, 4, 400), NAMES)
    assert few.findings[0].severity != "good"


def test_chains_that_stand_still_have_an_infinite_rhat():
    draws = chains()
    draws[:, :, 0] = np.arange(4.0)[:, None]
    found = convergence(draws, NAMES)
    assert np.isinf(found.rhat[0])
    assert found.findings[0].severity == "serious"


def test_too_few_draws_give_no_numbers():
    found = convergence(chains(num_draws=4), NAMES)
    assert np.isnan(found.rhat).all()
    assert "too few" in found.findings[0].sentence
