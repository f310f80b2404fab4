"""Posing: what is fitted, what is held out, and what a user hears of data that cannot be used."""

import numpy as np
import pytest

from landpda.core.errors import LandpdaError
from landpda.experiments.demo import demo_site
from landpda.experiments.plan import EstimatedError, FileError, GivenError, NoError, Periods, SoftConstraints, StreamPlan
from landpda.experiments.posing import pose
from landpda.models.dalec.dalec2 import Dalec2
from landpda.observations.operators.temporal import WindowMean, WindowSum

NBE = StreamPlan("nbe", observation=GivenError(0.5), structural=NoError())
PERIODS = Periods("2001-01-01", "2001-12-31", "2002-01-01", "2002-12-31")


@pytest.fixture(scope="module")
def site():
    return demo_site(num_years=2)


def test_fitted_and_held_out_data_share_nothing_and_are_all(site):
    posed = pose(site, Dalec2(), [NBE], periods=PERIODS)
    fitted = posed.fitted["nbe"]
    dates = posed.whole.streams[0].dates
    assert dates[fitted].max() < np.datetime64("2002-01-01") <= dates[~fitted].min()
    assert posed.problem.y.shape[0] == fitted.sum()
    assert len(fitted) == int(np.isfinite(site["nbe"]).sum())


def test_the_fitted_problem_does_not_run_beyond_its_data(site):
    assert pose(site, Dalec2(), [NBE], periods=PERIODS).problem.scenario.num_steps == 365


def test_thinning_keeps_every_eighth_step(site):
    plan = StreamPlan("lai", every=8, observation=GivenError(0.3), structural=NoError())
    steps = pose(site, Dalec2(), [plan]).problem.streams[0].operator.steps
    assert set(np.diff(steps)) == {8}


def test_estimated_errors_join_the_parameters(site):
    posed = pose(site, Dalec2(), [StreamPlan("nbe", observation=GivenError(0.3), structural=EstimatedError())])
    assert posed.problem.names[-1] == "nbe_structural_sd"
    assert posed.problem.n == 24


def test_constraints_are_a_stream_that_is_not_measured(site):
    streams = pose(site, Dalec2(), [NBE], constraints=SoftConstraints()).problem.streams
    assert [stream.measured for stream in streams] == [True, False]


def test_window_means_are_of_the_data_and_of_the_model(site):
    filled = site.assign(nbe=("time", np.arange(float(site.sizes["time"])), {"units": "gC m-2 d-1"}))
    windows = {"observation": GivenError(0.5), "structural": NoError()}
    means = pose(filled, Dalec2(), [StreamPlan("nbe", operator=WindowMean(7), **windows)]).problem
    np.testing.assert_allclose(means.y[:3], [3.0, 10.0, 17.0])
    sums = pose(filled, Dalec2(), [StreamPlan("nbe", operator=WindowSum(7), **windows)]).problem
    np.testing.assert_allclose(sums.y, 7.0 * means.y)
    np.testing.assert_allclose(sums.forward(np.zeros(sums.n)), 7.0 * means.forward(np.zeros(means.n)), rtol=1e-10)
    assert (means.streams[0].units, sums.streams[0].units) == ("gC m-2 d-1", "gC m-2")


def test_a_window_over_the_end_of_the_fit_is_neither_fitted_nor_held_out(site):
    plan = StreamPlan("nbe", operator=WindowMean(7), observation=GivenError(0.5), structural=NoError())
    filled = site.assign(nbe=site["nbe"].fillna(0.0).assign_attrs(site["nbe"].attrs))
    posed = pose(filled, Dalec2(), [plan], periods=PERIODS)
    operator = posed.whole.streams[0].operator
    assert operator.last[posed.fitted["nbe"]].max() < 365 <= operator.first[~posed.fitted["nbe"]].min()
    assert len(posed.fitted["nbe"]) == 730 // 7 - 1
    assert posed.problem.streams[0].operator.last.max() < posed.problem.scenario.num_steps


def test_thinning_and_windows_that_do_not_go_together_are_refused():
    with pytest.raises(LandpdaError, match="multiple of 7"):
        StreamPlan("nbe", every=8, operator=WindowMean(7))
    StreamPlan("nbe", every=14, operator=WindowMean(7))


@pytest.mark.parametrize(
    ("change", "plan", "words"),
    [
        (lambda s: s.drop_vars("tmin"), NBE, "needs the forcing 'tmin'"),
        (lambda s: s.assign(tmax=s["tmax"].where(s["time"].dt.dayofyear != 40)), NBE, "2001-02-09"),
        (lambda s: s.assign(nbe=s["nbe"] * np.nan), NBE, "All its values are missing"),
        (lambda s: s, StreamPlan("nbee"), "nbe"),
        (lambda s: s, StreamPlan("nbe", operator=WindowMean(10**30)), "make no datum over 1e\\+30 steps"),
        (lambda s: s, StreamPlan("nbe", output="gp"), "gpp"),
        (lambda s: s.assign(tmin=s["tmin"].assign_attrs(units="mm")), NBE, "tmin"),
        (lambda s: s, StreamPlan("nbe", observation=FileError(), structural=NoError()), "The file has none"),
    ],
)
def test_what_cannot_be_posed_is_said(site, change, plan, words):
    with pytest.raises(LandpdaError, match="(?s)" + words) as caught:
        pose(change(site), Dalec2(), [plan], periods=PERIODS)
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize(
    "periods", [Periods("1990-01-01", "1991-12-31"), Periods("", "2001-12-31", "2001-03-01", "2001-04-01")]
)
def test_periods_outside_the_record_are_refused(site, periods):
    with pytest.raises(LandpdaError, match="2001-01-01 to 2002-12-31"):
        pose(site, Dalec2(), [NBE], periods=periods)
