"""What a run accumulates on its way so that its constraints can be judged without keeping its trajectory."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.models.dalec.phenology import DAYS_PER_YEAR
from landpda.models.dalec.pools import CarbonPools
from landpda.models.dalec.step import CarbonStep


class FluxTotals(NamedTuple):
    """Sums of fluxes over steps [gC m-2 d-1]; root and wood litter follow from the sums of their pools."""

    gpp: Float[Array, "*B"]
    labile_release: Float[Array, "*B"]
    foliar_litter: Float[Array, "*B"]
    rh_litter: Float[Array, "*B"]
    rh_som: Float[Array, "*B"]
    litter_to_som: Float[Array, "*B"]


class Totals(NamedTuple):
    """What a run accumulates for its constraints.

    Args:
        pools: [gC m-2] sum of each pool over the steps' starts.
        anniversaries: [gC m-2] sum of each pool over every step a year apart.
        smallest: [gC m-2] the smallest that each pool has been.
        fluxes: [gC m-2 d-1] sums of the fluxes.
        burned: [gC m-2] sum of pool times burned fraction.
    """

    pools: CarbonPools
    anniversaries: CarbonPools
    smallest: CarbonPools
    fluxes: FluxTotals
    burned: CarbonPools


def no_totals(initial: CarbonPools) -> Totals:
    """Totals before the first step."""
    zeros = CarbonPools(*map(jnp.zeros_like, initial))
    return Totals(zeros, zeros, initial, FluxTotals(*[zeros.labile] * len(FluxTotals._fields)), zeros)


def with_step(totals: Totals, step: CarbonStep, is_anniversary: Float[Array, ""]) -> Totals:
    """Totals after one more step.

    Args:
        totals: before it.
        step: what happened in it.
        is_anniversary: [1] one if a whole number of years has passed at its start, else zero.
    """
    return Totals(
        pools=jax.tree.map(jnp.add, totals.pools, step.start),
        anniversaries=jax.tree.map(lambda total, pool: total + is_anniversary * pool, totals.anniversaries, step.start),
        smallest=jax.tree.map(jnp.minimum, totals.smallest, step.start),
        fluxes=FluxTotals(*(total + getattr(step.fluxes, name) for name, total in totals.fluxes._asdict().items())),
        burned=jax.tree.map(jnp.add, totals.burned, step.burned.exposed),
    )


class Anniversaries(NamedTuple):
    """Which steps of a run start a whole number of years after its first.

    Args:
        flags: [1] one or zero for each step.
        last: [1] the same for the end of the last step.
        number: [1] how many there are.
    """

    flags: Float[Array, "T"]
    last: Float[Array, ""]
    number: Float[Array, ""]


def anniversaries(time_index: Float[Array, "T"]) -> Anniversaries:
    """Every d-th step, d = floor(T/(t_last − t_first)·365.25) being the number of steps in a year.

    Args:
        time_index: [d] since the start of the run.

    Source: as coded for identity 400 [bloom2016].
    """
    num_steps = time_index.shape[0]
    span = jnp.maximum(time_index[-1] - time_index[0], 1e-3)
    per_year = jnp.clip(jnp.floor(num_steps / span * DAYS_PER_YEAR), 1.0, num_steps + 1.0)
    index = jnp.arange(num_steps + 1, dtype=time_index.dtype)
    flags = (jnp.mod(index, per_year) == 0).astype(time_index.dtype)
    return Anniversaries(flags[:-1], flags[-1], jnp.floor(num_steps / per_year) + 1.0)
