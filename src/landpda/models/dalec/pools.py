"""The six carbon pools of DALEC, what flows between them, and the update of one step."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.stepped import NonNegative, State, StateVariable
from landpda.core.types import Theta

POOL_NAMES = ("labile", "foliar", "root", "wood", "litter", "som")

LARGEST_SHARE = 1.0 - 1e-9
"""[d-1] (1 − k)^Δt has no value beyond one; the published code gives NaN there."""


class CarbonPools(NamedTuple):
    """Carbon in each pool [gC m-2]."""

    labile: Float[Array, "*B"]
    foliar: Float[Array, "*B"]
    root: Float[Array, "*B"]
    wood: Float[Array, "*B"]
    litter: Float[Array, "*B"]
    som: Float[Array, "*B"]


def initial_pools(p: Theta) -> CarbonPools:
    """Pools at the start [gC m-2], each of the shape that the parameters have together: that of the member axis.

    Args:
        p: parameters, c_labile_initial [gC m-2] and its five siblings among them.
    """
    shape = jnp.broadcast_shapes(*(jnp.shape(value) for value in p.values()))
    return CarbonPools(*(jnp.broadcast_to(p[f"c_{name}_initial"], shape) for name in POOL_NAMES))


POOL_STATES = tuple(
    StateVariable(f"c_{name}", "gC m-2", NonNegative(1.0), f"{name} carbon at the start of the step") for name in POOL_NAMES
)
"""The pools as variables that a filter may change. A gram of carbon per square metre is next to nothing in any of them."""


def pools_of(state: State) -> CarbonPools:
    """The pools among the variables of a state."""
    return CarbonPools(*(state[variable.name] for variable in POOL_STATES))


class Allocation(NamedTuple):
    """Shares of GPP [1]."""

    autotrophic: Float[Array, "*B"]
    foliar: Float[Array, "*B"]
    labile: Float[Array, "*B"]
    root: Float[Array, "*B"]
    wood: Float[Array, "*B"]


def allocation(
    autotrophic: Float[Array, "*B"], foliar: Float[Array, "*B"], labile: Float[Array, "*B"], root: Float[Array, "*B"]
) -> Allocation:
    """Where GPP goes, from the chain of fractions.

    Args:
        autotrophic: [1] of GPP.
        foliar: [1] of what remains.
        labile: [1] of what then remains.
        root: [1] of what then remains; wood takes the rest.

    Source: [bloom2015] A2–A6.
    """
    net = 1.0 - autotrophic
    to_foliar = net * foliar
    to_labile = (net - to_foliar) * labile
    to_root = (net - to_foliar - to_labile) * root
    return Allocation(autotrophic, to_foliar, to_labile, to_root, net - to_foliar - to_labile - to_root)


def lost_per_day(share: Float[Array, "*B"], dt: float | Float[Array, ""]) -> Float[Array, "*B"]:
    """Mean daily loss over a step, as a share of the pool at its start [d-1].

        (1 − (1 − k)^Δt)/Δt

    Args:
        share: [d-1] k, lost per day.
        dt: [d] length of the step. A plain 1.0 costs nothing.
    """
    if isinstance(dt, int | float) and dt == 1:
        return share
    return -jnp.expm1(dt * jnp.log1p(-jnp.minimum(share, LARGEST_SHARE))) / dt


class CarbonFluxes(NamedTuple):
    """Fluxes of one step [gC m-2 d-1], all from the pools at its start."""

    gpp: Float[Array, "*B"]
    labile_release: Float[Array, "*B"]
    foliar_litter: Float[Array, "*B"]
    root_litter: Float[Array, "*B"]
    wood_litter: Float[Array, "*B"]
    rh_litter: Float[Array, "*B"]
    rh_som: Float[Array, "*B"]
    litter_to_som: Float[Array, "*B"]


def updated(pools: CarbonPools, fluxes: CarbonFluxes, share: Allocation, dt: float | Float[Array, ""]) -> CarbonPools:
    """Pools at the end of the step, before fire [gC m-2].

    Source: [bloom2015] A7–A12.
    """
    f = fluxes
    return CarbonPools(
        labile=pools.labile + (share.labile * f.gpp - f.labile_release) * dt,
        foliar=pools.foliar + (share.foliar * f.gpp + f.labile_release - f.foliar_litter) * dt,
        root=pools.root + (share.root * f.gpp - f.root_litter) * dt,
        wood=pools.wood + (share.wood * f.gpp - f.wood_litter) * dt,
        litter=pools.litter + (f.foliar_litter + f.root_litter - f.rh_litter - f.litter_to_som) * dt,
        som=pools.som + (f.litter_to_som + f.wood_litter - f.rh_som) * dt,
    )
