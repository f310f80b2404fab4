"""From a specification to the typed values that run: here names become classes and files become data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landpda.config.errors import error_of
from landpda.config.methods import MethodSpec
from landpda.config.model import ModelSpec
from landpda.config.operators import operator_of
from landpda.config.periods import PeriodsSpec
from landpda.config.settings import configure
from landpda.config.site import SiteSpec
from landpda.config.streams import StreamSpec
from landpda.config.study import StudySpec
from landpda.core.errors import StudyError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from landpda.core.model import Model
    from landpda.core.parameter_table import ParameterTable
    from landpda.experiments.plan import ParameterPlan, Periods, StreamPlan
    from landpda.experiments.study import Study
    from landpda.methods.method import Method


def resolve(spec: StudySpec) -> Study:
    """The study that a specification describes.

    Raises:
        StudyError: a model, method, parameter, prior or setting that does not exist or cannot be.
        DataError: the data cannot be read.
    """
    from landpda.experiments.plan import SoftConstraints
    from landpda.experiments.study import Study, TwinPlan

    # Names first: a misspelt method should not wait for a file to be read.
    model = model_of(spec.model)
    answer = method_of(spec.method, "method")
    search = method_of(spec.search, "search") if spec.search else None
    also = tuple(method_of(method, f"also.{place}") for place, method in enumerate(spec.also))
    parameters = _parameters(spec, model)
    streams = tuple(_stream(name, stream) for name, stream in spec.streams.items())
    twin = TwinPlan(**spec.twin.model_dump()) if spec.twin is not None else None
    _known(twin.truth if twin else {}, parameters.table, "twin.truth")
    site = site_of(spec.site)
    return Study(
        name=spec.name,
        site=site,
        model=model,
        streams=streams,
        answer=answer,
        search=search,
        also=also,
        parameters=parameters,
        periods=periods_of(spec.periods, site),
        constraints=SoftConstraints(**spec.constraints.model_dump()) if spec.constraints is not None else None,
        twin=twin,
        seed=spec.seed,
    )


def model_of(spec: ModelSpec) -> Model:
    """The model of that name, with its settings.

    Raises:
        StudyError: there is none of that name, or a setting is wrong.
    """
    from landpda.core.model import Model
    from landpda.core.registry import choose

    return configure(choose(spec.name, "landpda.models", Model, "model"), spec.settings, "model")


def method_of(spec: MethodSpec, key: str) -> Method:
    """The method of that name, with its settings.

    Args:
        spec: name and settings.
        key: where the study names it, for errors.

    Raises:
        StudyError: there is none of that name, or a setting is wrong.
    """
    from landpda.core.registry import choose
    from landpda.methods.method import Method

    noun = "method" if key == "method" else f"method (under {key})"
    return configure(choose(spec.name, "landpda.methods", Method, noun), spec.settings, "method")


def site_of(spec: SiteSpec) -> xr.Dataset:
    """The site's data.

    Raises:
        DataError: the file cannot be read, or does not hold what it should.
        StudyError: there is no reader of that name.
    """
    if spec.name:
        from landpda.experiments.demo import demo_site

        return demo_site()
    from landpda.sources.daily import daily
    from landpda.sources.site import read_site
    from landpda.sources.source import Declaration
    from landpda.sources.time_axis import check_time, is_subdaily

    names = [field.name for field in dataclasses.fields(Declaration)]
    declared = {name: getattr(spec, name) for name in names if name in spec.model_fields_set}
    site = read_site(Path(spec.file), None if spec.format == "auto" else spec.format, **declared)
    # Every model here runs on days; the rules by which half hours become days are in the remarks.
    site = daily(site) if is_subdaily(str(site.attrs.get("step", ""))) else site
    check_time(site)
    return site


def periods_of(spec: PeriodsSpec, site: xr.Dataset) -> Periods:
    """The periods in dates.

    Raises:
        StudyError: the record has fewer years.
    """
    from landpda.experiments.plan import Periods

    days = site["time"].values.astype("datetime64[D]")
    fit, judge = spec.fit or ["", ""], spec.judge or ["", ""]
    if spec.fit_years is not None:
        first, last = (int(str(day.astype("datetime64[Y]"))) for day in (days[0], days[-1]))
        wanted = spec.fit_years + (spec.judge_years or 0)
        if wanted > last - first + 1:
            raise StudyError(
                f"{spec.fit_years} year(s) were to be fitted and {spec.judge_years or 0} held out.",
                f"The record has {last - first + 1}: it runs from {days[0]} to {days[-1]}.",
                "Ask for fewer years (periods.fit_years, periods.judge_years), or use a longer record.",
            )
        judge_from = first + spec.fit_years
        # The record may begin inside its first year, and end inside its last.
        fit = [str(days[0]), f"{judge_from - 1}-12-31"]
        if spec.judge_years is not None:
            judge = [f"{judge_from}-01-01", f"{judge_from + spec.judge_years - 1}-12-31"]
    return Periods(fit_start=fit[0], fit_end=fit[1], judge_start=judge[0], judge_end=judge[1])


def _parameters(spec: StudySpec, model: Model) -> ParameterPlan:
    from landpda.core.parameter_table import read_parameter_table
    from landpda.experiments.plan import ParameterPlan
    from landpda.parameters.make_prior import make_prior

    table = read_parameter_table(spec.parameter_table) if spec.parameter_table else model.parameters
    if spec.parameter_table:
        _known(table, model.parameters, spec.parameter_table)
    _known(spec.parameters, table, "parameters")
    priors = {
        name: make_prior(parameter.prior, parameter.numbers, parameter=name)
        for name, parameter in spec.parameters.items()
        if parameter.prior
    }
    for name, prior in priors.items():
        _holds_default(name, prior, table)
    fixed = {name: parameter.fixed for name, parameter in spec.parameters.items() if parameter.fixed is not None}
    return ParameterPlan(table=table, priors=priors, fixed=fixed)


def _holds_default(name: str, prior: Any, table: ParameterTable) -> None:
    """Refuse a prior that leaves out the value that the model runs with by default.

    Raises:
        StudyError: it does.
    """
    low, high = (float(end) for end in prior.support)
    row = table[name]
    if not low <= row.default <= high:
        raise StudyError(
            f"Parameter {name!r} was given the prior {prior.name} from {low:g} to {high:g} {row.units}.",
            f"The model's default {row.default:g} lies outside.",
            "Widen the prior, or bring a parameter_table with another default.",
        )


def _known(names: Mapping[str, object], table: ParameterTable, where: str) -> None:
    for name in names:
        if name not in table:
            raise StudyError(
                f"Parameter {name!r} was named in {where}.", "The model has no such parameter.", nearest(name, table)
            )


def _stream(name: str, spec: StreamSpec) -> StreamPlan:
    from landpda.experiments.plan import StreamPlan
    from landpda.experiments.stream_of import error_parameters

    plan = StreamPlan(
        variable=name,
        output=spec.output,
        every=spec.every,
        operator=operator_of(spec.operator_in_full, f"streams.{name}.operator"),
        observation=error_of(spec.observation, f"streams.{name}.observation"),
        structural=error_of(spec.structural, f"streams.{name}.structural"),
    )
    error_parameters(plan)  # Refuses a prior that cannot be, before a file is read.
    return plan
