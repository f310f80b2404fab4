"""What a study's operators make of data: the same as of a model that is right."""

import numpy as np
import pytest

from landpda.core.registry import discover
from landpda.observations.operators.plan import OperatorPlan
from landpda.observations.operators.select import EachStep
from landpda.observations.operators.temporal import WindowMean, WindowSum
from landpda.observations.seen import Record, Seen

T = 30
PLANS = [EachStep(), WindowMean(4), WindowSum(4), WindowMean(1), WindowSum(30)]


def record(values, sd=None, dt=1.0):
    return Record(values, np.full(T, 0.5) if sd is None else sd, np.arange(T) * dt, dt, "gC m-2 d-1")


def seen(plan, whole):
    data = plan.observe(whole)
    steps = np.flatnonzero(np.isfinite(data.values))
    return Seen("nbe", "nbe", 2.0, whole, data.units, steps, data.times[steps], data.values[steps], data.sd[steps])


def test_every_operator_of_a_study_is_tested():
    assert {plan.name for plan in PLANS} == set(discover("landpda.observations.operators", OperatorPlan))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.name} over {plan.span}")
@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_a_model_that_is_right_is_predicted_to_be(plan, dt):
    values = np.random.default_rng(1).normal(size=T)
    data = seen(plan, record(values, dt=dt))
    np.testing.assert_allclose(plan.operator(data)({"nbe": values / 2.0}), data.values, rtol=1e-10, atol=1e-12)
    assert np.all(data.steps + plan.span <= T)
    np.testing.assert_allclose(data.times, data.steps * dt + 0.5 * dt * (plan.span - 1))


def test_independent_errors_average_down_and_add_up():
    mean, total = (plan(9).observe(record(np.ones(T))) for plan in (WindowMean, WindowSum))
    np.testing.assert_allclose(mean.sd[[0, 9, 18]], 0.5 / 3.0)
    np.testing.assert_allclose(total.sd[[0, 9, 18]], 0.5 * 3.0)
    assert (mean.units, total.units) == ("gC m-2 d-1", "gC m-2")


def test_a_window_counts_from_its_minimum_share_on():
    values = np.ones(T)
    values[[0, 1, 4, 5, 6]] = np.nan
    shown = WindowSum(4, minimum_share=0.5).observe(record(values)).values
    assert shown[0] == 4.0
    assert np.isnan(shown[4])
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(shown)), [0, 8, 12, 16, 20, 24])
