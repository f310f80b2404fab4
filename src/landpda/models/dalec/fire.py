"""Fire: what a burned area takes from each pool to the air, and what it leaves as litter."""

from __future__ import annotations

from typing import NamedTuple

import jax
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


class Burned(NamedTuple):
    """What fire did in a step.

    Args:
        pools: [gC m-2] after it.
        exposed: [gC m-2] carbon of each pool on the burned area: C_i B.
        fire: [gC m-2] what it moved of that.
        emitted: [gC m-2] all that went to the air.
    """

    pools: CarbonPools
    exposed: CarbonPools
    fire: Fire
    emitted: Float[Array, "*B"]


def after_fire(pools: CarbonPools, burned_area: Float[Array, ""] | None, shares: Fire) -> Burned:
    """What fire does in a step. Most steps have none, and then nothing is computed.

    Args:
        pools: [gC m-2] after the step's other fluxes.
        burned_area: [1] B, fraction of the area burned in the step; None where there is never fire.
        shares: [1] of the carbon on it.
    """
    if burned_area is None:
        return _no_fire(pools)
    if jnp.ndim(pools.labile) == 0:  # for a lone member a branch costs more than what it saves
        return _burn(pools, burned_area, shares)
    return jax.lax.cond(burned_area > 0.0, lambda: _burn(pools, burned_area, shares), lambda: _no_fire(pools))


def _no_fire(pools: CarbonPools) -> Burned:
    nothing = CarbonPools(*map(jnp.zeros_like, pools))
    return Burned(pools, nothing, Fire(nothing, nothing), nothing.labile)


def _burn(pools: CarbonPools, burned_area: Float[Array, ""], shares: Fire) -> Burned:
    """Dead foliage, roots and labile carbon become litter; dead wood and charred litter become SOM. [bloom2016]."""
    exposed = CarbonPools(*(pool * burned_area for pool in pools))
    e, m = fire = burn(exposed, shares)
    left = CarbonPools(
        labile=pools.labile - e.labile - m.labile,
        foliar=pools.foliar - e.foliar - m.foliar,
        root=pools.root - e.root - m.root,
        wood=pools.wood - e.wood - m.wood,
        litter=pools.litter + (m.labile + m.foliar + m.root - e.litter - m.litter),
        som=pools.som + (m.wood + m.litter - e.som),
    )
    return Burned(left, exposed, fire, emitted=e.labile + e.foliar + e.root + e.wood + e.litter + e.som)


def burn(exposed: CarbonPools, shares: Fire) -> Fire:
    """What fire moves [gC m-2] of the carbon exposed to it.

    Args:
        exposed: [gC m-2] carbon of each pool on the burned area, of a step or summed over steps.
        shares: [1] of it.
    """
    return Fire(
        CarbonPools(*(carbon * share for carbon, share in zip(exposed, shares.emission, strict=True))),
        CarbonPools(*(carbon * share for carbon, share in zip(exposed, shares.transfer, strict=True))),
    )
