"""Ecological and dynamic constraints (EDCs): what parameters and pools must do to be those of an ecosystem."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from landpda.core.parameter_table import ParameterTable
from landpda.core.types import Theta
from landpda.models.dalec.fire import burn
from landpda.models.dalec.phenology import DAYS_PER_YEAR
from landpda.models.dalec.pools import POOL_NAMES, Allocation, CarbonPools, initial_pools
from landpda.models.dalec.step import CarbonTerms
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
    *(f"positive_{pool}" for pool in POOL_NAMES),
)
"""EDC7–12 have two sides each: growth |ln R_s| ≤ ln EQF, and decay |R_s − R_m| ≤ 0.1. The published code counts each pair as
one, and the six ranges as one."""

LARGEST_RATIO = 5.0  # [1] between foliage and roots, EDC5 and EDC6 [bloom2015]
EQUILIBRIUM_FACTOR = 2.0  # EQF [1] [bloom2016]
DECAY_TOLERANCE = 0.1  # [1] as coded for identity 400
LARGEST_LOG_RATIO = 27.0  # [1] logarithms of ratios are held within ±27 so that margins are finite in float32 too
SMALLEST = 1e-30  # [any] floor under a logarithm


class Verdict(NamedTuple):
    """Of one constraint, or with a leading axis of several.

    Args:
        constraint_margin: [1] ≥ 0 where it holds; else minus a distance that grows like a logarithm. Smooth and finite.
        constraints_met: whether it holds, by the comparison as published.
    """

    constraint_margin: Float[Array, "*B"]
    constraints_met: Bool[Array, "*B"]


class Run(NamedTuple):
    """What the dynamic constraints look at.

    Args:
        terms: of the parameters.
        initial: [gC m-2] pools at the start.
        final: [gC m-2] pools at the end.
        totals: over the steps.
        years: which steps start a year after the first.
        num_steps: [1] number of steps.
    """

    terms: CarbonTerms
    initial: CarbonPools
    final: CarbonPools
    totals: Totals
    years: Anniversaries
    num_steps: int


def judge_with(
    p: Theta, terms: CarbonTerms, years: Anniversaries, mean_decomposition: Float[Array, "*B"], table: ParameterTable
) -> Callable[[Totals, CarbonPools], Verdict]:
    """What judges a run by its totals and its pools at the end; see `judge`.

    Args:
        p: parameters.
        terms: of the parameters.
        years: which steps start a year after the first.
        mean_decomposition: [1] factor on decomposition at the run's mean weather.
        table: of the parameters' ranges.
    """

    def verdict(totals: Totals, final: CarbonPools) -> Verdict:
        run = Run(terms, initial_pools(p), final, totals, years, years.flags.shape[0])
        return judge(p, run, mean_decomposition, table)

    return verdict


def judge(p: Theta, run: Run, mean_decomposition: Float[Array, "*B"], table: ParameterTable) -> Verdict:
    """The verdict on every constraint, in the order of `CONSTRAINTS`.

    Args:
        p: parameters.
        run: what it did.
        mean_decomposition: [1] factor on decomposition at the run's mean weather.
        table: whose ranges of the initial pools no pool's mean may exceed.

    Source: [bloom2015] section 2.3 and appendix B, as coded for identity 400.
    """
    total, final = run.totals, run.final
    largest = [table[f"c_{name}_initial"].high for name in POOL_NAMES]
    means = CarbonPools(*((t + end) / (run.num_steps + 1) for t, end in zip(total.pools, final, strict=True)))
    growth, decay = zip(*map(_trend, *_budgets(run), _anniversary_means(run), run.initial), strict=True)
    rows = [
        *_static(p, run.terms.share, mean_decomposition),
        _balanced(_log(means.foliar) - _log(means.root), LARGEST_RATIO),
        *growth,
        *decay,
        *(_exceeds(jnp.asarray(most, mean.dtype), mean) for most, mean in zip(largest, means, strict=True)),
        *(_not_negative(jnp.minimum(low, end)) for low, end in zip(total.smallest, final, strict=True)),
    ]
    margins, met = zip(*rows, strict=True)
    return Verdict(jnp.stack(jnp.broadcast_arrays(*margins)), jnp.stack(jnp.broadcast_arrays(*met)))


def _static(p: Theta, share: Allocation, mean_decomposition: Float[Array, "*B"]) -> list[Verdict]:
    """EDC1–5: what the parameters alone say."""
    som = p["som_respiration_rate"]
    return [
        _exceeds(p["litter_respiration_rate"], som),
        _exceeds(p["litter_to_som_rate"], som),
        _exceeds(1.0 / (DAYS_PER_YEAR * p["leaf_lifespan"]), p["wood_turnover_rate"]),
        _exceeds(p["root_turnover_rate"], som * mean_decomposition),
        _balanced(_log(share.foliar + share.labile) - _log(share.root), LARGEST_RATIO),
    ]


def _budgets(run: Run) -> tuple[CarbonPools, CarbonPools]:
    """What entered and what left each pool over the run, fire included [gC m-2 d-1, summed over the steps]."""
    f, terms, share = run.totals.fluxes, run.terms, run.terms.share
    e, m = burn(CarbonPools(*(total / terms.dt for total in run.totals.burned)), terms.combustion)
    root_litter, wood_litter = terms.root * run.totals.pools.root, terms.wood * run.totals.pools.wood
    inputs = CarbonPools(
        labile=share.labile * f.gpp,
        foliar=share.foliar * f.gpp + f.labile_release,
        root=share.root * f.gpp,
        wood=share.wood * f.gpp,
        litter=f.foliar_litter + root_litter + m.labile + m.foliar + m.root,
        som=wood_litter + f.litter_to_som + m.wood + m.litter,
    )
    outputs = CarbonPools(
        labile=f.labile_release + e.labile + m.labile,
        foliar=f.foliar_litter + e.foliar + m.foliar,
        root=root_litter + e.root + m.root,
        wood=wood_litter + e.wood + m.wood,
        litter=f.rh_litter + f.litter_to_som + e.litter + m.litter,
        som=f.rh_som + e.som,
    )
    return inputs, outputs


def _anniversary_means(run: Run) -> CarbonPools:
    """J: mean of each pool over the steps a year apart, the first included [gC m-2]."""
    years = run.years
    totals = zip(run.totals.anniversaries, run.final, strict=True)
    return CarbonPools(*((total + years.last * end) / years.number for total, end in totals))


def _trend(
    inflow: Float[Array, "*B"], outflow: Float[Array, "*B"], mean: Float[Array, "*B"], initial: Float[Array, "*B"]
) -> tuple[Verdict, Verdict]:
    """EDC7–12 of one pool: growth |ln R_s| ≤ ln EQF and decay |R_s − R_m| ≤ 0.1, R_m = In/Out, R_s = R_m J/C(0)."""
    log_flux_ratio = _log(inflow) - _log(outflow)
    log_state_ratio = log_flux_ratio + _log(mean) - _log(initial)
    held = [jnp.clip(x, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO) for x in (log_state_ratio, log_flux_ratio)]
    smooth = (jnp.exp(held[0]) - jnp.exp(held[1])) / DECAY_TOLERANCE
    flux_ratio = inflow / outflow
    state_ratio = flux_ratio * mean / initial
    return (
        Verdict(
            _balanced(held[0], EQUILIBRIUM_FACTOR).constraint_margin,
            jnp.abs(jnp.log(state_ratio)) <= math.log(EQUILIBRIUM_FACTOR),
        ),
        Verdict(0.5 * (math.log(2.0) - jnp.log1p(smooth * smooth)), jnp.abs(state_ratio - flux_ratio) <= DECAY_TOLERANCE),
    )


def _exceeds(larger: Float[Array, "*B"], smaller: Float[Array, "*B"]) -> Verdict:
    return Verdict(_log(larger) - _log(smaller), larger >= smaller)


def _balanced(log_ratio: Float[Array, "*B"], bound: float) -> Verdict:
    """A ratio within a factor `bound` of one. The absolute value is rounded off near zero and exact at the bound."""
    limit = math.log(bound)
    width = 0.1 * limit
    rounded = jnp.sqrt(log_ratio * log_ratio + width * width) - width
    at_limit = math.sqrt(limit * limit + width * width) - width
    return Verdict(limit * (1.0 - rounded / at_limit), jnp.abs(log_ratio) <= limit)


def _not_negative(lowest: Float[Array, "*B"]) -> Verdict:
    """Margin asinh(C/(1 gC m-2)): linear near zero, a logarithm beyond."""
    return Verdict(jnp.arcsinh(lowest), lowest >= 0.0)


def _log(x: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """Logarithm [1], floored so that it stays finite."""
    return jnp.log(jnp.maximum(x, SMALLEST))
