"""Volumes that can be had by hand, and by chance."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.diagnostics.hypervolume import hypervolume


@pytest.mark.parametrize("k", [2, 3])
def test_the_volume_is_that_of_random_points_that_are_beaten(k: int) -> None:
    rng = np.random.default_rng(0)
    members, points = rng.random((12, k)), rng.random((100_000, k))
    share = np.mean(np.any(np.all(members[:, None] <= points, axis=2), axis=0))
    assert hypervolume(members, np.ones(k)) == pytest.approx(share, abs=0.006)


@pytest.mark.parametrize("k", [2, 3])
def test_members_that_are_beaten_or_out_of_reach_count_nothing(k: int) -> None:
    rng = np.random.default_rng(1)
    members = rng.random((6, k))
    more = np.concatenate([members, np.minimum(members + 0.1, 0.999), members + 2.0])
    assert hypervolume(more, np.ones(k)) == pytest.approx(hypervolume(members, np.ones(k)))
    assert hypervolume(members + 2.0, np.ones(k)) == 0.0


def test_fronts_of_the_benchmarks() -> None:
    x = np.linspace(0.0, 1.0, 20_001)
    assert hypervolume(np.stack([x, 1.0 - np.sqrt(x)], axis=1), np.full(2, 1.1)) == pytest.approx(0.8766667, abs=2e-4)
