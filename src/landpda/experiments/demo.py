"""The built-in example: a made-up temperate site with weather of its own, and a twin experiment on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.parameter_table import ParameterRow
from landpda.experiments.plan import GivenError, NoError, ParameterPlan, Periods, SoftConstraints, StreamPlan
from landpda.experiments.study import Study, TwinPlan
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.logit_normal import LogitNormal
from landpda.parameters.priors.normal import Normal
from landpda.parameters.priors.prior import Prior

if TYPE_CHECKING:
    import xarray as xr

LATITUDE = 50.0
"""[degrees_north] of the made-up site."""


def demo_site(num_years: int = 4, seed: int = 7) -> xr.Dataset:
    """Daily weather of a made-up temperate site, and where its instruments would have gaps.

    Temperature is an annual cycle with an AR(1) anomaly; radiation is the extraterrestrial one times a cloudiness that goes
    with rain; vapour pressure deficit follows temperature. The observed values are placeholders (zero) on the days that are
    observed: a twin experiment fills them in.

    Args:
        num_years: [yr] from 2001-01-01 on.
        seed: of the weather.
    """
    import xarray as xr

    rng = np.random.default_rng(seed)
    time = np.arange(f"{2001:04d}-01-01", f"{2001 + num_years:04d}-01-01", dtype="datetime64[D]")
    day = (time - time.astype("datetime64[Y]")).astype(int) + 1.0
    num = len(time)
    season = np.cos(2.0 * np.pi * (day - 200.0) / 365.25)
    anomaly = _ar1(rng, num, correlation=0.75, sd=3.0)
    wet = rng.random(num) < 0.45
    mean = 9.5 + 9.0 * season + anomaly
    half_range = np.clip(4.5 + 1.5 * season - 1.5 * wet + 0.8 * rng.standard_normal(num), 1.0, None)
    clearness = np.clip(np.where(wet, 0.32, 0.55) + 0.10 * rng.standard_normal(num), 0.1, 0.75)
    shortwave = clearness * _extraterrestrial(day, LATITUDE)
    saturation = 6.11 * np.exp(17.27 * (mean + half_range) / (237.3 + mean + half_range))
    vpd = np.clip(saturation * (0.42 - 0.2 * wet), 0.3, None)
    rain = np.where(wet, rng.gamma(0.8, 5.0, num), 0.0)
    observed = np.where(rng.random(num) < 0.85, 0.0, np.nan)
    units = {
        "tmin": ("degC", mean - half_range),
        "tmax": ("degC", mean + half_range),
        "shortwave": ("MJ m-2 d-1", shortwave),
        "vpd": ("hPa", vpd),
        "precipitation": ("mm d-1", rain),
        "co2": ("ppm", 370.0 + 2.0 * np.arange(num) / 365.25),
        "burned_area": ("1", np.zeros(num)),
        "nbe": ("gC m-2 d-1", observed),
        "lai": ("m2 m-2", np.zeros(num)),
    }
    remark = "Made-up weather; the values of nbe and lai are placeholders on the days that would be observed."
    return xr.Dataset(
        {name: ("time", values, {"units": unit}) for name, (unit, values) in units.items()},
        coords={"time": time.astype("datetime64[ns]")},
        attrs={
            "site": "demo",
            "latitude": LATITUDE,
            "longitude": 10.0,
            "igbp": "DBF",
            "step": "1D",
            "source_format": "demo",
            "remarks": json.dumps([remark]),
        },
    )


def demo_study(seed: int = 1) -> Study:
    """A twin experiment with DALEC2 on the made-up site: three years of carbon exchange and leaf area, a fourth held out.

    Args:
        seed: another seed, another truth.
    """
    from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt
    from landpda.methods.sample.hmc import HMC
    from landpda.models.dalec.dalec2 import Dalec2

    model = Dalec2()
    return Study(
        name="Twin experiment with DALEC2 on a made-up site",
        site=demo_site(),
        model=model,
        streams=(
            StreamPlan("nbe", observation=GivenError(0.5), structural=NoError()),
            StreamPlan("lai", every=8, observation=GivenError(0.3), structural=NoError()),
        ),
        parameters=ParameterPlan(model.parameters, priors={name: _near_default(row) for name, row in model.parameters.items()}),
        search=LevenbergMarquardt(num_starts=16),
        answer=HMC(num_chains=32, num_draws=400, burn_in=0.4, trajectory=3.0, max_leapfrog=24),
        periods=Periods("2001-01-01", "2003-12-31", "2004-01-01", "2004-12-31"),
        constraints=SoftConstraints(),
        twin=TwinPlan(),
        seed=seed,
    )


def _near_default(row: ParameterRow) -> Prior:
    """What one knows of a temperate broadleaved forest before any data: the table's default, give or take a half.

    The table's own ranges hold every ecosystem of the world, and most draws from them are none: leaf areas of a hundred,
    pools that vanish within the year. A truth drawn from them would show nothing.
    """
    if row.period > 0.0:
        return Normal(row.default + row.period, 10.0)
    if row.name == "leaf_lifespan" or row.high <= 1.0 <= 100.0 * row.low:
        return LogitNormal(row.low, row.high, row.default, 0.4)
    return LogNormal.from_factor(row.default, 1.5)


def _ar1(rng: np.random.Generator, num: int, *, correlation: float, sd: float) -> np.ndarray:
    from scipy.signal import lfilter

    shocks = rng.standard_normal(num) * sd * np.sqrt(1.0 - correlation**2)
    shocks[0] = rng.standard_normal() * sd
    return lfilter([1.0], [1.0, -correlation], shocks)


def _extraterrestrial(day: np.ndarray, latitude: float) -> np.ndarray:
    """[MJ m-2 d-1] radiation at the top of the atmosphere. Source: [allen1998] eq. 21."""
    phi = np.deg2rad(latitude)
    declination = 0.409 * np.sin(2.0 * np.pi * day / 365.0 - 1.39)
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0))
    distance = 1.0 + 0.033 * np.cos(2.0 * np.pi * day / 365.0)
    path = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    return 24.0 * 60.0 / np.pi * 0.0820 * distance * path
