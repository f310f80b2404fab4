"""A made-up result laid out as docs/run_folder.md says: one forest, two streams, a posterior with flaws to show."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import xarray as xr

ELEMENTS = """
litter_to_som_rate|d-1|1e-5|0.01|share of litter that becomes soil organic matter per day
autotrophic_fraction|1|0.2|0.8|share of GPP respired by plants
foliar_fraction|1|0.01|0.5|share of NPP that goes straight to foliage
root_fraction|1|0.01|1|share to fine roots of the NPP left
leaf_lifespan|yr|1.001|8|mean life of a leaf
wood_turnover_rate|d-1|2.5e-5|1e-3|share of wood lost per day
litter_respiration_rate|d-1|1e-4|0.01|share of litter respired per day
som_respiration_rate|d-1|1e-7|1e-3|share of soil organic matter respired per day
temperature_exponent|K-1|0.018|0.08|how fast respiration grows with temperature
canopy_efficiency|gC m-2 d-1|5|50|how much a unit of leaf assimilates
onset_day|d|1|365.25|day of the year when leaves come
fall_day|d|1|365.25|day of the year when leaves fall
leaf_carbon_per_area|gC m-2|5|200|carbon per leaf area
c_wood_initial|gC m-2|1|100000|wood at the start
c_som_initial|gC m-2|1|200000|soil organic matter at the start
nbe_structural_sd|gC m-2 d-1|0.05|5|structural error of the model
""".strip()
LINEAR = {"onset_day", "fall_day"}
STREAMS = {"nbe": "gC m-2 d-1", "lai": "m2 m-2"}


@dataclass(frozen=True)
class Made:
    """How a synthetic run is made.

    Args:
        experiment: "holdout" or "twin".
        converged: whether the chains agree.
        study: its name.
        years: of data.
        draws: of each of the four chains.
        point: whether the method gave a single vector, and so no spread, no intervals and no R-hat.
    """

    experiment: str = "holdout"
    converged: bool = True
    study: str = "de-hai-dalec"
    years: int = 9
    draws: int = 800
    point: bool = False


def synthetic_run(made: Made | None = None, seed: int = 7) -> xr.DataTree:
    """The tree of a made-up run; the same for the same arguments."""
    made = made or Made()
    rng = np.random.default_rng(seed)
    rows = [row.split("|") for row in ELEMENTS.splitlines()]
    groups = _draws(made, rows, rng) | _data(made, rng)
    names = [row[0] for row in rows]
    groups |= _summary(made, names, groups, rng)
    groups |= _diagnostics(made, names, groups, rng)
    tree = xr.DataTree.from_dict(groups)
    tree.attrs.update(_attributes(made))
    return tree


def _attributes(made: Made) -> dict[str, object]:
    findings = [
        [
            "warning",
            "edge_hitting",
            "wood_turnover_rate leans on the lower end of its range: the data ask for less than the prior allows.",
        ],
        ["note", "errors", "The structural error of nbe was estimated at 0.71 gC m-2 d-1."],
        [
            "good",
            "coverage",
            "The 90 % predictive interval held 91 % of the held-out nbe data; the parameters alone cover 12 %.",
        ],
    ]
    if made.converged:
        findings.append(["good", "convergence", "The four chains agree: the largest R-hat is 1.006."])
    else:
        findings.insert(0, ["serious", "convergence", "Not converged: R-hat reaches 1.62 for som_respiration_rate."])
    held = made.experiment == "holdout"
    return {
        "landpda_version": "0.1.0",
        "study": made.study,
        "site": "DE-Hai",
        "latitude": 51.0792,
        "model": "dalec2",
        "method": "dream_zs",
        "created": "2026-01-31T12:00:00+00:00",
        "seed": 20,
        "complete": 1,
        "findings": json.dumps(findings),
        "experiment": made.experiment,
        "fit_start": "2000-01-01",
        "fit_end": "2004-12-31" if held else f"{1999 + made.years}-12-31",
        "judge_start": "2005-01-01" if held else "",
        "judge_end": f"{1999 + made.years}-12-31" if held else "",
        "remarks": json.dumps(
            ["41 days of nbe in 2002 carry a quality flag below 0.5 and were left out.", "CO2 was taken as 390 ppm."]
        ),
    }


def _draws(made: Made, rows: list[list[str]], rng: np.random.Generator) -> dict[str, xr.Dataset]:
    """Prior and posterior: z is normal, correlated, with one edge-hitter and one two-peaked element."""
    count, chains, draws = len(rows), 4, 1 if made.point else made.draws
    chains = 1 if made.point else chains
    root = np.eye(count) + 0.35 * np.tril(rng.normal(size=(count, count)), -1) * (rng.random((count, count)) < 0.3)
    root[8, 6], root[14, 7] = -1.9, -2.2
    shares = np.clip(rng.beta(1.1, 1.3, size=count), 0.06, 0.95)
    centre = rng.normal(scale=0.5, size=count)
    noise = rng.normal(size=(chains, draws, count)) @ (root / np.linalg.norm(root, axis=1, keepdims=True)).T
    z = centre + noise * shares
    z[..., 5] = -2.4 + 0.25 * np.abs(noise[..., 5])
    z[..., 7] = np.where(rng.random((chains, draws)) < 0.35, 1.1, -0.9) + 0.25 * noise[..., 7]
    if not made.converged:
        z[..., 7] = (np.arange(chains)[:, None] % 2) * 1.8 - 0.9 + 0.25 * noise[..., 7]
    prior = rng.normal(size=(1, 2000, count))
    posterior_vars, prior_vars = {}, {}
    for index, (name, units, low, high, meaning) in enumerate(rows):
        attributes = {"units": units, "meaning": meaning, "low": float(low), "high": float(high), "period": 0.0}
        shape = "uniform" if name in LINEAR else "log-uniform"
        attributes |= {"prior": f"{shape} from {low} to {high}", "period": 365.25 if name in LINEAR else 0.0}
        for target, values in ((posterior_vars, z), (prior_vars, prior)):
            target[name] = (("chain", "draw"), _physical(name, values[..., index], float(low), float(high)), attributes)
    lp = -2300 - 0.5 * np.sum(noise**2, axis=-1)
    groups = {"/posterior": xr.Dataset(posterior_vars), "/prior": xr.Dataset(prior_vars)}
    return groups | {"/sample_stats": xr.Dataset({"lp": (("chain", "draw"), lp)})}


def _physical(name: str, z: np.ndarray, low: float, high: float) -> np.ndarray:
    share = 1.0 / (1.0 + np.exp(-1.702 * z))
    return low + (high - low) * share if name in LINEAR else low * (high / low) ** share


def _data(made: Made, rng: np.random.Generator) -> dict[str, xr.Dataset]:
    """Two streams, with gaps, a model that misses a little, and intervals of three parts."""
    observed, best, prior, intervals, annual = {}, {}, {}, {}, {}
    every = np.arange("2000-01-01", f"{2000 + made.years}-01-01", dtype="datetime64[D]")
    for name, units in STREAMS.items():
        dates = every if name == "nbe" else every[::8]
        dates = dates[rng.random(len(dates)) > (0.0 if made.years == 9 and name == "nbe" else 0.04)]
        year = (dates - dates.astype("datetime64[Y]")).astype(int)
        season = np.cos(2 * np.pi * (year - 190) / 365.25)
        wave = np.interp(np.arange(len(dates)), np.arange(0, len(dates) + 40, 40), rng.normal(size=len(dates) // 40 + 2))
        amplitude, level, sd = (3.4, -0.9, 0.55) if name == "nbe" else (2.1, 2.7, 0.25)
        shape = np.where(season > 0, season, 0.55 * season) if name == "nbe" else season
        truth = level + (-amplitude if name == "nbe" else amplitude) * shape + 0.55 * sd * wave
        noise = np.zeros(len(dates))
        for t in range(1, len(dates)):
            noise[t] = 0.45 * noise[t - 1] + rng.normal(scale=sd * (0.6 + 0.6 * max(season[t], 0)))
        model = truth - 0.3 * sd * wave + 0.1 * sd
        spread = sd * (0.35 + 0.75 * np.clip(season, 0, None))
        axis = (f"{name}_time",)
        coords = {axis[0]: dates.astype("datetime64[ns]")}
        fitted = (dates < np.datetime64("2005-01-01")) | (made.experiment == "twin")
        data = {name: (axis, truth + noise, {"units": units}), f"{name}_fitted": (axis, fitted.astype(float))}
        data[f"{name}_error"] = (axis, np.full(len(dates), np.nan if name == "nbe" else 0.3))
        observed |= {
            key: xr.DataArray(value[1], coords, value[0], attrs=value[2] if len(value) > 2 else {})
            for key, value in data.items()
        }
        best[name] = xr.DataArray(model, coords, axis)
        prior[name] = xr.DataArray(level + 0.45 * (truth - level) + 0.5, coords, axis)
        widths = np.array([0.25, 2.1, 3.1])[:, None, None] * np.array([-1.0, 0.0, 1.0])[None, :, None] * spread
        labels = {"part": ["parameters", "structural", "total"], "quantile": [0.05, 0.5, 0.95]}
        intervals[name] = xr.DataArray(model + widths, coords | labels, ("part", "quantile", *axis))
        wide = np.array([-4.5, 0, 4.5])[:, None] * (spread + 0.3)
        intervals[f"{name}_prior"] = xr.DataArray(
            prior[name].values + wide, coords | {"quantile": labels["quantile"]}, ("quantile", *axis)
        )
        for key, values in ((f"{name}_obs", truth + noise), (f"{name}_mod", model)):
            years = dates.astype("datetime64[Y]")
            means = [values[years == one].mean() for one in np.unique(years)]
            annual[key] = xr.DataArray(means, {f"{name}_year": np.unique(years).astype(int) + 1970}, (f"{name}_year",))
    groups = {"/observed_data": observed, "/best_fit": best, "/prior_fit": prior, "/annual": annual}
    groups |= {} if made.point else {"/predictive_intervals": intervals}
    return {key: xr.Dataset(value) for key, value in groups.items()}


def _summary(made: Made, names: list[str], groups: dict[str, xr.Dataset], rng: np.random.Generator) -> dict[str, xr.Dataset]:
    columns: dict[str, list[float]] = {}
    for name in names:
        prior, posterior = (groups[f"/{key}"][name].values.ravel() for key in ("prior", "posterior"))
        row = {f"prior_{key}": value for key, value in _moments(prior).items()} | _moments(posterior)
        spread = [np.std(np.log(values)) for values in (prior, posterior)]
        bad = not made.converged and name == "som_respiration_rate"
        row |= {"rhat": 1.62 if bad else 1 + 0.006 * rng.random(), "ess": 6.0 if bad else 400 + 2000 * rng.random()}
        row |= {
            "mcse": row["sd"] / 25,
            "shrinkage": 1 - spread[1] / spread[0],
            "edge": -1.0 if name == "wood_turnover_rate" else 0.0,
        }
        if made.point:
            row |= dict.fromkeys(("sd", "rhat", "ess", "mcse", "shrinkage"), np.nan)
        for key, value in row.items():
            columns.setdefault(key, []).append(float(value))
    coords = {"parameter": names}
    return {"/summary": xr.Dataset({key: (("parameter",), value) for key, value in columns.items()}, coords)}


def _moments(values: np.ndarray) -> dict[str, float]:
    q05, q50, q95 = np.quantile(values, [0.05, 0.5, 0.95])
    return {"mean": float(values.mean()), "sd": float(values.std()), "q05": q05, "q50": q50, "q95": q95}


METHODS = json.dumps(
    [
        {"method": "multi_start", "source": "marti2003", "runs": 12000, "gradients": 5200, "cpu_seconds": 31.4},
        {"method": "dream_zs", "source": "vrugt2016", "runs": 600000, "gradients": 0, "cpu_seconds": 381.3},
    ]
)
METRICS = ["r2", "nse", "rmse", "bias", "mae", "n", "coverage90_total", "coverage90_parameters", "lag1", "slope"]


def _diagnostics(
    made: Made, names: list[str], groups: dict[str, xr.Dataset], rng: np.random.Generator
) -> dict[str, xr.Dataset]:
    periods = ["fitted", "held_out"]
    tables = {key: np.full((len(STREAMS), 2, len(METRICS)), np.nan) for key in ("skill", "skill_prior")}
    for i, stream in enumerate(STREAMS):
        y, fitted = (groups["/observed_data"][key].values for key in (stream, f"{stream}_fitted"))
        for j, mask in enumerate((fitted > 0.5, fitted < 0.5)):
            for key, source in (("skill", "best_fit"), ("skill_prior", "prior_fit")):
                if mask.any():
                    tables[key][i, j] = _metrics(y[mask], groups[f"/{source}"][stream].values[mask])
            if mask.any() and not made.point:
                bounds = groups["/predictive_intervals"][stream].values[:, :, mask]
                inside = np.mean((y[mask] >= bounds[:, 0]) & (y[mask] <= bounds[:, 2]), axis=1)
                tables["skill"][i, j, 6:8] = inside[2], inside[0]
    coords = {"stream": list(STREAMS), "period": periods, "metric": METRICS}
    terms = ["nbe", "lai", "ecological constraints", "prior", "log scale"]
    versions = {"landpda": "0.1.0", "jax": "0.10.2", "numpy": "2.4.0"}
    out = {
        "/skill": xr.Dataset({key: (("stream", "period", "metric"), table) for key, table in tables.items()}, coords),
        "/cost": xr.Dataset(
            {"before": (("term",), [9130.0, 1650.0, 41.2, 0.0, -120.0]), "after": (("term",), [905.5, 121.0, 0.3, 9.8, 311.0])},
            {"term": terms},
        ),
        "/trace": xr.Dataset(
            {
                "acceptance": (("step",), 0.3 + 0.1 * rng.random(300)),
                "lowest_cost": (("step",), 1e5 * np.exp(-np.arange(300) / 30) + 1300),
            }
        ),
        "/optima": _optima(names, groups, rng),
        "/provenance": xr.Dataset(
            attrs={
                "versions": json.dumps(versions),
                "cpu_seconds": 412.7,
                "wall_seconds": 233.1,
                "runs_used": 612000,
                "gradients_used": 5200,
            }
            | {
                "command": "landpda calibrate study.yaml --out run",
                "platform": "Linux x86_64, 8 cores",
                "methods": METHODS,
                "python": "3.13.1",
            }
        ),
    }
    if made.point:
        return out
    return out | _agreement(names, groups, rng) | (_twin(names, groups, rng) if made.experiment == "twin" else {})


def _metrics(y: np.ndarray, model: np.ndarray) -> list[float]:
    residual = model - y
    r2 = np.corrcoef(y, model)[0, 1] ** 2
    nse = 1 - np.sum(residual**2) / np.sum((y - y.mean()) ** 2)
    lag1 = np.corrcoef(residual[1:], residual[:-1])[0, 1]
    size = [np.sqrt(np.mean(residual**2)), residual.mean(), np.abs(residual).mean(), len(y)]
    return [r2, nse, *size, np.nan, np.nan, lag1, np.polyfit(y, model, 1)[0]]


def _optima(names: list[str], groups: dict[str, xr.Dataset], rng: np.random.Generator) -> xr.Dataset:
    starts = 24
    posterior = np.stack([groups["/posterior"][name].values.ravel() for name in names], axis=1)
    prior = np.stack([groups["/prior"][name].values.ravel() for name in names], axis=1)
    theta = np.where(np.arange(starts)[:, None] < 14, posterior[rng.integers(len(posterior), size=starts)], prior[:starts])
    cost = 1347.6 + np.where(np.arange(starts) < 14, 0.6 * rng.random(starts), 15 + 300 * rng.random(starts))
    variables = {"cost": (("start",), cost), "theta": (("start", "parameter"), theta)}
    return xr.Dataset(variables, {"parameter": names})


def _agreement(names: list[str], groups: dict[str, xr.Dataset], rng: np.random.Generator) -> dict[str, xr.Dataset]:
    moments = groups["/summary"]
    mean, sd = moments["mean"].values, moments["sd"].values
    means = np.stack([mean, mean + 0.05 * sd * rng.normal(size=len(mean)), mean + 0.1 * sd])
    sds = np.stack([sd, sd * 1.04, sd * 0.9])
    means[2, 7], sds[2, 7] = mean[7] + 2.6 * sd[7], 0.4 * sd[7]
    coords = {"method": ["dream_zs", "adaptive_metropolis", "laplace"], "parameter": names}
    dims = ("method", "parameter")
    return {"/agreement": xr.Dataset({"mean": (dims, means), "sd": (dims, sds)}, coords)}


def _twin(names: list[str], groups: dict[str, xr.Dataset], rng: np.random.Generator) -> dict[str, xr.Dataset]:
    moments = groups["/summary"]
    truth = np.array([rng.choice(groups["/posterior"][name].values.ravel()) for name in names])
    inside = (truth >= moments["q05"].values) & (truth <= moments["q95"].values)
    score = (truth - moments["mean"].values) / moments["sd"].values
    variables = {"truth": truth, "inside90": inside.astype(float), "z_score": score}
    recovery = xr.Dataset({key: (("parameter",), value) for key, value in variables.items()}, {"parameter": names})
    return {"/truth": xr.Dataset(dict(zip(names, truth, strict=True))), "/recovery": recovery}
