"""What ensemble methods promise beyond the laws of every method."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.core.registry import discover
from landpda.methods.driver import run
from landpda.methods.ensemble import schedule
from landpda.methods.ensemble.data_misfit import next_time
from landpda.methods.ensemble.eki import EKI
from landpda.methods.ensemble.es_mda import ESMDA
from landpda.methods.ensemble.es_mda_sqrt import ESMDASqrt
from landpda.methods.ensemble.etki import ETKI
from landpda.methods.ensemble.fourdenvar import FourDEnVar
from landpda.methods.ensemble.ies import IES
from landpda.methods.ensemble.members import folded, prior_ensemble
from landpda.methods.ensemble.observation_order import minibatch, observation_order, unit_noise
from landpda.methods.ensemble.sigma_points import seen, sigma_points
from landpda.methods.ensemble.uki import UKI
from landpda.methods.method import Method
from landpda.observations.errors.diagonal import Diagonal
from landpda.observations.errors.parts import Given
from landpda.observations.operators.select import Select
from landpda.observations.stream import Stream
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.box import box
from landpda.problem.model_problem import Problem

METHODS = discover("landpda.methods.ensemble", Method)
BENT = linear_gaussian.Line(curvature=0.4)


@pytest.mark.parametrize("name", list(METHODS))
def test_a_box_is_refused(name):
    with pytest.raises(StudyError, match="box"):
        run(METHODS[name](), box(circular_problem()), jr.key(0))


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (ESMDA, {"num_members": 2}),
        (ESMDA, {"num_assimilations": 0}),
        (ESMDA, {"ratio": 0.0}),
        (ESMDASqrt, {"inflation": 0.9}),
        (EKI, {"max_steps": 0}),
        (ETKI, {"minibatch": 1.5}),
        (ETKI, {"localisation": -0.1}),
        (IES, {"max_iterations": 0}),
        (FourDEnVar, {"num_loops": 0}),
        (UKI, {"settling": 1.0}),
        (UKI, {"num_settling": -1}),
    ],
)
def test_settings_that_cannot_be_run_are_refused(cls, settings):
    with pytest.raises(StudyError, match=next(iter(settings))):
        cls(**settings)


@pytest.mark.parametrize(("num", "ratio"), [(1, 1.0), (4, 1.0), (5, 2.5), (16, 1.3)])
def test_inverse_inflation_coefficients_sum_to_one(num, ratio):
    assert np.sum(1.0 / schedule.inflation_coefficients(num, ratio)) == pytest.approx(1.0, abs=1e-14)
    assert schedule.times(num, ratio)[-1] == 1.0
    assert np.all(np.diff(schedule.times(num, ratio)) > 0.0)


def test_steps_are_as_large_as_the_misfit_allows():
    whitened = np.full((10, 50), 10.0)
    whitened[::2] *= 2.0
    ok = np.ones(10, dtype=bool)
    half = 0.5 * np.sum(whitened**2, axis=1)
    assert next_time(0.2, whitened, ok, 10**6) == pytest.approx(
        0.2 + max(25.0 / half.mean(), np.sqrt(25.0 / half.var())), rel=1e-9
    )
    assert next_time(0.2, 0.01 * whitened, ok, 99) == 1.0
    assert next_time(0.5, 1e6 * whitened, ok, 1) == 1.0
    assert next_time(0.5, 1e6 * whitened, ok, 5) == pytest.approx(0.6)


def test_random_numbers_belong_to_a_datum_and_not_to_its_place():
    whitened = np.random.default_rng(0).standard_normal((6, 20))
    turned = np.random.default_rng(1).permutation(20)
    one, other = observation_order(whitened), observation_order(whitened[:, turned])
    np.testing.assert_array_equal(unit_noise(jr.key(2), one, 5)[:, turned], unit_noise(jr.key(2), other, 5))
    np.testing.assert_array_equal(minibatch(jr.key(3), one, 0.3)[turned], minibatch(jr.key(3), other, 0.3))
    assert minibatch(jr.key(3), one, 0.3).sum() == 6
    assert minibatch(jr.key(3), one, 0.0).all()


def test_points_that_fail_leave_the_slope_to_the_other_side():
    root, mean = np.diag([1.0, 2.0, 0.5]), np.array([0.1, 0.2, 0.3])
    distance = np.array([2.0, 2.0, 2.0, 2.0, 1.0, 2.0, 2.0])
    slope = np.random.default_rng(0).standard_normal((3, 4))
    misfit = sigma_points(mean, root, distance) @ slope + 1.0
    for lost in ([], [0], [1], [0, 4], [1, 5]):
        ok = ~np.isin(np.arange(7), lost)
        found = seen(np.where(ok[:, None], misfit, 0.0), ok, distance)
        np.testing.assert_allclose(found.slopes, root @ slope, atol=1e-12)
        np.testing.assert_allclose(found.centre, mean @ slope + 1.0, atol=1e-12)
    both_sides = np.array([True, False, True, True, False, True, True])
    np.testing.assert_array_equal(seen(misfit, both_sides, distance).slopes[0], 0.0)


def test_own_costs_never_rise():
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    trace = run(IES(num_members=40), linear_gaussian.problem(model=BENT), jr.key(0)).trace
    assert np.all(np.diff(trace["own_cost"]) <= 1e-12)
    assert len(run(IES(num_members=40), problem, jr.key(0)).trace["own_cost"]) < 20


@pytest.mark.parametrize("method", [EKI(), ETKI(), IES(), UKI(), FourDEnVar()], ids=lambda method: method.name)
def test_a_bent_model_is_followed_to_its_optimum(method):
    """The mean lies near the mode that a descent finds, where the model bends over the prior."""
    from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt

    problem = linear_gaussian.problem(model=BENT)
    mode = run(LevenbergMarquardt(num_starts=4, num_screened=0), problem, jr.key(0)).estimate
    estimate = run(method, problem, jr.key(0)).estimate
    mean = np.asarray(estimate.mean if isinstance(method, UKI) else estimate.draws[0].mean(axis=0))
    assert float(problem.cost(mean)) - float(mode.cost) < 0.1


@pytest.mark.parametrize("name", [name for name in METHODS if name != "eki_least_squares"])
def test_trace_ends_with_what_a_sampler_can_start_from(name):
    result = run(METHODS[name](), linear_gaussian.problem_with_unknown_error(), jr.key(0))
    if "z" in result.trace:
        density = linear_gaussian.problem_with_unknown_error().log_density_ensemble(result.trace["z"][-1])
        np.testing.assert_allclose(result.trace["cost"][-1], -np.asarray(density), rtol=1e-10)


def circular_problem() -> Problem:
    """A level that is the same after a turn of 1, as a position on a circle is; the prior spans three turns."""
    space = ParameterSpace(
        [Parameter("intercept", "m", Uniform(0.0, 3.0), period=1.0), Parameter("slope", "m", Uniform(-1.0, 1.0))]
    )
    error = Diagonal(Given(0.1), Given(0.0), 3)
    stream = Stream("y", "m", np.zeros(3), np.arange(3.0), Select("line", np.arange(3), 1.0), error)
    return Problem(model=linear_gaussian.Line(), scenario=linear_gaussian.SCENARIO, streams=(stream,), space=space)


def test_circular_parameters_are_gathered_around_a_centre():
    problem = circular_problem()
    Z = prior_ensemble(jr.key(0), problem, 64)
    value = np.asarray([problem.space.values(z)[0] for z in Z])
    assert np.ptp(value) <= 1.0
    centre = Z[np.argmax(value)]
    gathered = np.asarray([problem.space.values(z)[0] for z in folded(problem, Z, centre)])
    assert np.all(np.abs(gathered - value.max()) <= 0.5 + 1e-9)
    np.testing.assert_allclose(gathered - value, np.round(gathered - value), atol=1e-9)
