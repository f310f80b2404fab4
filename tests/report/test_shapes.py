"""Densities, peaks, rank correlations, autocorrelation, monthly means: their laws."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.report.shapes import autocorrelation, density, monthly, peaks, rank_correlation


def test_density_has_area_one_and_keeps_its_mass_inside() -> None:
    draws = np.random.default_rng(1).uniform(2.0, 5.0, 5000)
    curve = density(draws, 2.0, 5.0)
    grid = np.linspace(2.0, 5.0, len(curve))
    assert np.trapezoid(curve, grid) == pytest.approx(1.0)
    assert curve == pytest.approx(1 / 3, rel=0.25)


def test_density_goes_round_a_circle() -> None:
    days = np.random.default_rng(2).normal(0.0, 10.0, 4000) % 365.0
    curve = density(days, 0.0, 365.0, circular=True)
    assert curve[0] == pytest.approx(curve[-1], rel=1e-6)
    assert np.argmax(curve) in {*range(4), *range(len(curve) - 4, len(curve))}


def test_peaks_are_counted_as_a_reader_would() -> None:
    rng = np.random.default_rng(3)
    one = rng.normal(0.5, 0.1, 2000)
    two = np.concatenate([rng.normal(0.2, 0.05, 1200), rng.normal(0.8, 0.05, 800)])
    assert [peaks(density(draws, 0.0, 1.0)) for draws in (one, two, rng.uniform(0, 1, 2000))] == [1, 2, 1]


def test_rank_correlation_sees_through_monotone_maps() -> None:
    z = np.random.default_rng(4).normal(size=(500, 2))
    columns = np.stack([z[:, 0], np.exp(3 * z[:, 0]), -z[:, 0], z[:, 1], np.ones(500)], axis=1)
    table = rank_correlation_quietly(columns)
    assert table[0, 1] == pytest.approx(1.0) and table[0, 2] == pytest.approx(-1.0)
    assert abs(table[0, 3]) < 0.15 and np.isnan(table[0, 4])


def rank_correlation_quietly(columns: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return rank_correlation(columns)


def test_autocorrelation_finds_the_memory_across_gaps() -> None:
    rng = np.random.default_rng(5)
    noise = np.zeros(6000)
    for t in range(1, len(noise)):
        noise[t] = 0.7 * noise[t - 1] + rng.normal()
    there = rng.random(len(noise)) > 0.3
    lags = autocorrelation(np.arange(6000.0)[there], noise[there], 1.0, 3)
    assert lags == pytest.approx([0.7, 0.49, 0.343], abs=0.06)
    assert np.isnan(autocorrelation(np.arange(5.0), np.arange(5.0), 1.0, 2)).all()


def test_monthly_means_weigh_years_alike() -> None:
    dates = np.arange("2001-01-01", "2003-01-01", dtype="datetime64[D]").astype("datetime64[s]")
    year = dates.astype("datetime64[Y]").astype(int) + 1970
    mean, spread = monthly(dates, np.where(year == 2001, 1.0, 3.0))
    assert mean == pytest.approx(np.full(12, 2.0)) and spread == pytest.approx(np.full(12, np.sqrt(2)))
