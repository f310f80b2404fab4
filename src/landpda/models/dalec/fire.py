"""Fire: what a burned area takes from each pool to the air, and what it leaves as litter."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Float

from landpda.models.dalec.pools import CarbonPools

RESILIENCE = 0.5
"""[1] share of the unburned live carbon of a burned area that survives. [bloom2016]"""


class Combustion(NamedTuple):
    """Share of each pool that burns where fire passes [1], and the share that survives of the rest [1]."""

    labile: Float[Array, "*B"] | float
    foliar: Float[Array, "*B"] | float
    root: Float[Array, "*B"] | float
    wood: Float[Array, "*B"] | float
    litter: Float[Array, "*B"] | float
    som: Float[Array, "*B"] | float
    resilience: Float[Array, "*B"] | float


PUBLISHED_COMBUSTION = Combustion(0.1, 0.9, 0.1, 0.1, 0.5, 0.01, RESILIENCE)
"""[bloom2016] supplement."""


class FireFluxes(NamedTuple):
    """Carbon that burns (emission) and that dies or chars (transfer), per pool [gC m-2]; SOM has no transfer (zero)."""

    emission: CarbonPools
    transfer: CarbonPools


def burn(pools: CarbonPools, burned: Float[Array, ""], combustion: Combustion) -> FireFluxes:
    """What fire moves in one step [gC m-2].

        e_i = C_i B K_i,   m_i = C_i B (1 − K_i)(1 − r)

    Args:
        pools: [gC m-2] after the step's other fluxes.
        burned: [1] B, fraction of the area burned during the step.
        combustion: K and r.

    Source: [bloom2016] supplement.
    """
    factors = combustion[:6]
    died = tuple((1.0 - factor) * (1.0 - combustion.resilience) for factor in factors[:5])
    emission = CarbonPools(*(pool * (burned * factor) for pool, factor in zip(pools, factors, strict=True)))
    transfer = [pool * (burned * share) for pool, share in zip(pools[:5], died, strict=True)]
    return FireFluxes(emission, CarbonPools(*transfer, som=0.0 * pools.som))


def burned_pools(pools: CarbonPools, fire: FireFluxes) -> CarbonPools:
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
