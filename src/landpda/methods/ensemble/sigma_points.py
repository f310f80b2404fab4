"""Points placed around a Gaussian's mean, and what they say of the model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from landpda.methods.ensemble.members import Members, require_enough, run_all
from landpda.problem.problem import AbstractProblem

FARTHEST = 2.0
"""[posterior sd] distance of the points from the mean, √n where that is less: at √n they have the covariance, but in many
dimensions they are then far out, where the model bends; the weights make up for it [huang2022]."""
NEARER = 0.6
"""[1] share of its distance at which a point that did not run is tried again."""
TRIES = 3
"""How often: beyond that the direction is left as it is."""


def sigma_points(
    mean: Float[np.ndarray, "n"], root: Float[np.ndarray, "n n"], distance: Float[np.ndarray, "M"]
) -> Float[np.ndarray, "M n"]:
    """The mean, and on each side of it along each column of the root one point.

        z_0 = m,  z_{±k} = m ± c L_k

    Args:
        mean: m.
        root: L.
        distance: c of each point.

    Source: [huang2022].
    """
    directions = np.concatenate([np.zeros((1, len(mean))), root.T, -root.T])
    return mean + distance[:, None] * directions


class Seen(NamedTuple):
    """What the points say of the model around the mean.

    Args:
        centre: (m,) whitened misfit at the mean.
        slopes: (n, m) its change per unit of each column of the root.
    """

    centre: Float[np.ndarray, "m"]
    slopes: Float[np.ndarray, "n m"]


def seen(misfit: Float[np.ndarray, "M m"], ok: Bool[np.ndarray, "M"], distance: Float[np.ndarray, "M"]) -> Seen:
    """The misfit as a line through the points on both sides.

    Where a point did not run, the line goes from the mean to the other one; where both did not, the slope is 0, and that
    direction keeps the spread that it has. Where the mean did not run, it is what lies between the points.
    """
    num = (len(misfit) - 1) // 2
    up, down, ran_up, ran_down = misfit[1 : num + 1], misfit[num + 1 :], ok[1 : num + 1, None], ok[num + 1 :, None]
    c_up, c_down = distance[1 : num + 1, None], distance[num + 1 :, None]
    both = ran_up & ran_down
    between = (c_down * up + c_up * down) / (c_up + c_down)
    centre = misfit[0]
    if not ok[0]:
        centre = between[both[:, 0]].mean(axis=0) if both.any() else misfit[ok].mean(axis=0)
    one_sided = np.where(ran_up, (up - centre) / c_up, np.where(ran_down, (centre - down) / c_down, 0.0))
    return Seen(centre, np.where(both, (up - down) / (c_up + c_down), one_sided))


def run_points(
    problem: AbstractProblem, mean: Float[np.ndarray, "n"], root: Float[np.ndarray, "n n"]
) -> tuple[Members, Float[np.ndarray, "M"], int]:
    """The points, run, with their distances and the runs that it took: those that fail are tried again nearer to the mean.

    Raises:
        RunFailed: none of them runs.
    """
    distance = np.full(2 * len(mean) + 1, min(FARTHEST, np.sqrt(len(mean))))
    members = run_all(problem, sigma_points(mean, root, distance))
    require_enough(members.ok, fewest=1)
    runs = len(members.Z)
    for _ in range(TRIES):
        lost = ~members.ok & (np.arange(len(distance)) > 0)
        if not lost.any():
            break
        distance = np.where(lost, NEARER * distance, distance)
        again = run_all(problem, sigma_points(mean, root, distance))
        members = Members(
            *(np.where(lost.reshape(-1, *[1] * (old.ndim - 1)), new, old) for new, old in zip(again, members, strict=True))
        )
        runs += len(distance)
    return members, distance, runs
