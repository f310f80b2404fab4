"""The laws of a method, for every one that is registered: a new file in landpda/methods is tested here without another line."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.random as jr
import numpy as np
import pytest
import yaml

import linear_gaussian
from landpda.core.errors import NeedsError, RunFailed
from landpda.core.estimate import Front, Gaussian, Point, Samples
from landpda.core.registry import discover
from landpda.core.result import Result
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.execution.checkpoint import Checkpoint
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem
from looped import Looped

METHODS = discover("landpda.methods", Method)


def read_settings(name: str) -> dict[str, dict[str, Any]]:
    """What `settings/NAME.yaml` says of a method, if there is one.

    `small` are settings with which it is accurate enough for its law in seconds; `tiny` are those of laws that compare two runs
    with one another, where accuracy is no matter. `tolerance` belongs to a method whose answer is no chain and so does not
    show its own Monte Carlo error: how far the mean may be off, in posterior standard deviations, and how far each standard
    deviation may be off as a share of itself.
    """
    path = Path(__file__).parent / "settings" / f"{name}.yaml"
    said = yaml.safe_load(path.read_text()) if path.exists() else {}
    small = said.get("small", {})
    return {"small": small, "tiny": said.get("tiny", small), "tolerance": said.get("tolerance", {})}


SETTINGS = {name: read_settings(name) for name in METHODS}

POINT_TOLERANCE = 1e-5
GAUSSIAN_TOLERANCE = 1e-6
FRONT_TOLERANCE = 0.02
"""[posterior sd] half of a front's members lie nearer than this to the line of compromises, all within five times it."""
STANDARD_ERRORS = 4.0
LARGEST_STANDARD_ERROR = 0.1
"""[posterior sd] a sampler whose mean is less certain than this has not done its work."""

every_method = pytest.mark.parametrize(
    "method", [cls(**SETTINGS[name]["small"]) for name, cls in METHODS.items()], ids=list(METHODS)
)
every_tiny_method = pytest.mark.parametrize(
    "method", [cls(**SETTINGS[name]["tiny"]) for name, cls in METHODS.items()], ids=list(METHODS)
)
KEY = 4


@functools.cache
def reference(name: str) -> Result:
    """The run that the laws of comparison share."""
    return run(METHODS[name](**SETTINGS[name]["tiny"]), linear_gaussian.problem(), jr.key(KEY))


class Silent(eqx.Module):
    """What a problem is that offers nothing at all."""

    offers: ClassVar[Needs] = Needs(0)


def assert_exact(result: Result) -> None:
    """The estimate is the posterior of the linear-Gaussian problem, as nearly as its kind allows."""
    mean, covariance = linear_gaussian.posterior_in_control_space()
    match result.estimate:
        case Point(z=z) if SETTINGS[result.method]["tolerance"]:
            limit = SETTINGS[result.method]["tolerance"]["mean"]
            np.testing.assert_array_less(np.abs(z - mean) / np.sqrt(np.diag(covariance)), limit)
        case Point(z=z):
            np.testing.assert_allclose(z, expected_point(result), atol=POINT_TOLERANCE)
        case Front(members=members):
            assert_front(np.asarray(members), np.asarray(result.estimate.best), np.sqrt(np.diag(covariance)))
        case Gaussian(mean=found, covariance=spread) if SETTINGS[result.method]["tolerance"]:
            assert_within_tolerance(found, spread, mean, covariance, **SETTINGS[result.method]["tolerance"])
        case Gaussian(mean=found, covariance=spread):
            np.testing.assert_allclose(found, mean, atol=GAUSSIAN_TOLERANCE)
            np.testing.assert_allclose(spread, covariance, atol=GAUSSIAN_TOLERANCE)
        case Samples(draws=draws) if SETTINGS[result.method]["tolerance"]:
            members = np.asarray(draws).reshape(-1, draws.shape[-1])
            moments = members.mean(axis=0), np.cov(members.T)
            assert_within_tolerance(*moments, mean, covariance, **SETTINGS[result.method]["tolerance"])
        case Samples(draws=draws):
            assert_moments(np.asarray(draws), mean, covariance)
        case other:
            raise AssertionError(f"say here what is exact for a {type(other).__name__}")


def expected_point(result: Result) -> np.ndarray:
    """The posterior's mode; of a method that says that it gives another point, that of least squares, which knows no prior."""
    if METHODS[result.method].exact is not Exact.NEVER:
        return linear_gaussian.posterior_in_control_space()[0]
    problem = linear_gaussian.problem()
    offset = np.asarray(problem.forward(np.zeros(2)))
    slope = np.asarray(problem.forward_ensemble(np.eye(2)).values) - offset
    return np.linalg.lstsq(slope.T, np.asarray(problem.y) - offset, rcond=None)[0]


def assert_front(members: np.ndarray, best: np.ndarray, sd: np.ndarray) -> None:
    """Members, and the best of them, lie on the line of compromises, which ends at either stream's own optimum."""
    line = linear_gaussian.front_in_control_space()
    far = np.linalg.norm((members[:, None] - line) / sd, axis=2)
    assert np.median(far.min(axis=1)) < FRONT_TOLERANCE
    assert np.all(far.min(axis=1) < 5.0 * FRONT_TOLERANCE)
    assert np.all(far[:, [0, -1]].min(axis=0) < 5.0 * FRONT_TOLERANCE), "the front does not reach the streams' own optima"
    assert np.linalg.norm((best - line) / sd, axis=1).min() < 5.0 * FRONT_TOLERANCE


def assert_moments(draws: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> None:
    """First and second moments lie within a few Monte Carlo standard errors, as the chains themselves show them."""
    centred = draws - mean
    products = np.einsum("cdi,cdj->cij", centred, centred) / draws.shape[1]
    for of_chains, exact in ((centred.mean(axis=1), np.zeros_like(mean)), (products, covariance)):
        error = of_chains.std(axis=0, ddof=1) / np.sqrt(len(of_chains))
        assert np.all(np.abs(of_chains.mean(axis=0) - exact) < STANDARD_ERRORS * error)
    sd = np.sqrt(np.diag(covariance))
    assert np.all(centred.mean(axis=1).std(axis=0, ddof=1) / np.sqrt(len(draws)) < LARGEST_STANDARD_ERROR * sd)


def assert_within_tolerance(
    found: np.ndarray, spread: np.ndarray, exact: np.ndarray, covariance: np.ndarray, *, mean: float, sd: float
) -> None:
    """The mean is off by at most `mean` posterior standard deviations, and each spread by at most the share `sd`."""
    exact_sd = np.sqrt(np.diag(covariance))
    np.testing.assert_array_less(np.abs(found - exact) / exact_sd, mean)
    np.testing.assert_array_less(np.abs(np.sqrt(np.diag(spread)) / exact_sd - 1.0), sd)


def assert_same(one: Result, other: Result, tolerance: float = 0.0) -> None:
    """Estimates and traces agree."""
    for left, right in zip(jax.tree.leaves(one.estimate), jax.tree.leaves(other.estimate), strict=True):
        np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance)
    assert one.trace.keys() == other.trace.keys()
    for name in one.trace:
        np.testing.assert_allclose(one.trace[name], other.trace[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("name", list(METHODS))
def test_says_what_it_is(name: str) -> None:
    cls = METHODS[name]
    assert "Source: [" in (inspect.getdoc(cls) or "")
    assert cls.source
    assert Needs(0) != cls.needs
    assert Gives(0) != cls.gives
    assert isinstance(cls.exact, Exact)
    assert isinstance(cls(), Method)


@every_method
def test_refuses_politely_what_it_needs_and_lacks(method: Method) -> None:
    with pytest.raises(NeedsError, match=f"The method {method.name} needs"):
        run(method, Silent(), jr.key(0))  # pyright: ignore[reportArgumentType]


@every_method
def test_posterior_is_exact_when_linear_gaussian(method: Method) -> None:
    result = run(method, linear_gaussian.problem(), jr.key(1))
    assert_exact(result)
    kinds = {Point: Gives.POINT, Gaussian: Gives.GAUSSIAN, Samples: Gives.SAMPLES, Front: Gives.FRONT}
    assert kinds[type(result.estimate)] in method.gives
    assert result.runs_used > 0
    assert (result.gradients_used > 0) == bool(method.needs & (Needs.GRADIENT | Needs.LEAST_SQUARES))
    assert result.findings
    assert all(isinstance(finding, Finding) for finding in result.findings)


@every_method
def test_thirty_percent_of_runs_failing_leaves_no_bias(method: Method) -> None:
    problem = linear_gaussian.problem(model=linear_gaussian.Line(share_lost=0.3))
    result = run(method, problem, jr.key(2))
    if isinstance(result.estimate, Gaussian):
        # The mode may be a lost point, and differences of gradients around it are.
        np.testing.assert_allclose(result.estimate.mean, linear_gaussian.posterior_in_control_space()[0], atol=0.1)
    elif isinstance(result.estimate, Point):
        np.testing.assert_allclose(result.estimate.z, expected_point(result), atol=0.1)
    else:
        assert_exact(result)


@every_method
def test_all_runs_failing_is_an_error_at_once(method: Method) -> None:
    problem = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-np.inf))
    with pytest.raises(RunFailed):
        run(method, problem, jr.key(3))


@every_tiny_method
def test_same_key_gives_same_bits(method: Method) -> None:
    assert_same(run(method, linear_gaussian.problem(), jr.key(KEY)), reference(method.name))


@every_tiny_method
def test_scan_equals_loop(method: Method) -> None:
    looped = run(method, Looped(problem=linear_gaussian.problem()), jr.key(KEY))
    assert_same(looped, reference(method.name), tolerance=1e-9)


@every_tiny_method
def test_stream_order_does_not_matter(method: Method) -> None:
    other = run(method, linear_gaussian.problem(reverse=True), jr.key(KEY))
    assert_estimates_agree(reference(method.name), other)


@every_tiny_method
def test_units_of_an_observation_do_not_matter(method: Method) -> None:
    other = run(method, linear_gaussian.problem(scale=1000.0), jr.key(KEY))
    assert_estimates_agree(reference(method.name), other)


def assert_estimates_agree(one: Result, other: Result) -> None:
    """Control vectors agree; densities may differ by the logarithm of a unit."""
    np.testing.assert_allclose(_vectors(one), _vectors(other), rtol=1e-7, atol=1e-7)


def _vectors(result: Result) -> np.ndarray:
    match result.estimate:
        case Samples(draws=draws):
            return np.asarray(draws)
        case Gaussian(mean=mean, covariance=covariance):
            return np.concatenate([mean[None], covariance])
        case other:
            return np.asarray(other.best)


@every_tiny_method
def test_resumes_from_a_checkpoint_bit_for_bit(method: Method, tmp_path: Any) -> None:
    problem: AbstractProblem = linear_gaussian.problem(model=linear_gaussian.Line(curvature=0.3))
    whole = run(method, problem, jr.key(8))
    calls = []

    def stop(*told: Any) -> None:
        calls.append(told)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(method, problem, jr.key(8), store=Checkpoint(tmp_path), progress=stop)
    assert len(calls) == 1
    assert calls[0][1] < len(next(iter(whole.trace.values()))), "the law needs a run of more than one chunk"
    assert_same(run(method, problem, jr.key(8), store=Checkpoint(tmp_path)), whole)
