"""Laws of L-BFGS."""

from __future__ import annotations

import numpy as np

from landpda.methods.approximate.quasi_newton import Point, empty, inverse_times, line_search, newest_scale, with_pair

HESSIAN = np.array([[5.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 1.0]])


def parabola(x: np.ndarray) -> Point:
    return Point(x, float(0.5 * x @ HESSIAN @ x), HESSIAN @ x)


def test_conjugate_pairs_make_the_inverse_hessian_of_a_parabola():
    _, vectors = np.linalg.eigh(HESSIAN)
    memory = empty(5, 3)
    for s in vectors.T:
        memory = with_pair(memory, s, HESSIAN @ s)
    np.testing.assert_allclose(inverse_times(np.eye(3), memory, np.ones(3)), np.linalg.inv(HESSIAN), atol=1e-12)


def test_a_pair_of_downward_curvature_is_left_out():
    memory = with_pair(empty(2, 2), np.array([1.0, 0.0]), np.array([-1.0, 0.0]))
    assert not memory.used.any()
    assert newest_scale(memory) == 1.0


def test_the_oldest_pair_goes_first():
    memory = empty(2, 1)
    for size in (1.0, 2.0, 3.0):
        memory = with_pair(memory, np.array([size]), np.array([size]))
    np.testing.assert_array_equal(memory.s[:, 0], [2.0, 3.0])


def test_a_line_search_ends_low_and_flat():
    start = parabola(np.array([3.0, -2.0, 1.0]))
    for first in (1e-3, 1.0, 100.0):
        point, _ = line_search(parabola, start, -start.gradient, first)
        assert point is not None
        assert point.value < start.value
        assert abs(point.gradient @ start.gradient) < 0.9 * start.gradient @ start.gradient


def test_a_value_that_is_not_finite_is_a_step_too_long():
    def walled(x: np.ndarray) -> Point:
        return parabola(x) if x[0] > 2.5 else Point(x, np.inf, np.zeros(3))

    start = parabola(np.array([3.0, 0.0, 0.0]))
    point, _ = line_search(walled, start, np.array([-1.0, 0.0, 0.0]), 1.0)
    assert point is not None
    assert point.x[0] > 2.5


def test_a_line_that_leads_up_has_no_end():
    start = parabola(np.array([1.0, 0.0, 0.0]))
    assert line_search(parabola, start, start.gradient, 1.0)[0] is None
