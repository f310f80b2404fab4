"""Eigenvalues written out are LAPACK's."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landpda.methods.filter.symmetric_eigen import symmetric_eigen


@pytest.mark.parametrize(("size", "rank"), [(1, 1), (2, 2), (3, 1), (8, 8), (33, 20), (40, 40)])
def test_eigenvalues_are_right_to_rounding(size: int, rank: int) -> None:
    root = np.random.default_rng(size).normal(size=(size, rank)) * 10.0 ** np.linspace(-3, 3, rank)
    matrix = root @ root.T
    values, vectors = map(np.asarray, jax.jit(symmetric_eigen)(jnp.asarray(matrix)))
    scale = np.abs(matrix).max()
    np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh(matrix), atol=1e-12 * scale)
    np.testing.assert_allclose(vectors * values @ vectors.T, matrix, atol=1e-11 * scale)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(size), atol=1e-12)


def test_stands_in_a_compiled_loop_with_forty_rows() -> None:
    root = np.random.default_rng(0).normal(size=(40, 40))

    def step(matrix: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        values, vectors = symmetric_eigen(matrix)
        return (vectors * values) @ vectors.T, jnp.sum(values)

    matrix, traces = jax.jit(lambda A: jax.lax.scan(step, A, None, length=20))(jnp.asarray(root @ root.T))
    np.testing.assert_allclose(matrix, root @ root.T, atol=1e-9)
    np.testing.assert_allclose(traces, np.trace(root @ root.T), rtol=1e-12)


def test_no_matrix_is_too_plain() -> None:
    for matrix in (np.zeros((3, 3)), np.eye(4), np.diag([3.0, 0.0, 1.0])):
        values, vectors = symmetric_eigen(jnp.asarray(matrix))
        np.testing.assert_allclose(vectors * values @ vectors.T, matrix, atol=1e-15)
