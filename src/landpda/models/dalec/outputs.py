"""The names under which a run of DALEC can give out its carbon, and how each is read off a step."""

from __future__ import annotations

import operator
from collections.abc import Callable

from jaxtyping import Array, Float

from landpda.core.types import Variable, variables
from landpda.models.dalec.pools import POOL_NAMES, CarbonPools
from landpda.models.dalec.step import CarbonStep


def _ra(s: CarbonStep) -> Float[Array, "*B"]:
    return s.share.autotrophic * s.fluxes.gpp


def _rh(s: CarbonStep) -> Float[Array, "*B"]:
    return s.fluxes.rh_litter + s.fluxes.rh_som


def _fire(s: CarbonStep) -> Float[Array, "*B"]:
    return s.burned.emitted / s.dt


def _nee(s: CarbonStep) -> Float[Array, "*B"]:
    return _ra(s) + _rh(s) - s.fluxes.gpp


FLUX = "gC m-2 d-1"

Diagnosis = Callable[[CarbonStep], Float[Array, "*B"]]

_FLUXES: tuple[tuple[str, str, str, Diagnosis], ...] = (
    ("gpp", FLUX, "gross primary production", lambda s: s.fluxes.gpp),
    ("ra", FLUX, "autotrophic respiration", _ra),
    ("rh", FLUX, "heterotrophic respiration", _rh),
    ("reco", FLUX, "ecosystem respiration, without fire", lambda s: _ra(s) + _rh(s)),
    ("nee", FLUX, "net ecosystem exchange without fire, positive to the air", _nee),
    ("nbe", FLUX, "net biosphere exchange: nee and fire, positive to the air", lambda s: _nee(s) + _fire(s)),
    ("fire", FLUX, "carbon burned", _fire),
    ("lai", "m2 m-2", "leaf area index at the start of the step", lambda s: s.exposure.lai),
    ("foliar_production", FLUX, "NPP straight to foliage", lambda s: s.share.foliar * s.fluxes.gpp),
    ("labile_production", FLUX, "NPP to labile carbon", lambda s: s.share.labile * s.fluxes.gpp),
    ("root_production", FLUX, "NPP to fine roots", lambda s: s.share.root * s.fluxes.gpp),
    ("wood_production", FLUX, "NPP to wood", lambda s: s.share.wood * s.fluxes.gpp),
    ("labile_release", FLUX, "labile carbon that becomes foliage", lambda s: s.fluxes.labile_release),
    ("foliar_litter", FLUX, "foliage to litter", lambda s: s.fluxes.foliar_litter),
    ("root_litter", FLUX, "fine roots to litter", lambda s: s.fluxes.root_litter),
    ("wood_litter", FLUX, "wood to soil organic matter", lambda s: s.fluxes.wood_litter),
    ("rh_litter", FLUX, "respiration of litter", lambda s: s.fluxes.rh_litter),
    ("rh_som", FLUX, "respiration of soil organic matter", lambda s: s.fluxes.rh_som),
    ("litter_to_som", FLUX, "litter to soil organic matter", lambda s: s.fluxes.litter_to_som),
    ("decomposition_factor", "1", "factor of temperature (and moisture) on decomposition", lambda s: s.exposure.decomposition),
    ("onset_factor", "d-1", "share of labile carbon released per day", lambda s: s.onset),
    ("fall_factor", "d-1", "share of foliage shed per day", lambda s: s.fall),
)


def _of_pool(name: str) -> tuple[tuple[str, str, str, Diagnosis], ...]:
    return (
        (f"fire_{name}", FLUX, f"{name} carbon burned", lambda s: getattr(s.burned.fire.emission, name) / s.dt),
        (
            f"fire_{name}_litter",
            FLUX,
            f"{name} carbon killed or charred",
            lambda s: getattr(s.burned.fire.transfer, name) / s.dt,
        ),
    )


_ROWS = _FLUXES + tuple(row for name in POOL_NAMES for row in _of_pool(name) if row[0] != "fire_som_litter")

CARBON_DIAGNOSES: dict[str, Diagnosis] = {name: diagnosis for name, _, _, diagnosis in _ROWS}
"""Output with one value a step → how it is read off the step."""

CARBON_STATES: dict[str, Callable[[CarbonPools], Float[Array, "*B"]]] = {
    f"c_{name}": operator.attrgetter(name) for name in POOL_NAMES
}
"""Output that is a state → how it is read off the pools."""


def state_outputs(*states: Variable) -> dict[str, Variable]:
    """Of each state two outputs: its value at the start of each step, and under `…_edges` the T + 1 values at the edges."""
    starts = {s.name: s._replace(meaning=f"{s.meaning} at the start of the step") for s in states}
    edges = [
        Variable(f"{s.name}_edges", s.units, ("time_edge",), f"{s.meaning} at the start of each step and the end of the last")
        for s in states
    ]
    return starts | variables(*edges)


CARBON_OUTPUTS: dict[str, Variable] = {
    **{name: Variable(name, units, ("time",), meaning) for name, units, meaning, _ in _ROWS},
    **state_outputs(*(Variable(f"c_{name}", "gC m-2", ("time",), f"{name} carbon") for name in POOL_NAMES)),
    **variables(
        Variable("constraint_margin", "1", ("constraint",), "≥ 0 where a constraint holds, else minus a logarithmic distance"),
        Variable("constraints_met", "1", ("constraint",), "whether each constraint holds, by the published comparison"),
    ),
}
"""All that a run can give out of carbon."""
