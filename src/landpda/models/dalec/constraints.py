"""Ecological and dynamic constraints (EDCs): what parameters and pools must do to be those of an ecosystem."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from landpda.models.dalec.fire import Combustion, burn
from landpda.models.dalec.phenology import DAYS_PER_YEAR
from landpda.models.dalec.pools import POOL_NAMES, Allocation, CarbonPools
from landpda.models.dalec.totals import Anniversaries, Totals

CONSTRAINTS = (
    "edc1_litter_turns_faster_than_som",
    "edc2_litter_decomposes_faster_than_som_respires",
    "edc3_wood_turns_slower_than_leaves",
    "edc4_roots_turn_faster_than_som",
    "edc5_allocation_to_leaves_and_roots",
    "edc6_mean_leaves_and_roots",
    *(f"edc{7 + i}_{pool}_growth" for i, pool in enumerate(POOL_NAMES)),
    *(f"edc{7 + i}_{pool}_decay" for i, pool in enumerate(POOL_NAMES)),
    *(f"range_{pool}" for pool in POOL_NAMES),
    "positive_pools",
)
"""EDC7–12 have two sides each: growth |ln R_s| ≤ ln EQF, and decay |R_s − R_m| ≤ 0.1."""

LARGEST_RATIO = 5.0  # [1] between foliage and roots, EDC5 and EDC6 [bloom2015]
EQUILIBRIUM_FACTOR = 2.0  # EQF [1] [bloom2016]
DECAY_TOLERANCE = 0.1  # [1] as coded for identity 400
LARGEST_LOG_RATIO = 27.0  # [1] logarithms of ratios are held within ±27 so that margins are finite in float32 too
SMALLEST = 1e-30  # [any] floor under a logarithm


class Criteria(NamedTuple):
    """What the constraints compare.

    Args:
        log_ratios: rows whose sign is the verdict: constraint holds where ≥ 0.
        balances: [1] logarithms of ratios that must lie within ± their bound.
        bounds: [1] those bounds.
        decays: [1] R_s − R_m of each pool.
        lowest: [gC m-2] the smallest that any pool has been.
    """
