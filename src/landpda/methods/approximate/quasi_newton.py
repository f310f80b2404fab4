"""L-BFGS: the inverse Hessian as what the last steps told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

ARMIJO, WOLFE = 1e-4, 0.9
"""A step is long enough to lower the value by this share of what the slope promised, and flattens it to that share
[nocedal2006, section 3.1]."""
MOST_TRIALS = 25
"""Points that a line search looks at before it gives up."""
CURVED = 1e-10
"""[1] cosine between a step and the change of gradient from which the pair tells of a curvature."""


class Memory(NamedTuple):
    """The last pairs, newest last.

    Args:
        s: (M, d) steps.
        y: (M, d) changes of gradient along them.
        used: (M,) which rows hold a pair.
    """

    s: Float[np.ndarray, "M d"]
    y: Float[np.ndarray, "M d"]
    used: Bool[np.ndarray, "M"]


def empty(size: int, d: int) -> Memory:
    """No pairs yet."""
    return Memory(np.zeros((size, d)), np.zeros((size, d)), np.zeros(size, dtype=bool))


def with_pair(memory: Memory, s: Float[np.ndarray, "d"], y: Float[np.ndarray, "d"]) -> Memory:
    """The memory with one more pair in place of the oldest; without it where it tells of no upward curvature."""
    if not s @ y > CURVED * np.linalg.norm(s) * np.linalg.norm(y):
        return memory
    s, y = (np.concatenate([old[1:], new[None]]) for old, new in ((memory.s, s), (memory.y, y)))
    return Memory(s, y, np.append(memory.used[1:], True))


def newest_scale(memory: Memory) -> float:
    """γ = sᵀy / yᵀy of the newest pair: the size of the inverse Hessian; 1 without a pair."""
    s, y = memory.s[-1], memory.y[-1]
    return float(s @ y / (y @ y)) if memory.used[-1] else 1.0


def inverse_times(gradient: Float[np.ndarray, "d ..."], memory: Memory, diagonal: Float[np.ndarray, "d"]) -> np.ndarray:
    """H g, by the two-loop recursion from the diagonal inverse Hessian; g may have columns.

    Source: [nocedal2006] algorithm 7.4.

    >>> step, change = np.array([1.0, 0.0]), np.array([4.0, 0.0])
    >>> inverse_times(np.array([4.0, 1.0]), with_pair(empty(3, 2), step, change), np.ones(2)).tolist()
    [1.0, 1.0]
    """
    pairs = [(s, y, 1.0 / (s @ y)) for s, y, used in zip(*memory, strict=True) if used]
    q, alphas = np.array(gradient, dtype=float), []
    for s, y, rho in reversed(pairs):
        alphas.append(rho * (s @ q))
        q = q - np.multiply.outer(y, alphas[-1])
    r = (diagonal * q.T).T
    for (s, y, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        r = r + np.multiply.outer(s, alpha - rho * (y @ r))
    return r


class Point(NamedTuple):
    """A place with its value and gradient."""

    x: Float[np.ndarray, "d"]
    value: float
    gradient: Float[np.ndarray, "d"]


def line_search(
    function: Callable[[Float[np.ndarray, "d"]], Point], start: Point, direction: Float[np.ndarray, "d"], first: float
) -> tuple[Point | None, int]:
    """A point along the direction that is low and flat enough, by bisection of a bracket; None where none was found.

    A value that is not finite is a step too long.

    Args:
        function: x → the point there.
        start: where the line begins.
        direction: downhill.
        first: step to try first.

    Returns:
        The point, and how many were looked at.

    Source: [lewis2013].
    """
    slope = float(start.gradient @ direction)
    low, high, t = 0.0, np.inf, first
    best: Point | None = None
    for trial in range(MOST_TRIALS):
        point = function(start.x + t * direction)
        if not point.value <= start.value + ARMIJO * t * slope:
            high = t
        elif point.gradient @ direction < WOLFE * slope:
            low, best = t, point
        else:
            return point, trial + 1
        t = 2.0 * low if np.isinf(high) else 0.5 * (low + high)
    return best, MOST_TRIALS
