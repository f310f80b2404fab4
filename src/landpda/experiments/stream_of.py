"""The stream that a plan makes of what was observed, and the unknowns that its errors add to the problem."""

from __future__ import annotations

import numpy as np

from landpda.core.errors import DataError, StudyError
from landpda.core.model import Model
from landpda.experiments.plan import SoftConstraints, StreamPlan
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Given
from landpda.observations.errors.unknown import Unknown
from landpda.observations.operators.violation import Violation
from landpda.observations.seen import Seen
from landpda.observations.stream import Stream
from landpda.parameters.make_prior import make_prior
from landpda.parameters.parameter import Parameter


def stream_of(plan: StreamPlan, seen: Seen) -> Stream:
    """The stream of these data.

    Raises:
        DataError: the errors come to nothing for some of them.
    """
    error = Diagonal(plan.observation.part(seen), plan.structural.part(seen), num=len(seen.values))
    _refuse_no_error(plan, seen, error)
    return Stream(seen.name, seen.units, seen.values, seen.times, plan.operator.operator(seen), error)


def constraint_stream(model: Model, plan: SoftConstraints) -> Stream:
    """The model's constraints, as something that was observed to be zero.

    Raises:
        StudyError: the model has none.
    """
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


def error_parameters(plan: StreamPlan) -> tuple[Parameter, ...]:
    """What the errors of a stream leave to be estimated.

    Raises:
        StudyError: a prior is none, or allows what cannot be.
    """
    unknowns = (*plan.observation.unknowns(plan.variable), *plan.structural.unknowns(plan.variable))
    return tuple(_parameter(unknown) for unknown in unknowns)


def _parameter(unknown: Unknown) -> Parameter:
    prior = make_prior(unknown.prior.family, unknown.prior.numbers, parameter=unknown.name)
    if float(np.asarray(prior.support[0])) < unknown.least:
        impossible = "negative values" if unknown.least == 0.0 else f"values below {unknown.least:g}"
        raise StudyError(
            f"The {unknown.meaning} ({unknown.name}) was given the prior {prior.name}.",
            f"It allows {impossible}, which cannot be.",
            f"Use half_normal, log_normal, or one with low ≥ {unknown.least:g}.",
        )
    return Parameter(name=unknown.name, units="1", prior=prior, source="study", meaning=unknown.meaning)


def _refuse_no_error(plan: StreamPlan, seen: Seen, error: Diagonal) -> None:
    if error.parameters:
        return
    without = ~(np.exp(np.asarray(error.log_sd({}))) > 0.0)
    if without.any():
        silent = "The file has none, and they" if not np.isfinite(seen.sd[without]).any() else "They"
        raise DataError(
            f"The errors of stream {plan.variable!r} were to be {plan.observation.name} (observation) "
            f"and {plan.structural.name} (structural).",
            f"{silent} are not above 0 for {int(without.sum())} of {len(without)} data.",
            "Give one (observation: 0.5), or let it be estimated (structural: estimated).",
        )
