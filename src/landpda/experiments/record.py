"""A calibration as a tree of labelled arrays: the groups of docs/run_folder.md, under ArviZ's names."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

import landpda
from landpda.core.estimate import Front
from landpda.core.result import Result
from landpda.core.types import Finding
from landpda.experiments.calibration import Calibration, search_ends
from landpda.experiments.judgement import judge
from landpda.experiments.predictive import PARTS, QUANTILES
from landpda.methods.filter.walk import by_window
from landpda.observations.stream import Stream

if TYPE_CHECKING:
    import xarray as xr


def record(calibration: Calibration) -> xr.DataTree:
    """Everything that a run leaves."""
    import xarray as xr

    judgement = judge(calibration)
    values = _values(calibration, np.asarray(calibration.samples.draws))
    prior = _values(calibration, np.asarray(calibration.prior_draws)[None])
    groups: dict[str, xr.Dataset] = {
        "/": xr.Dataset(attrs=_attributes(calibration, judgement.findings)),
        "/posterior": _draws(calibration, values),
        "/prior": _draws(calibration, prior),
        "/sample_stats": xr.Dataset({"lp": (("chain", "draw"), np.asarray(calibration.samples.log_density))}),
        "/trace": _trace(calibration.answer),
        "/observed_data": _observed(calibration),
        "/best_fit": _series(calibration, calibration.best),
        "/prior_fit": _series(calibration, calibration.prior_median),
        "/prior_predictive": _predictive_draws(calibration, prior=True),
        "/posterior_predictive": _predictive_draws(calibration, prior=False),
        "/predictive_intervals": _intervals(calibration),
        "/skill": judgement.skill,
        "/cost": judgement.cost,
        "/summary": judgement.summary,
        "/annual": _annual(calibration),
        "/provenance": xr.Dataset(attrs=_provenance(calibration)),
    }
    if calibration.search is not None and "z" in calibration.search.trace:
        groups["/optima"] = _optima(calibration, calibration.search)
    if isinstance(calibration.answer.estimate, Front):
        groups["/front"] = _front(calibration, calibration.answer.estimate)
    if calibration.truth is not None:
        groups["/truth"] = _draws(calibration, _values(calibration, np.asarray(calibration.truth)[None, None]))
        groups["/recovery"] = judgement.recovery
    if "parameter_mean" in calibration.answer.trace:
        groups["/parameters_over_time"] = _over_time(calibration.answer)
    if judgement.agreement is not None:
        groups["/agreement"] = judgement.agreement
    return xr.DataTree.from_dict(groups)


def _values(calibration: Calibration, draws: np.ndarray) -> np.ndarray:
    """(C, D, n) control vectors → values in physical units."""
    flat = jnp.asarray(draws.reshape(-1, draws.shape[-1]))
    return np.asarray(jax.jit(jax.vmap(calibration.posed.problem.space.values))(flat)).reshape(draws.shape)


def _draws(calibration: Calibration, values: np.ndarray) -> xr.Dataset:
    import xarray as xr

    space = calibration.posed.problem.space
    low, high = (np.asarray(end) for end in space.bounds)
    rows: dict[str, Any] = {}
    elements = [(p, entry, prior) for p in space.parameters for entry, prior in zip(p.entry_names, p.entry_priors, strict=True)]
    for index, (parameter, entry, prior) in enumerate(elements):
        ends = [float(prior.quantile(q)) for q in (0.001, 0.999)]
        attributes = {
            "units": parameter.units,
            "meaning": parameter.meaning,
            "low": float(low[index]) if np.isfinite(low[index]) else ends[0],
            "high": float(high[index]) if np.isfinite(high[index]) else ends[1],
            "prior": prior.name,
            "period": parameter.period,
            "source": parameter.source,
        }
        rows[entry] = (("chain", "draw"), values[:, :, index], attributes)
    for offset, scaling in enumerate(space.scalings):
        index = len(elements) + offset
        rows[scaling.name] = (
            ("chain", "draw"),
            values[:, :, index],
            {"units": "1", "meaning": scaling.meaning, "prior": scaling.prior.name},
        )
    return xr.Dataset(rows, coords={"chain": np.arange(values.shape[0]), "draw": np.arange(values.shape[1])})


def _trace(result: Result) -> xr.Dataset:
    import xarray as xr

    columns = {name: values for name, values in result.trace.items() if values.ndim == 1}
    return xr.Dataset({name: ("step", values) for name, values in columns.items()})


def _over_time(result: Result) -> xr.Dataset:
    """The parameters as a filter had them after each time of observation."""
    import xarray as xr

    noted = by_window(result.trace)
    seconds = np.round(noted["day"] * 86400.0).astype("timedelta64[s]")
    columns = {"mean": "parameter_mean", "low": "parameter_low", "high": "parameter_high"}
    return xr.Dataset(
        {name: (("time", "parameter"), noted[field]) for name, field in columns.items()},
        coords={
            "time": (np.datetime64("1970-01-01", "s") + seconds).astype("datetime64[ns]"),
            "parameter": list(result.names),
        },
    )


def measured(calibration: Calibration) -> list[Stream]:
    """The streams that hold data."""
    return [stream for stream in calibration.posed.whole.streams if stream.measured]


def _time(stream: Stream) -> dict[str, Any]:
    return {f"{stream.name}_time": stream.dates.astype("datetime64[ns]")}


def _observed(calibration: Calibration) -> xr.Dataset:
    import xarray as xr

    rows: dict[str, Any] = {}
    coords: dict[str, Any] = {}
    for stream in measured(calibration):
        dim = f"{stream.name}_time"
        observation = getattr(stream.error, "observation", None)
        sd = np.full(stream.num, np.nan)
        if observation is not None and not observation.parameters:
            sd = np.sqrt(np.broadcast_to(np.asarray(observation.variance({})), (stream.num,)))
        rows[stream.name] = (dim, np.asarray(stream.values), {"units": stream.units})
        rows[f"{stream.name}_error"] = (dim, sd, {"units": stream.units})
        rows[f"{stream.name}_fitted"] = (dim, calibration.posed.fitted[stream.name].astype(np.int8))
        coords.update(_time(stream))
    return xr.Dataset(rows, coords=coords)


def _series(calibration: Calibration, values: Any) -> xr.Dataset:
    import xarray as xr

    rows = {s.name: (f"{s.name}_time", values[s.name], {"units": s.units}) for s in measured(calibration)}
    coords = {name: dates for s in measured(calibration) for name, dates in _time(s).items()}
    return xr.Dataset(rows, coords=coords)


def _predictive_draws(calibration: Calibration, *, prior: bool) -> xr.Dataset:
    import xarray as xr

    predictive = calibration.prior if prior else calibration.posterior
    dims = ("chain", "draw")
    rows = {
        s.name: ((*dims, f"{s.name}_time"), predictive[s.name].data[None].astype(np.float32), {"units": s.units})
        for s in measured(calibration)
    }
    coords = {name: dates for s in measured(calibration) for name, dates in _time(s).items()}
    return xr.Dataset(rows, coords=coords)


def _intervals(calibration: Calibration) -> xr.Dataset:
    import xarray as xr

    rows: dict[str, Any] = {}
    coords: dict[str, Any] = {"part": list(PARTS), "quantile": list(QUANTILES)}
    for stream in measured(calibration):
        dim = f"{stream.name}_time"
        rows[stream.name] = (("part", "quantile", dim), calibration.posterior[stream.name].quantiles)
        rows[f"{stream.name}_prior"] = (("quantile", dim), calibration.prior[stream.name].quantiles[-1])
        coords.update(_time(stream))
    return xr.Dataset(rows, coords=coords)


def _annual(calibration: Calibration) -> xr.Dataset:
    import xarray as xr

    rows: dict[str, Any] = {}
    coords: dict[str, Any] = {}
    for stream in measured(calibration):
        years = stream.dates.astype("datetime64[Y]").astype(int) + 1970
        unique = np.unique(years)
        dim = f"{stream.name}_year"
        rows[f"{stream.name}_obs"] = (
            dim,
            [float(np.mean(stream.values[years == year])) for year in unique],
            {"units": stream.units},
        )
        modelled = calibration.best[stream.name]
        rows[f"{stream.name}_mod"] = (
            dim,
            [float(np.mean(modelled[years == year])) for year in unique],
            {"units": stream.units},
        )
        coords[dim] = unique
    return xr.Dataset(rows, coords=coords)


def _optima(calibration: Calibration, search: Result) -> xr.Dataset:
    import xarray as xr

    ends, cost = search_ends(search)
    theta = _values(calibration, np.asarray(ends)[None])[0]
    return xr.Dataset(
        {"cost": ("start", cost), "theta": (("start", "parameter"), theta)},
        coords={"parameter": list(calibration.posed.problem.names), "start": np.arange(len(cost))},
    )


def _front(calibration: Calibration, front: Front) -> xr.Dataset:
    import xarray as xr

    theta = _values(calibration, np.asarray(front.members)[None])[0]
    return xr.Dataset(
        {"objectives": (("member", "objective"), np.asarray(front.objectives)), "theta": (("member", "parameter"), theta)},
        coords={"objective": list(front.names), "parameter": list(calibration.posed.problem.names)},
        attrs={"compromise": int(front.compromise)},
    )


def _attributes(calibration: Calibration, findings: tuple[Finding, ...]) -> dict[str, Any]:
    study, posed = calibration.study, calibration.posed
    fit = posed.problem.scenario
    dates = {
        name: [s.dates[calibration.posed.fitted[s.name] == wanted] for s in measured(calibration)]
        for name, wanted in (("fit", True), ("judge", False))
    }
    ends = {name: np.concatenate(values).astype("datetime64[D]") for name, values in dates.items()}
    judged = len(ends["judge"]) > 0
    return {
        "landpda_version": landpda.__version__,
        "study": study.name,
        "site": fit.site,
        "latitude": fit.constants.get("latitude", float("nan")),
        "model": study.model.name,
        "method": study.answer.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": study.seed,
        "complete": 1,
        "experiment": "twin" if study.twin is not None else "holdout" if judged else "fit",
        "fit_start": str(ends["fit"].min()),
        "fit_end": str(ends["fit"].max()),
        "judge_start": str(ends["judge"].min()) if judged else "",
        "judge_end": str(ends["judge"].max()) if judged else "",
        "remarks": str(study.site.attrs.get("remarks", "[]")),
        "findings": json.dumps([list(finding) for finding in findings]),
    }


def _provenance(calibration: Calibration) -> dict[str, Any]:
    import equinox as eqx
    import scipy
    import xarray as xr

    results = [r for r in (calibration.search, calibration.answer, *calibration.also) if r is not None]
    versions = {"landpda": landpda.__version__, "jax": jax.__version__, "numpy": np.__version__}
    versions |= {"scipy": scipy.__version__, "equinox": eqx.__version__, "xarray": xr.__version__}
    methods = [
        {
            "method": r.method,
            "source": r.source,
            "runs": r.runs_used,
            "gradients": r.gradients_used,
            "cpu_seconds": round(r.cpu_seconds, 2),
        }
        for r in results
    ]
    return {
        "versions": json.dumps(versions),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_seconds": calibration.cpu_seconds,
        "wall_seconds": calibration.wall_seconds,
        "runs_used": sum(r.runs_used for r in results),
        "gradients_used": sum(r.gradients_used for r in results),
        "methods": json.dumps(methods),
    }
