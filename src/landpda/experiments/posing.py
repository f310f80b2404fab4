"""From a site's data, a model and a plan to the problem that they pose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, StudyError, nearest
from landpda.core.model import Model
from landpda.core.scenario import Scenario
from landpda.core.units import convert, factor
from landpda.experiments.plan import (
    ErrorPlan,
    EstimatedError,
    EstimatedSeasonalError,
    FactorError,
    FileError,
    GivenError,
    ParameterPlan,
    Periods,
    SoftConstraints,
    StreamPlan,
)
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import ErrorPart, Estimated, EstimatedSeasonal, FactorOf, Given
from landpda.observations.operators.select import Select
from landpda.observations.operators.temporal import TemporalMean
from landpda.observations.operators.violation import Violation
from landpda.observations.stream import Stream
from landpda.parameters.from_table import parameters_from_table
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.prior import Prior
from landpda.parameters.space import ParameterSpace
from landpda.problem.model_problem import Problem

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Posed:
    """A problem, and the same question over all the data, fitted and held out.

    Args:
        problem: what the method sees: the fitted data, and forcing up to their end.
        whole: all data and all forcing, with the same parameters: for predictions and for judging.
        fitted: stream → (m,) whether each datum of `whole` is fitted.
    """

    problem: Problem
    whole: Problem
    fitted: Mapping[str, np.ndarray]


def scenario_from(site: xr.Dataset, model: Model) -> Scenario:
    """The forcing that `model` needs, in its units, from a site's data.

    Raises:
        DataError: a forcing is missing, has gaps, or cannot be brought to the model's units.
    """
    days = site["time"].values.astype("datetime64[s]").astype(np.int64) / 86400.0
    if len(days) < 2:
        raise DataError(
            f"Forcing of {_site_name(site)} was asked for.", "It has fewer than two steps.", "Give a longer record."
        )
    forcing = {}
    for name, variable in model.forcing.items():
        if name in site:
            values = convert(site[name].values, str(site[name].attrs.get("units", "1")), variable.units, what=name)
            _refuse_gaps(name, values, site)
            forcing[name] = np.asarray(values, dtype=float)
        elif name not in OPTIONAL_FORCING:
            raise DataError(
                f"The model {model.name} needs the forcing {name!r} [{variable.units}].",
                f"The file of {_site_name(site)} does not have it.",
                nearest(name, [str(key) for key in site.data_vars]),
            )
    if "latitude" not in site.attrs:
        raise DataError(
            f"The latitude of {_site_name(site)} was asked for.", "The file does not hold it.", "Give it: site.latitude=51.08"
        )
    constants = {"latitude": float(site.attrs["latitude"])}
    return Scenario(forcing=forcing, constants=constants, times=days, dt=float(np.median(np.diff(days))), site=_site_name(site))


OPTIONAL_FORCING = ("burned_area", "day_of_year", "time_index")
"""What a model derives itself, or takes as none, where a site's file does not have it."""


def pose(
    site: xr.Dataset,
    model: Model,
    streams: Sequence[StreamPlan],
    *,
    parameters: ParameterPlan | None = None,
    periods: Periods | None = None,
    constraints: SoftConstraints | None = None,
) -> Posed:
    """The problem that a site's data pose.

    Args:
        site: data with canonical names, as the readers of `landpda.sources` give them.
        model: what predicts.
        streams: what is compared, and how far it is trusted.
        parameters: changes to the model's own priors.
        periods: what is fitted and what is held out; all is fitted where it says nothing.
        constraints: adds the model's constraints as a penalty; None leaves them out.

    Raises:
        StudyError: the plan asks for what the model or the data do not have.
        DataError: the data cannot be used.
    """
    periods = periods or Periods()
    scenario = scenario_from(site, model)
    fit_days, judge_days = _period_masks(scenario, periods)
    series = [_observed(site, model, plan, scenario) for plan in streams]
    unknowns = [unknown for plan in streams for unknown in _error_parameters(plan)]
    space = _space(model, parameters or ParameterPlan(model.parameters), unknowns)
    fitted, whole, masks = [], [], {}
    for plan, (index, values, sd) in zip(streams, series, strict=True):
        in_fit, in_judge = fit_days[index], judge_days[index]
        if not in_fit.any():
            raise DataError(
                f"The stream {plan.variable!r} is to be fitted "
                f"from {_day(scenario, fit_days, 0)} to {_day(scenario, fit_days, -1)}.",
                "No datum lies in that period." if len(index) else "All its data are missing.",
                "Change the period or the stream.",
            )
        keep = in_fit | in_judge
        masks[plan.variable] = in_fit[keep]
        fitted.append(_stream(plan, model, site, scenario, index[in_fit], values[in_fit], sd[in_fit]))
        whole.append(_stream(plan, model, site, scenario, index[keep], values[keep], sd[keep]))
    if constraints is not None:
        soft = _constraint_stream(model, constraints)
        fitted.append(soft)
        whole.append(soft)
    last = int(np.flatnonzero(fit_days)[-1])
    short = scenario.until(str(scenario.dates[last].astype("datetime64[D]")))
    return Posed(
        problem=Problem(model=model, scenario=short, streams=tuple(fitted), space=space),
        whole=Problem(model=model, scenario=scenario, streams=tuple(whole), space=space),
        fitted=masks,
    )


def _space(model: Model, plan: ParameterPlan, unknowns: Sequence[Parameter]) -> ParameterSpace:
    return ParameterSpace((*parameters_from_table(plan.table, {**plan.priors, **plan.fixed}), *unknowns))


def _observed(
    site: xr.Dataset, model: Model, plan: StreamPlan, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps that were observed, values, and the file's own error sd (NaN where it has none), in the file's units."""
    if plan.model_output not in model.outputs:
        raise StudyError(
            f"The stream {plan.variable!r} is to be compared with the output {plan.model_output!r}.",
            f"The model {model.name} has no such output.",
            nearest(plan.model_output, model.outputs),
        )
    if plan.variable not in site:
        raise DataError(
            f"The stream {plan.variable!r} was asked for.",
            f"The file of {_site_name(site)} has no such variable.",
            nearest(plan.variable, [str(key) for key in site.data_vars]),
        )
    values = np.asarray(site[plan.variable].values, dtype=float)
    error_name = f"{plan.variable}_uncertainty"
    sd = np.asarray(site[error_name].values, dtype=float) if error_name in site else np.full(len(values), np.nan)
    if plan.mean_over > 1:
        values, sd = _window_means(values, sd, plan)
    step = np.arange(len(values))
    seen = np.isfinite(values) & (step % plan.every == 0)
    if not np.isfinite(values).any():
        raise DataError(
            f"The stream {plan.variable!r} was asked for.",
            f"All its values are missing in the file of {_site_name(site)}.",
            "Leave the stream out, or use another file.",
        )
    return step[seen], values[seen], sd[seen]


def _window_means(values: np.ndarray, sd: np.ndarray, plan: StreamPlan) -> tuple[np.ndarray, np.ndarray]:
    """Mean over each window of `mean_over` steps, placed at the window's first step; independent errors average down."""
    mean, mean_sd = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for first in range(0, len(values) - plan.mean_over + 1, plan.mean_over):
        window = slice(first, first + plan.mean_over)
        good = np.isfinite(values[window])
        if good.mean() >= plan.minimum_share:
            mean[first] = values[window][good].mean()
            known = good & np.isfinite(sd[window])
            mean_sd[first] = np.sqrt(np.mean(sd[window][known] ** 2) / good.sum()) if known.any() else np.nan
    return mean, mean_sd


def _stream(
    plan: StreamPlan,
    model: Model,
    site: xr.Dataset,
    scenario: Scenario,
    steps: np.ndarray,
    values: np.ndarray,
    sd: np.ndarray,
) -> Stream:
    units = str(site[plan.variable].attrs.get("units", "1"))
    scale = factor(model.outputs[plan.model_output].units, units)
    if plan.mean_over > 1:
        operator = TemporalMean(plan.model_output, steps, steps + plan.mean_over - 1, scale)
    else:
        operator = Select(plan.model_output, steps, scale)
    activity = _activity(np.asarray(site[plan.variable].values, dtype=float), scenario, steps)
    observation = _error_part(plan.observation, plan, values, sd, activity)
    structural = _error_part(plan.structural, plan, values, sd, activity)
    times = scenario.times[steps] + 0.5 * scenario.dt * (plan.mean_over - 1)
    error = Diagonal(observation, structural, num=len(values))
    return Stream(plan.variable, units, values, times, operator, error)


def _activity(values: np.ndarray, scenario: Scenario, steps: np.ndarray) -> np.ndarray:
    """How active the season is at each step, 0..1: the 30-day smoothed mean seasonal cycle of |value|, scaled by its range."""
    day = ((scenario.times % 365.25) / 365.25 * 73.0).astype(int) % 73
    seen = np.isfinite(values)
    total = np.bincount(day[seen], np.abs(values[seen]), minlength=73)
    count = np.bincount(day[seen], minlength=73)
    cycle = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    cycle = np.interp(np.arange(73), np.flatnonzero(np.isfinite(cycle)), cycle[np.isfinite(cycle)], period=73)
    smooth = np.convolve(np.tile(cycle, 3), np.full(7, 1.0 / 7.0), mode="same")[73:146]
    span = smooth.max() - smooth.min()
    return np.zeros(len(steps)) if span == 0.0 else ((smooth - smooth.min()) / span)[day[steps]]


def _error_part(plan: ErrorPlan, stream: StreamPlan, values: np.ndarray, sd: np.ndarray, activity: np.ndarray) -> ErrorPart:
    name = stream.variable
    match plan:
        case GivenError(sd=given):
            return Given(np.asarray(given))
        case FileError():
            return Given(_file_error(plan, stream, sd))
        case FactorError(factor=share, floor=floor):
            return FactorOf(share, values, floor)
        case EstimatedError():
            return Estimated(f"{name}_structural_sd")
        case EstimatedSeasonalError():
            return EstimatedSeasonal(f"{name}_structural_sd_quiet", f"{name}_structural_sd_active", activity)
        case _:
            return Given(np.asarray(0.0))


def _file_error(plan: FileError, stream: StreamPlan, sd: np.ndarray) -> np.ndarray:
    good = np.isfinite(sd) & (sd > 0.0)
    if (sd[np.isfinite(sd)] < 0.0).any():
        raise DataError(
            f"The errors of stream {stream.variable!r} were read from the file.",
            f"{int((sd < 0.0).sum())} of them are negative.",
            "An error is a positive standard deviation: mend the file, or give one (observation: 0.5).",
        )
    fallback = plan.fallback or (float(np.median(sd[good])) if good.any() else 0.0)
    if (
        fallback == 0.0
        and isinstance(stream.structural, GivenError | FactorError) is False
        and not _estimates(stream.structural)
    ):
        raise DataError(
            f"The errors of stream {stream.variable!r} were to be read from the file.",
            "The file has none.",
            "Give one (observation: 0.5), or let it be estimated (structural: estimated).",
        )
    return np.maximum(np.where(good, sd, fallback), plan.floor)


def _estimates(plan: ErrorPlan) -> bool:
    return isinstance(plan, EstimatedError | EstimatedSeasonalError)


def _error_parameters(stream: StreamPlan) -> list[Parameter]:
    found = []
    for plan in (stream.observation, stream.structural):
        match plan:
            case EstimatedError(prior=prior):
                found.append(_error_parameter(f"{stream.variable}_structural_sd", prior, stream))
            case EstimatedSeasonalError(prior=prior):
                for season in ("quiet", "active"):
                    found.append(_error_parameter(f"{stream.variable}_structural_sd_{season}", prior, stream))
            case _:
                pass
    return found


def _error_parameter(name: str, prior: Prior, stream: StreamPlan) -> Parameter:
    meaning = f"structural error of {stream.variable}" + (", quiet season" if name.endswith("quiet") else "")
    meaning += ", active season" if name.endswith("active") else ""
    return Parameter(name=name, units="1", prior=prior, source="study", meaning=meaning)


def _constraint_stream(model: Model, plan: SoftConstraints) -> Stream:
    if not model.constraints:
        raise StudyError(
            "The model's constraints were asked for.",
            f"The model {model.name} has none.",
            "Leave them out (constraints: none).",
        )
    num = len(model.constraints)
    error = Diagonal(Given(np.asarray(plan.sd)), Given(np.asarray(0.0)), num=num)
    zeros = np.zeros(num)
    return Stream("constraints", "1", zeros, zeros, Violation(plan.width), error, measured=False)


def _period_masks(scenario: Scenario, periods: Periods) -> tuple[np.ndarray, np.ndarray]:
    days = scenario.dates.astype("datetime64[D]")

    def mask(start: str, end: str) -> np.ndarray:
        first = np.datetime64(start, "D") if start else days[0]
        last = np.datetime64(end, "D") if end else days[-1]
        return (days >= first) & (days <= last)

    fit = mask(periods.fit_start, periods.fit_end)
    judged = bool(periods.judge_start or periods.judge_end)
    judge = mask(periods.judge_start, periods.judge_end) & ~fit if judged else np.zeros(len(days), dtype=bool)
    span = f"The data run from {days[0]} to {days[-1]}."
    if not fit.any():
        raise StudyError(f"The days {periods.fit_start} to {periods.fit_end} are to be fitted.", span, "Choose days inside.")
    if judged and not judge.any():
        raise StudyError(
            f"The days {periods.judge_start} to {periods.judge_end} are to be held out.",
            span,
            "Choose days that are not fitted.",
        )
    return fit, judge


def _refuse_gaps(name: str, values: np.ndarray, site: xr.Dataset) -> None:
    missing = ~np.isfinite(values)
    if missing.any():
        days = site["time"].values[missing].astype("datetime64[D]")
        shown = ", ".join(str(day) for day in days[:3]) + (f" and {missing.sum() - 3} more" if missing.sum() > 3 else "")
        raise DataError(
            f"The forcing {name!r} of {_site_name(site)} must have a value at every step.",
            f"It is missing on {shown}.",
            "Fill the gaps in the file, or choose a period without them.",
        )


def _day(scenario: Scenario, mask: np.ndarray, position: int) -> str:
    return str(scenario.dates[np.flatnonzero(mask)[position]].astype("datetime64[D]"))


def _site_name(site: xr.Dataset) -> str:
    return str(site.attrs.get("site", "the site"))
