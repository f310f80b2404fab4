"""A whole calibration, small: its parts agree with one another, and a stopped one ends with the same bits."""

import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from landpda.execution.checkpoint import Checkpoint
from landpda.experiments.calibration import calibrate, search_ends, solve
from landpda.experiments.demo import demo_site, demo_study
from landpda.experiments.plan import Periods
from landpda.experiments.study import Study, TwinPlan
from landpda.methods.optimise.lbfgsb import LBFGSB
from landpda.methods.optimise.levenberg_marquardt import LevenbergMarquardt
from landpda.methods.sample.hmc import HMC


def small_study(**changes) -> Study:
    small = {
        "site": demo_site(num_years=2),
        "periods": Periods("2001-01-01", "2001-12-31", "2002-01-01", "2002-12-31"),
        "search": LevenbergMarquardt(num_starts=4, num_screened=32, max_iterations=20),
        "answer": HMC(num_chains=8, num_draws=24, max_leapfrog=4, checkpoint_every=6),
    }
    return dataclasses.replace(demo_study(), **(small | changes))


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    return calibrate(small_study())


def test_skill_is_that_of_the_stored_series(tree):
    observed, best = tree["observed_data"]["nbe"].values, tree["best_fit"]["nbe"].values
    held_out = tree["observed_data"]["nbe_fitted"].values == 0
    scores = tree["skill"]["skill"].sel(stream="nbe", period="held_out")
    np.testing.assert_allclose(scores.sel(metric="rmse"), np.sqrt(np.mean((best - observed)[held_out] ** 2)))
    np.testing.assert_allclose(scores.sel(metric="bias"), np.mean((best - observed)[held_out]))


def test_intervals_grow_with_each_part_of_the_error(tree):
    quantiles = tree["predictive_intervals"]["nbe"]
    width = (quantiles.isel(quantile=-1) - quantiles.isel(quantile=0)).mean("nbe_time")
    assert float(width.sel(part="parameters")) < float(width.sel(part="total"))


def test_not_converged_is_said(tree):
    findings = json.loads(tree.attrs["findings"])
    assert tree["summary"]["rhat"].max() > 1.05
    assert any(topic == "convergence" and severity in ("warning", "serious") for severity, topic, _ in findings)


def test_recovery_names_the_truth_that_made_the_data(tree):
    truth = {name: float(values) for name, values in tree["truth"].ds.squeeze().items()}
    listed = dict(zip(tree["recovery"]["parameter"].values, tree["recovery"]["truth"].values, strict=True))
    for name, value in listed.items():
        assert truth[name] == pytest.approx(value) or "day" in name


class Interrupting:
    """Progress that stops the run as Ctrl-C would, once the answering method has done some steps."""

    def __call__(self, what, done, most, info):
        if what == "hmc" and done >= 12:
            raise KeyboardInterrupt


def test_stopped_and_resumed_ends_with_the_same_bits(tmp_path, tree):
    def stores(role):
        return Checkpoint(tmp_path / role)

    with pytest.raises(KeyboardInterrupt):
        calibrate(small_study(), stores=stores, progress=Interrupting())
    resumed = calibrate(small_study(), stores=stores)
    for name, values in tree["posterior"].items():
        np.testing.assert_array_equal(values, resumed["posterior"][name])


@pytest.mark.parametrize("search", [LBFGSB(num_starts=2, num_screened=16, max_iterations=10), None])
def test_other_searches_and_none_serve_too(search):
    calibration = solve(small_study(search=search, twin=TwinPlan(truth={"canopy_efficiency": 18.0}, keep=0.5, noise=2.0)))
    if search is not None:
        ends, cost = search_ends(calibration.search)
        assert ends.shape == (2, calibration.posed.problem.n)
        assert cost.shape == (2,)
    space = calibration.posed.problem.space
    assert float(space.to_physical(jnp.asarray(calibration.truth))["canopy_efficiency"]) == pytest.approx(18.0)
    assert 0.3 < calibration.posed.fitted["nbe"].sum() / 365 < 0.6


@pytest.mark.slow
def test_the_demo_recovers_twenty_truths():
    """Intervals of 90 % hold at least 85 % of the truths, and what the data know well shrinks by half."""
    inside, shrinkage = [], []
    for seed in range(20):
        found = calibrate(demo_study(seed))
        inside.append(found["recovery"]["inside90"].values)
        shrinkage.append(found["summary"]["shrinkage"].values)
    share = float(np.mean(inside))
    assert share >= 0.85, f"only {100 * share:.1f} % of {np.size(inside)} true values lie inside"
    assert np.sum(np.median(shrinkage, axis=0) >= 0.5) >= 5
