"""From a site's data, a model and a plan to the problem that they pose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, StudyError
from landpda.core.model import Model
from landpda.core.scenario import Scenario
from landpda.experiments.observed import observed
from landpda.experiments.plan import ParameterPlan, Periods, SoftConstraints, StreamPlan
from landpda.experiments.scenario_of import scenario_from
from landpda.experiments.stream_of import constraint_stream, error_parameters, stream_of
from landpda.parameters.from_table import parameters_from_table
from landpda.parameters.parameter import Parameter
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
    data = [observed(site, model, plan, scenario) for plan in streams]
    unknowns = [unknown for plan in streams for unknown in error_parameters(plan)]
    space = _space(model, parameters or ParameterPlan(model.parameters), unknowns)
    fitted, whole, masks = [], [], {}
    for plan, seen in zip(streams, data, strict=True):
        last = seen.steps + plan.operator.span - 1
        # A datum over several steps is fitted, or held out, only if all its steps are.
        in_fit, in_judge = (days[seen.steps] & days[last] for days in (fit_days, judge_days))
        if not in_fit.any():
            raise DataError(
                f"The stream {plan.variable!r} is to be fitted "
                f"from {_day(scenario, fit_days, 0)} to {_day(scenario, fit_days, -1)}.",
                "No datum lies in that period." if len(seen.steps) else "All its data are missing.",
                "Change the period or the stream.",
            )
        keep = in_fit | in_judge
        masks[plan.variable] = in_fit[keep]
        fitted.append(stream_of(plan, seen.only(in_fit)))
        whole.append(stream_of(plan, seen.only(keep)))
    if constraints is not None:
        soft = constraint_stream(model, constraints)
        fitted.append(soft)
        whole.append(soft)
    short = scenario.until(_day(scenario, fit_days, -1))
    return Posed(
        problem=Problem(model=model, scenario=short, streams=tuple(fitted), space=space),
        whole=Problem(model=model, scenario=scenario, streams=tuple(whole), space=space),
        fitted=masks,
    )


def _space(model: Model, plan: ParameterPlan, unknowns: Sequence[Parameter]) -> ParameterSpace:
    return ParameterSpace((*parameters_from_table(plan.table, {**plan.priors, **plan.fixed}), *unknowns))


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


def _day(scenario: Scenario, mask: np.ndarray, position: int) -> str:
    return str(scenario.dates[np.flatnonzero(mask)[position]].astype("datetime64[D]"))
