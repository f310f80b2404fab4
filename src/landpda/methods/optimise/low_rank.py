"""What of a large symmetric matrix matters, from its products with a few vectors."""

from __future__ import annotations

from collections.abc import Callable

import jax.random as jr
import numpy as np
from jaxtyping import Float, PRNGKeyArray

Product = Callable[[Float[np.ndarray, "K n"]], Float[np.ndarray, "K n"]]
"""Rows → rows times the matrix."""

OVERSAMPLING = 10
"""Directions beyond the rank, which make it all but certain that none is missed [halko2011] section 4.2."""
POWERS = 1
"""Times that the range is sharpened by the matrix itself, for eigenvalues that fall slowly [halko2011] section 4.5."""


def conjugate_gradients(
    product: Product, right: Float[np.ndarray, "n"], tolerance: float, most: int
) -> tuple[Float[np.ndarray, "n"], int]:
    """Solution of C x = right, and the number of products that it took.

    Residuals are kept orthogonal to all before them, which costs nothing beside a product and keeps rounding from repeating
    directions.

    Args:
        product: of a positive definite C.
        right: right-hand side.
        tolerance: [1] share of the first residual at which to stop.
        most: most products.

    Source: [nocedal2006] algorithm 5.2.

    >>> matrix = np.diag([1.0, 2.0, 5.0])
    >>> x, products = conjugate_gradients(lambda rows: rows @ matrix, np.ones(3), 1e-12, 10)
    >>> np.round(x, 12), products
    (array([1. , 0.5, 0.2]), 3)
    """
    x, residual = np.zeros_like(right), np.array(right)
    direction, before = residual, [residual / max(np.linalg.norm(residual), np.finfo(float).tiny)]
    enough = tolerance * np.linalg.norm(right)
    for done in range(most):
        size = residual @ residual
        if np.sqrt(size) <= enough:
            return x, done
        along = product(direction[None])[0]
        step = size / (direction @ along)
        x = x + step * direction
        residual = residual - step * along
        for _ in range(2):
            residual = residual - np.array(before).T @ (np.array(before) @ residual)
        direction = residual + (residual @ residual) / size * direction
        before.append(residual / max(np.linalg.norm(residual), np.finfo(float).tiny))
    return x, most


def eigenpairs(product: Product, key: PRNGKeyArray, n: int, rank: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Largest eigenvalues (r,) of a positive semi-definite matrix with their eigenvectors (n, r), and the products it took.

    Exact to rounding where the matrix has no more than `rank` eigenvalues that are not zero.

    Args:
        product: of the matrix.
        key: of the random directions.
        n: size of the matrix.
        rank: r.

    Source: [halko2011] algorithms 4.4 and 5.3.
    """
    width = min(rank + OVERSAMPLING, n)
    rows = np.asarray(jr.normal(key, (width, n)))
    for _ in range(1 + POWERS):
        basis, _ = np.linalg.qr(product(rows).T)
        rows = basis.T
    inner = product(rows) @ rows.T
    values, vectors = np.linalg.eigh(0.5 * (inner + inner.T))
    largest = np.argsort(-values)[: min(rank, n)]
    return values[largest], rows.T @ vectors[:, largest], (2 + POWERS) * width
