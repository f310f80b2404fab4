"""What the filters do on their way: data in time, failures, settings, findings."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
import sequential_problems
from landpda.core.errors import RunFailed, StudyError
from landpda.methods.driver import run
from landpda.methods.filter.enkf import EnKF
from landpda.methods.filter.etkf import ETKF
from landpda.methods.filter.filter_findings import effective, findings
from landpda.methods.filter.particle_filter import ParticleFilter
from landpda.methods.filter.walk import by_window
from landpda.methods.method import Method


def test_a_deterministic_filter_gives_the_posterior_of_the_whole_record_to_rounding() -> None:
    estimate = run(ETKF(num_members=8, checkpoints=2), linear_gaussian.problem(), jr.key(0)).estimate
    mean, covariance = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(estimate.draws[0].mean(axis=0), mean, atol=1e-8)
    np.testing.assert_allclose(np.cov(estimate.draws[0].T), covariance, atol=1e-8)


def test_the_log_likelihoods_of_the_windows_add_up_to_the_evidence() -> None:
    trace = run(ETKF(num_members=8, checkpoints=2), linear_gaussian.problem(), jr.key(0)).trace
    noted = by_window(trace)
    assert noted["log_likelihood"].sum() == pytest.approx(-3.4403205416, abs=1e-8)
    assert noted["day"].tolist() == [0.0, 1.0, 2.0]
    assert noted["num_data"].tolist() == [1, 1, 1]


def test_the_size_of_an_error_is_held_and_the_reader_is_told() -> None:
    result = run(EnKF(num_members=50, checkpoints=1), linear_gaussian.problem_with_unknown_error(), jr.key(0))
    np.testing.assert_array_equal(result.estimate.draws[0][:, 2], 0.0)
    assert any("sd" in finding.sentence and "held" in finding.sentence for finding in result.findings)


def test_a_particle_filter_learns_the_size_of_an_error() -> None:
    result = run(ParticleFilter(num_members=500, checkpoints=1), linear_gaussian.problem_with_unknown_error(), jr.key(0))
    assert 0.2 < np.std(result.estimate.draws[0][:, 2]) < 1.5


@pytest.mark.parametrize("method", [ETKF(num_members=8), ParticleFilter(num_members=8)], ids=lambda method: method.name)
def test_all_members_failing_on_the_way_is_an_error(method: Method) -> None:
    with pytest.raises(RunFailed, match="were to go on to 1970-01-12"):
        run(method, sequential_problems.damped(lasts=10), jr.key(0))


@pytest.mark.parametrize("kind", [EnKF, ETKF])
@pytest.mark.parametrize(
    "settings",
    [{"num_members": 2}, {"checkpoints": 0}, {"relaxation": 1.5}, {"parameter_floor": -1.0}, {"process_noise": (0.1, -0.1)}],
)
def test_settings_that_cannot_be_run_are_refused(kind: type, settings: dict) -> None:
    with pytest.raises(StudyError, match=f"{kind.name} was given {next(iter(settings))}"):
        kind(**settings)


def test_noise_is_for_all_variables_or_for_each() -> None:
    with pytest.raises(StudyError, match="The model has 1 state variables"):
        run(EnKF(process_noise=(0.1, 0.2)), sequential_problems.damped(), jr.key(0))


def test_localisation_takes_back_what_noise_could_have_made() -> None:
    plain, careful = (
        run(EnKF(num_members=20, checkpoints=1, localisation=c), linear_gaussian.problem(), jr.key(0)).trace for c in (0.0, 3.0)
    )
    assert np.all(careful["sd"][0, -1] > plain["sd"][0, -1])


def noted(**changes: np.ndarray) -> dict[str, np.ndarray]:
    """Notes of ten windows of a filter that is content."""
    calm = {
        "day": np.arange(10.0),
        "num_data": np.ones(10, int),
        "chi_square": np.ones(10),
        "log_likelihood": -np.ones(10),
        "effective": np.full(10, 50.0),
        "failed": np.zeros(10, int),
        "mean": np.zeros((10, 2)),
        "sd": np.full((10, 2), 0.5),
    }
    return {**calm, **changes}


def said(notes: dict[str, np.ndarray]) -> dict[str, str]:
    found = findings(notes, ("a", "b"), np.array([False, False]), 100)
    return {finding.topic: finding.severity for finding in [*found, *effective(notes, 100)]}


def test_findings_name_what_went_wrong() -> None:
    assert said(noted()) == {"innovations": "good", "particles": "good"}
    assert said(noted(chi_square=np.full(10, 3.0)))["innovations"] == "warning"
    collapsed = noted(chi_square=np.full(10, 3.0), sd=np.full((10, 2), 1e-4))
    assert said(collapsed)["spread"] == "serious"
    assert said(noted(mean=np.linspace(0, 4, 20).reshape(10, 2)))["drift"] == "warning"
    assert said(noted(failed=np.full(10, 20)))["failures"] == "warning"
    assert said(noted(effective=np.full(10, 2.0)))["particles"] == "serious"
