"""L-BFGS-B from several starts."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import RunFailed
from landpda.methods.driver import run
from landpda.methods.optimise.lbfgsb import LBFGSB, minimised

BENT = linear_gaussian.Line(curvature=0.4)


def test_each_step_is_one_start_and_all_ends_are_kept() -> None:
    problem = linear_gaussian.problem_with_unknown_error(BENT)
    result = run(LBFGSB(num_starts=4, num_screened=0), problem, jr.key(0))
    assert result.trace["z"].shape == (4, 3)
    assert np.all(result.trace["converged"])
    costs = -np.asarray(problem.log_density_ensemble(jnp.asarray(result.trace["z"])))
    np.testing.assert_allclose(result.trace["cost"], costs, rtol=1e-12)
    assert result.estimate.cost == result.trace["cost"].min()
    assert result.runs_used == result.gradients_used + 4


def test_a_search_goes_around_a_region_that_fails() -> None:
    # The way from the start to the optimum at intercept 0.87 is free; a full first step overshoots into the region that fails.
    sound, frail = linear_gaussian.problem(), linear_gaussian.problem(model=linear_gaussian.Line(fails_above=0.95))
    start = np.array([-2.0, -2.0])
    end = minimised(frail, start, 200, 1e-6)
    mean, _ = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(end.z, mean, atol=1e-5)
    assert end.converged
    assert end.cost == pytest.approx(float(sound.cost(jnp.asarray(mean))), abs=1e-9)


def test_a_start_that_fails_is_said_and_the_others_go_on() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=0.95))
    result = run(LBFGSB(num_starts=8, num_screened=0), frail, jr.key(1))
    lost = ~np.isfinite(result.trace["cost"])
    assert 0 < lost.sum() < 8
    assert any(finding.topic == "failed runs" for finding in result.findings)
    np.testing.assert_allclose(result.estimate.best, linear_gaussian.posterior_in_control_space()[0], atol=1e-5)


def test_all_starts_failing_is_an_error() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-np.inf))
    with pytest.raises(RunFailed, match="no usable answer"):
        run(LBFGSB(num_starts=3, num_screened=0), frail, jr.key(0))
