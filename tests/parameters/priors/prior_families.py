"""Every family of priors with several shapes, beside the scipy distribution that it should equal."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from landpda.parameters import priors
from landpda.parameters.priors.prior import Prior


class Twin(NamedTuple):
    """A prior and its twin.

    Args:
        prior: ours.
        scipy: the frozen scipy distribution.
        round_trip: allowed error of the normal score after a trip to the value and back, |z| ≤ 6. Where an end of the support
            is not 0, a value next to it has lost digits: eps·|end|/width over φ(6) is 4e-8 for an end as large as the width.
    """

    prior: Prior
    scipy: Any
    round_trip: float = 1e-11


def _between(distribution: Any, low: float, high: float, *shape: float) -> Any:
    return distribution(*shape, loc=low, scale=high - low)


TWINS = {
    "normal": Twin(priors.Normal(3.0, 2.0), stats.norm(3.0, 2.0)),
    "log_normal": Twin(priors.LogNormal(0.5, 0.2), stats.lognorm(0.2, scale=0.5)),
    "log_normal_by_factor": Twin(priors.LogNormal.from_factor(0.5, 1.2), stats.lognorm(np.log(1.2), scale=0.5)),
    "uniform": Twin(priors.Uniform(-1.0, 2.0), _between(stats.uniform, -1.0, 2.0), 1e-7),
    "uniform_unit": Twin(priors.Uniform(0.0, 1.0), stats.uniform(), 1e-7),
    "log_uniform": Twin(priors.LogUniform(1e-7, 1e3), stats.loguniform(1e-7, 1e3), 1e-7),
    "half_normal": Twin(priors.HalfNormal(2.0), stats.halfnorm(scale=2.0)),
    "truncated_normal": Twin(priors.TruncatedNormal(1.0, 2.0, 0.0, 3.0), stats.truncnorm(-0.5, 1.0, 1.0, 2.0), 1e-6),
    "truncated_normal_tail": Twin(priors.TruncatedNormal(0.0, 1.0, -9.0, -8.0), stats.truncnorm(-9.0, -8.0), 1e-5),
    "truncated_normal_uncut": Twin(priors.TruncatedNormal(3.0, 2.0), stats.norm(3.0, 2.0)),
    "logit_normal": Twin(priors.LogitNormal(0.0, 1.0, 0.3, 0.7), None, 1e-6),
    "beta_hump": Twin(priors.Beta(2.0, 5.0), stats.beta(2.0, 5.0)),
    "beta_scaled": Twin(priors.Beta(3.0, 3.0, -1.0, 3.0), _between(stats.beta, -1.0, 3.0, 3.0, 3.0), 1e-9),
    "beta_narrow": Twin(priors.Beta(500.0, 300.0), stats.beta(500.0, 300.0), 1e-10),
    "beta_flat": Twin(priors.Beta(1.0, 1.0), stats.beta(1.0, 1.0), 1e-7),
    "gamma_wait": Twin(priors.Gamma(1.0, 2.0), stats.gamma(1.0, scale=2.0)),
    "gamma_hump": Twin(priors.Gamma(10.0, 0.5), stats.gamma(10.0, scale=0.5)),
    "gamma_spike": Twin(priors.Gamma(0.05, 1.0), stats.gamma(0.05)),
    "gamma_narrow": Twin(priors.Gamma(1e4, 1.0), stats.gamma(1e4), 1e-10),
}


def _samples(seed: int, draw: str, *shape: float) -> np.ndarray:
    return getattr(np.random.default_rng(seed), draw)(*shape, size=1000)


EMPIRICAL = {
    "empirical": Twin(priors.Empirical(_samples(0, "normal")), None),
    "empirical_above": Twin(priors.Empirical(_samples(1, "gamma", 2.0), low=0.0), None),
    "empirical_below": Twin(priors.Empirical(-_samples(1, "gamma", 2.0), high=0.0), None),
    "empirical_between": Twin(priors.Empirical(_samples(2, "beta", 2.0, 3.0), low=0.0, high=1.0), None, 1e-7),
}

ALL = {**TWINS, **EMPIRICAL}
WITH_TWIN = {name: twin for name, twin in TWINS.items() if twin.scipy is not None}
