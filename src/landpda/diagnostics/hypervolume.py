"""How good a front is, as one number."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def hypervolume(objectives: Float[np.ndarray, "N k"], reference: Float[np.ndarray, "k"]) -> float:
    """Volume that the members beat, up to a reference point, exactly, for two or three objectives.

    The larger, the nearer the front is to the ideal and the more evenly it is covered. Members that do not beat the reference
    point count nothing.

    Args:
        objectives: one row a member, to be low.
        reference: a point that is worse than the front in every objective.

    Raises:
        ValueError: there are other than two or three objectives.

    Source: [zitzler1999].

    >>> round(hypervolume(np.array([[0.0, 0.5], [0.5, 0.0]]), np.array([1.0, 1.0])), 12)
    0.75
    >>> round(hypervolume(np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 0.5]]), np.array([1.0, 1.0, 1.0])), 12)
    0.625
    """
    reference = np.asarray(reference, dtype=float)
    if len(reference) not in (2, 3):
        raise ValueError(f"the hypervolume is known here for 2 or 3 objectives, not for {len(reference)}")
    rows = np.asarray(objectives, dtype=float)
    rows = rows[np.all(rows < reference, axis=1)]
    if len(rows) == 0:
        return 0.0
    if len(reference) == 2:
        return _area(rows, reference)
    rows = rows[np.argsort(rows[:, 2])]
    tops = np.append(rows[1:, 2], reference[2])
    return float(
        sum(
            (top - row[2]) * _area(rows[: i + 1, :2], reference[:2])
            for i, (row, top) in enumerate(zip(rows, tops, strict=True))
        )
    )


def _area(rows: Float[np.ndarray, "N 2"], reference: Float[np.ndarray, "2"]) -> float:
    """Area of a staircase."""
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    before = np.minimum.accumulate(np.append(reference[1], rows[:, 1]))
    return float(np.sum((reference[0] - rows[:, 0]) * (before[:-1] - before[1:])))
