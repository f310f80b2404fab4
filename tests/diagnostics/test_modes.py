"""Laws of finding modes."""

from __future__ import annotations

import numpy as np

from landpda.diagnostics.modes import modes_of_chains, modes_of_optima

NAMES = ("a", "b", "c")


def chains(num: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    draws = 0.1 * rng.normal(size=(num, 300, 3))
    return draws, -rng.random((num, 300))


def test_chains_in_one_place_are_one_mode():
    found = modes_of_chains(*chains(), NAMES)
    assert found.share.tolist() == [1.0]
    assert found.findings[0].severity == "good"


def test_chains_apart_are_counted_ranked_by_density_and_told_by_what_differs():
    draws, density = chains()
    draws[:9, :, 1] += 2.0
    density[:9] -= 3.0
    found = modes_of_chains(draws, density, NAMES)
    assert found.label.tolist() == [1] * 9 + [0] * 3
    np.testing.assert_allclose(found.share, [0.25, 0.75])
    np.testing.assert_allclose(found.log_density[0] - found.log_density[1], 3.0, atol=0.1)
    assert found.findings[0].severity == "serious"
    assert "2 separate modes (3, 9 chains" in found.findings[0].sentence
    assert "most in b (+" in found.findings[1].sentence.replace("it most in", "most in")


def test_a_chain_that_travels_joins_the_modes():
    draws, density = chains()
    draws[:6, :, 1] += 2.0
    draws[11, ::2, 1] += 2.0
    assert len(modes_of_chains(draws, density, NAMES).share) == 1


def test_the_order_of_chains_does_not_matter():
    draws, density = chains()
    draws[:5, :, 0] -= 3.0
    found = modes_of_chains(draws, density, NAMES)
    order = np.random.default_rng(1).permutation(len(draws))
    shuffled = modes_of_chains(draws[order], density[order], NAMES)
    assert np.array_equal(found.label[order], shuffled.label)


def test_end_points_of_searches_are_sorted_into_optima():
    optima = np.array([[0.0, 0.0, 0.0], [0.01, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.02, 0.0]])
    found = modes_of_optima(optima, np.array([-10.0, -10.1, -8.0, -10.0]), NAMES)
    assert found.label.tolist() == [1, 1, 0, 1]
    np.testing.assert_allclose(found.log_density, [-8.0, -10.0])
    assert "4 searches ended in 2 different optima (1, 3 searches" in found.findings[0].sentence
