"""Fire: what a burned area takes from each pool to the air, and what it leaves as litter."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.models.dalec.pools import CarbonPools


class Combustion(NamedTuple):
    """Share of each pool that burns where fire passes [1], and the share that survives of the rest [1]."""

    labile: Float[Array, "*B"] | float
    foliar: Float[Array, "*B"] | float
    root: Float[Array, "*B"] | float
    wood: Float[Array, "*B"] | float
    litter: Float[Array, "*B"] | float
    som: Float[Array, "*B"] | float
    resilience: Float[Array, "*B"] | float


PUBLISHED_COMBUSTION = Combustion(labile=0.1, foliar=0.9, root=0.1, wood=0.1, litter=0.5, som=0.01, resilience=0.5)
"""[bloom2016] supplement."""


class Fire(NamedTuple):
    """Of each pool, what burns (emission) and what dies or chars (transfer): as shares [1] or as carbon [gC m-2]."""

    emission: CarbonPools
    transfer: CarbonPools


def fire_shares(combustion: Combustion) -> Fire:
    """Shares of the carbon of a burned area [1]: K burns, (1 − K)(1 − r) dies or chars; SOM only burns.

    Source: [bloom2016] supplement.
    """
    *factors, resilience = (jnp.asarray(factor) for factor in combustion)
    died = [(1.0 - factor) * (1.0 - resilience) for factor in factors[:-1]]
    return Fire(CarbonPools(*factors), CarbonPools(*died, som=jnp.zeros_like(factors[-1])))


def burn(burned: CarbonPools, shares: Fire) -> Fire:
    """What fire moves [gC m-2].

    Args:
        burned: [gC m-2] carbon of each pool on the burned area, after the step's other fluxes: C_i B.
        shares: [1] of it.
    """
    return Fire(
        CarbonPools(*(carbon * share for carbon, share in zip(burned, shares.emission, strict=True))),
        CarbonPools(*(carbon * share for carbon, share in zip(burned, shares.transfer, strict=True))),
    )


def burned_pools(pools: CarbonPools, fire: Fire) -> CarbonPools:
    """Pools after the fire [gC m-2]: dead foliage, roots and labile carbon become litter, dead wood and charred litter SOM."""
    e, m = fire
    return CarbonPools(
        labile=pools.labile - e.labile - m.labile,
        foliar=pools.foliar - e.foliar - m.foliar,
        root=pools.root - e.root - m.root,
        wood=pools.wood - e.wood - m.wood,
        litter=pools.litter + (m.labile + m.foliar + m.root - e.litter - m.litter),
        som=pools.som + (m.wood + m.litter - e.som),
    )
