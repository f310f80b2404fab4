"""A problem in the order of time sees the data that the whole problem sees, and refuses what it cannot follow."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import NeedsError
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Given
from landpda.observations.operators.operator import ObservationOperator
from landpda.observations.operators.select import Select
from landpda.observations.operators.temporal import TemporalMean, TemporalSum
from landpda.observations.operators.violation import Violation
from landpda.observations.stream import Stream
from landpda.problem.box import box
from landpda.problem.model_problem import Problem
from toy_model import ForwardOnly

STEPS = 12


def stream(name: str, operator: ObservationOperator, num: int) -> Stream:
    """Data that are all one, with an error of a half."""
    return Stream(name, "m", np.ones(num), np.zeros(num), operator, Diagonal(Given(0.5), Given(0.0), num))


def problem(*streams: Stream, lost: float = 0.0) -> Problem:
    """A bent line over twelve steps."""
    line = linear_gaussian.Line(curvature=0.2, share_lost=lost)
    times = np.arange(float(STEPS))
    return Problem(line, linear_gaussian.Scenario({}, {}, times, 1.0), streams, linear_gaussian.space())


SELECT = stream("select", Select("line", np.array([7, 2, 3]), 2.0), 3)
MEAN = stream("mean", TemporalMean("line", np.array([1, 6]), np.array([4, 7])), 2)
SUM = stream("sum", TemporalSum("line", np.array([0, 5, 9]), np.array([4, 8, 11]), 0.5, 3.0), 3)


def walked(asked: Problem, Z: jnp.ndarray) -> dict[str, np.ndarray]:
    """Predictions of every stream, gathered on the way."""
    sequential = asked.sequential
    windows = sequential.windows()
    course, members = sequential.course(windows), sequential.begin(Z)
    found = {s.name: np.full((len(Z), s.num), np.nan) for s in sequential.streams}
    for index in range(len(windows.first)):
        forecast = sequential.advance(members, course, jnp.asarray(index))
        members = forecast.members
        for column, one in enumerate(sequential.streams):
            datum = windows.datum[index, column]
            if datum >= 0:
                found[one.name][:, datum] = np.where(forecast.ok, forecast.values[:, column], np.nan)
                assert float(course.y[index, column]) == one.values[datum]
    return found


def test_predictions_on_the_way_are_those_of_the_whole_run() -> None:
    asked = problem(SELECT, MEAN, SUM)
    Z = asked.initial_ensemble(jr.key(0), 5)
    found, whole = walked(asked, Z), asked.forward_ensemble(Z).values
    for name, values in found.items():
        np.testing.assert_allclose(values, whole[:, asked.slices[name]], rtol=1e-12, err_msg=name)


def test_windows_end_where_data_become_available() -> None:
    windows = problem(SELECT, MEAN, SUM).sequential.windows()
    np.testing.assert_array_equal(windows.last, [2, 3, 4, 7, 8, 11])
    np.testing.assert_array_equal(windows.first, [0, 3, 4, 5, 8, 9])
    # columns: mean, select, sum
    np.testing.assert_array_equal(windows.datum[2], [0, -1, 0])
    np.testing.assert_array_equal(windows.datum[3], [1, 0, -1])


def test_failed_members_are_values_and_keep_what_they_held() -> None:
    asked = problem(SELECT, lost=0.3)
    Z = asked.initial_ensemble(jr.key(0), 40)
    sequential = asked.sequential
    course, members = sequential.course(sequential.windows()), sequential.begin(Z)
    forecast = sequential.advance(members, course, jnp.asarray(0))
    np.testing.assert_array_equal(forecast.ok, asked.forward_ensemble(Z).ok)
    assert 0 < int(jnp.sum(~forecast.ok)) < 40
    for new, old in zip(forecast.members, members, strict=True):
        np.testing.assert_array_equal(new[~forecast.ok], old[~forecast.ok])
        assert jnp.all(jnp.isfinite(new))


def test_errors_are_those_of_the_data_of_the_window() -> None:
    error = Diagonal(Given(np.array([0.1, 0.2, 0.3])), Given(0.0), 3)
    sequential = problem(eqx.tree_at(lambda s: s.error, SELECT, error)).sequential
    course = sequential.course(sequential.windows())
    found = [float(jnp.exp(sequential.log_sd(jnp.zeros((1, 2)), course, jnp.asarray(i)))[0, 0]) for i in range(3)]
    np.testing.assert_allclose(found, [0.2, 0.3, 0.1])  # in the order of time


def test_unknowns_of_the_errors_are_named() -> None:
    sequential = linear_gaussian.problem_with_unknown_error().sequential
    np.testing.assert_array_equal(sequential.unknowns, [False, False, True])


def test_a_stream_that_looks_at_the_whole_run_is_refused_by_name() -> None:
    whole = stream("constraints", Violation(), 3)
    with pytest.raises(NeedsError, match="The stream 'constraints' was to be followed step by step"):
        problem(SELECT, whole).sequential.windows()


def test_windows_of_a_stream_that_overlap_are_refused_by_name() -> None:
    overlapping = stream("running", TemporalMean("line", np.array([0, 2]), np.array([3, 5])), 2)
    with pytest.raises(NeedsError, match=r"The stream 'running'(.|\n)*same step"):
        problem(overlapping).sequential.windows()


def test_a_model_that_cannot_be_stopped_is_refused() -> None:
    asked = problem(SELECT)
    with pytest.raises(NeedsError, match="The model toy_forward cannot be stopped"):
        _ = Problem(ForwardOnly(), asked.scenario, asked.streams, asked.space).sequential


def test_what_wraps_a_problem_refuses_politely() -> None:
    with pytest.raises(NeedsError, match="in the order of time"):
        _ = box(linear_gaussian.problem()).sequential
