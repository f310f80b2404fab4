"""How noisy a model's numbers are, and how far to step for a difference; in the norm of all outputs together."""

from __future__ import annotations

import enum

import numpy as np
from jaxtyping import Float

NUM_INTERVALS = 7
"""Runs per attempt, less one: the difference table goes to order 7, of which three levels must agree."""
AGREEMENT = 4.0  # [more2011] section 6: levels that differ by less than this factor are noise
SPACING = 1e-4  # [prior sd] first spacing: fourth differences of a smooth function are then below rounding
SPACING_FACTOR = 100.0  # [more2011] what to change the spacing by
NUM_ATTEMPTS = 5


class Verdict(enum.Enum):
    """What a difference table says of its spacing."""

    FOUND = enum.auto()
    TOO_SMALL = enum.auto()
    TOO_LARGE = enum.auto()


def noise_level(rows: Float[np.ndarray, "K q"]) -> tuple[Verdict, float]:
    """Standard deviation of the noise in a smooth function of q outputs, as a norm over the outputs.

        σ_k² = (k!)²/(2k)! · mean (Δ^k f)²

    The k-th differences of the smooth part vanish with the spacing's k-th power and those of noise do not, so that σ_k
    levels off at the noise. For one output this is ECnoise; for several, squares are summed over outputs and signs are
    counted by share.

    Args:
        rows: values at K equally spaced points.

    Source: [more2011] section 3 and algorithm ECnoise.

    >>> grid = 1.0 + 1e-4 * np.arange(8.0)[:, None]
    >>> noise_level(np.round(np.exp(grid), 5))[0]
    <Verdict.FOUND: 1>
    """
    moved = np.ptp(rows, axis=0) > 0
    if not moved.any():
        return Verdict.TOO_SMALL, 0.0
    table = rows[:, moved]
    if np.mean(np.diff(table, axis=0) == 0.0) >= 0.5:
        return Verdict.TOO_SMALL, 0.0
    levels, changes, scale = [], [], 1.0
    for order in range(1, len(rows)):
        table = np.diff(table, axis=0)
        scale *= 0.5 * order / (2 * order - 1)
        energy = np.sum(table**2, axis=0)
        levels.append(float(np.sqrt(scale * np.sum(energy) / len(table))))
        mixed = (table.min(axis=0) < 0.0) & (table.max(axis=0) > 0.0)
        changes.append(bool(np.sum(energy[mixed]) >= 0.5 * np.sum(energy)))
    for order in range(len(levels) - 2):
        nearby = levels[order : order + 3]
        if max(nearby) <= AGREEMENT * min(nearby) and changes[order]:
            return Verdict.FOUND, levels[order]
    return Verdict.TOO_LARGE, levels[-1]


def forward_step(noise: float, second: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Step of least expected error of a forward difference, h = 8^¼ (σ/|f″|)^½, norms over the outputs.

    Source: [more2012] theorem 2.1; summed over outputs, the same h minimises Σ (h f″/2)² + 2σ²/h².
    """
    return 8.0**0.25 * np.sqrt(noise / second)


def central_step(noise: float, second: Float[np.ndarray, "n"], size: float) -> Float[np.ndarray, "n"]:
    """Step of least expected error of a central difference, h = (3σ/|f‴|)^⅓, with |f‴| ≈ |f″|^1.5/|f|^½.

    The third derivative is not measured: a length scale (|f|/|f″|)^½ stands for it, and its error enters by the cube root.

    Source: [more2012] section 5.
    """
    third = second**1.5 / np.sqrt(size)
    return np.cbrt(3.0 * noise / third)
