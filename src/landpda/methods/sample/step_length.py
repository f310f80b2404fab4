"""The step length of a trajectory, adapted in burn-in to a wanted acceptance."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

ADAPTATION = {"gain": 0.05, "delay": 10.0, "decay": 0.75}
"""γ, t0 and κ of the dual averaging of the step length [hoffman2014, section 3.2]."""


class Adaptation(NamedTuple):
    """Dual averaging of the step length.

    Args:
        log_step: log ε in use.
        averaged: log ε averaged over the burn-in, which is used after it.
        missed: running mean of target − acceptance.
        since: draw from which it averages: the last one at which the axes were set.
    """

    log_step: Float[Array, ""]
    averaged: Float[Array, ""]
    missed: Float[Array, ""]
    since: Int[Array, ""]


def adapted(adaptation: Adaptation, missed: Float[Array, ""], step: Int[Array, ""]) -> Adaptation:
    """The step length after a draw that missed the target by `missed`.

    Source: [hoffman2014] algorithm 5, with μ = log(10 ε) of the step length in use at the start.
    """
    t = step + 1.0
    weight = 1.0 / (t + ADAPTATION["delay"])
    mean = (1.0 - weight) * adaptation.missed + weight * missed
    log_step = jnp.log(0.5) - jnp.sqrt(t) / ADAPTATION["gain"] * mean
    share = (t - adaptation.since) ** -ADAPTATION["decay"]
    return Adaptation(log_step, share * log_step + (1.0 - share) * adaptation.averaged, mean, adaptation.since)
