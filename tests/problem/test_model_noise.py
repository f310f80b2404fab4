"""Noise and steps, against functions whose noise is known."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.problem.model_noise import Verdict, central_step, forward_step, noise_level

GRID = np.arange(8.0)[:, None]


def rounded(values: np.ndarray, digits: int) -> np.ndarray:
    """Values as a model would write them with so many significant digits."""
    return np.array([float(f"{value:.{digits - 1}e}") for value in values.ravel()]).reshape(values.shape)


@pytest.mark.parametrize("sd", [1e-3, 1e-6, 1e-9])
def test_added_noise_is_measured(sd: float) -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(50):
        verdict, level = noise_level(np.sin(1.0 + 1e-3 * GRID) + sd * rng.standard_normal((8, 1)))
        if verdict is Verdict.FOUND:
            found.append(level)
    assert len(found) > 25
    assert 0.4 * sd < np.median(found) < 2.5 * sd


def test_noise_of_many_outputs_adds_up() -> None:
    rng = np.random.default_rng(1)
    rows = np.sin(1.0 + 1e-3 * GRID + np.arange(100.0)) + 1e-5 * rng.standard_normal((8, 100))
    verdict, level = noise_level(rows)
    assert verdict is Verdict.FOUND
    assert level == pytest.approx(1e-5 * np.sqrt(100.0), rel=0.2)


def test_equal_values_mean_that_the_spacing_is_too_small() -> None:
    assert noise_level(rounded(np.exp(1.0 + 1e-9 * GRID), 7))[0] is Verdict.TOO_SMALL
    assert noise_level(np.ones((8, 3)))[0] is Verdict.TOO_SMALL


def test_a_smooth_function_seen_from_afar_shows_no_noise() -> None:
    assert noise_level(np.exp(1.0 + 0.5 * GRID))[0] is Verdict.TOO_LARGE


def test_steps_minimise_the_expected_error() -> None:
    noise, second, third = 1e-7, 2.0, 2.0**1.5 / np.sqrt(3.0)
    steps = np.geomspace(1e-5, 1e-1, 4001)
    forward = (0.5 * steps * second) ** 2 + 2.0 * noise**2 / steps**2
    assert forward_step(noise, np.array([second]))[0] == pytest.approx(steps[np.argmin(forward)], rel=1e-2)
    central = (steps**2 * third / 6.0) ** 2 + noise**2 / (2.0 * steps**2)
    assert central_step(noise, np.array([second]), 3.0)[0] == pytest.approx(steps[np.argmin(central)], rel=1e-2)
