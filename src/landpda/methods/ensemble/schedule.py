"""Inflation coefficients that are given beforehand."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landpda.core.errors import StudyError


def inflation_coefficients(num: int, ratio: float) -> Float[np.ndarray, "K"]:
    """(num,) α_1, α_2, …, each the ratio-th part of the one before, with Σ 1/α = 1.

    >>> inflation_coefficients(4, 1.0)
    array([4., 4., 4., 4.])
    >>> inflation_coefficients(3, 2.0)
    array([7.  , 3.5 , 1.75])
    """
    powers = ratio ** np.arange(num, dtype=float)
    return powers.sum() / powers


def times(num: int, ratio: float) -> Float[np.ndarray, "K"]:
    """(num,) share of the data's information that is in after each assimilation; the last is 1 exactly.

    >>> times(4, 1.0)
    array([0.25, 0.5 , 0.75, 1.  ])
    """
    ends = np.cumsum(1.0 / inflation_coefficients(num, ratio))
    ends[-1] = 1.0
    return ends


def check_schedule(name: str, num: int, ratio: float) -> None:
    """Refuse a schedule that is none.

    Raises:
        StudyError: no assimilation, or a ratio that is not positive.
    """
    if num < 1:
        raise StudyError(f"{name} was given num_assimilations: {num}.", "It is a number of assimilations.", "Give 1 or more.")
    if ratio <= 0.0:
        raise StudyError(f"{name} was given ratio: {ratio}.", "It divides inflation coefficients.", "Give 1 or more, e.g. 2.")
