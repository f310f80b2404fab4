"""Leaf onset and fall: the combined deciduous–evergreen analytical (CDEA) phenology."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.engine.exponential import exp
from landpda.models.dalec.acm import PUBLISHED_PI

DAYS_PER_YEAR = 365.25
YEAR_SCALE = DAYS_PER_YEAR / PUBLISHED_PI  # s_f [d]: sin(t/s_f) has its zeros a year apart
LABILE_LIFESPAN = 1.001  # [yr] of the labile pool, where it is not a parameter

# [bloom2015] appendix: fit of the peak's offset against ℓ = ln(lifespan − 1), highest power first.
OFFSET_COEFFICIENTS = (
    2.359978471e-5,
    3.32730053021e-4,
    9.01865258885e-4,
    -5.437736864888e-3,
    -0.020836027517787,
    0.126972018064287,
    -0.188459767342504,
)


class SeasonalPulse(NamedTuple):
    """A Gaussian pulse once a year, as exp(level + cosine cos 2τ + sine sin 2τ) with τ = t/s_f.

    Args:
        level: [1] a.
        cosine: [1] b.
        sine: [1] c.
    """

    level: Float[Array, "*B"]
    cosine: Float[Array, "*B"]
    sine: Float[Array, "*B"]


def seasonal_pulse(day: Float[Array, "*B"], period: Float[Array, "*B"], lifespan: Float[Array, "*B"]) -> SeasonalPulse:
    """The pulse of a pool that loses 1 − 1/lifespan of itself each year, around one day of the year.

        Φ(t) = (2/√π)(F/w) exp{−[sin((t − day + o)/s_f) s_f/w]²},  F = ½[ln L − ln(L − 1)],  w = period √2/2

    The square of the sine is ½(1 − cos 2x): with h = s_f²/(2w²) the exponent is −h + h cos(2t/s_f − 2(day − o)/s_f), which
    splits into one part for the parameters and one for the time. So the loop needs one exponential, no sine.

    Args:
        day: [d] around which the pool is lost, any year's.
        period: [d] over which it is lost.
        lifespan: [yr] L, > 1.

    Source: [bloom2015] equations 2–4, A1.
    """
    width = period * math.sqrt(0.5)
    log_excess = jnp.log(lifespan - 1.0)
    share = 0.5 * (jnp.log(lifespan) - log_excess)
    half_square = YEAR_SCALE**2 / (2.0 * width * width)
    phase = 2.0 * (day - _offset(width, log_excess)) / YEAR_SCALE
    return SeasonalPulse(
        level=jnp.log(2.0 / math.sqrt(PUBLISHED_PI) * share / width) - half_square,
        cosine=half_square * jnp.cos(phase),
        sine=half_square * jnp.sin(phase),
    )


def _offset(width: Float[Array, "*B"], log_excess: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """Days from the pulse's centre to the day that the parameter names [d]."""
    polynomial = jnp.zeros_like(log_excess)
    for coefficient in OFFSET_COEFFICIENTS:
        polynomial = polynomial * log_excess + coefficient
    return width * polynomial


class Season(NamedTuple):
    """Where in the year a step lies: cos 2τ and sin 2τ, τ = t/s_f [1]."""

    cosine: Float[Array, "T"]
    sine: Float[Array, "T"]


def season(time_index: Float[Array, "T"]) -> Season:
    """Season of each step.

    Args:
        time_index: [d] since the start of the run.
    """
    angle = 2.0 * time_index / YEAR_SCALE
    return Season(jnp.cos(angle), jnp.sin(angle))


def daily_share(pulse: SeasonalPulse, now: Season) -> Float[Array, "*B"]:
    """Share of the pool lost per day [d-1] at this step."""
    return exp(pulse.level + pulse.cosine * now.cosine + pulse.sine * now.sine)
