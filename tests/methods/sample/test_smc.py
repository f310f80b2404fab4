"""Laws of sequential Monte Carlo."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from dream_targets import starting_in, values

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.sample.smc import SMC, next_tempering, remembered
from landpda.methods.sample.weighted import effective_size
from landpda.problem.density import DensityProblem
from landpda.problem.untraced import Untraced


def test_the_next_temperature_is_where_the_weights_are_worth_the_share():
    log_likelihood = 30.0 * np.random.default_rng(0).normal(size=500)
    to = next_tempering(log_likelihood, 0.01, 0.5)
    assert effective_size((to - 0.01) * log_likelihood) == pytest.approx(250.0, rel=1e-6)
    assert next_tempering(1e-3 * log_likelihood, 0.0, 0.5) == 1.0


def test_temperatures_rise_to_one_and_members_forget():
    trace = run(SMC(num_particles=256), linear_gaussian.problem(), jr.key(1)).trace
    assert np.all(np.diff(trace["tempering"]) > 0.0)
    assert trace["tempering"][-1] == 1.0
    assert np.all(trace["correlation"] <= 0.2)
    assert trace["runs"].sum() == 256 * (1 + trace["moves"].sum())


def test_members_that_stand_still_remember_all():
    u = jnp.asarray(np.random.default_rng(2).normal(size=(50, 2)))
    assert remembered(u, u) == pytest.approx(1.0)
    assert abs(remembered(u, jnp.asarray(np.random.default_rng(3).normal(size=(50, 2))))) < 0.5


def test_half_of_the_prior_failing_halves_the_evidence():
    """A run that fails is impossible: its share of the prior is lost to the evidence, and the reader is told."""
    problem = DensityProblem(lambda x: -0.5 * x[0] ** 2, starting_in(1, 1.0))
    spoilt = Untraced(problem, lambda Z: values(problem.space, Z)[:, 0] > 0.0)
    result = run(SMC(num_particles=2000), spoilt, jr.key(4))
    whole = run(SMC(num_particles=2000), problem, jr.key(4))
    assert result.trace["log_evidence"][-1] - whole.trace["log_evidence"][-1] == pytest.approx(-np.log(2.0), abs=0.1)
    assert any("prior runs failed" in finding.sentence for finding in result.findings)


def test_haste_is_told():
    hasty = run(SMC(num_particles=64, max_moves=1), linear_gaussian.problem(), jr.key(5))
    assert {finding.severity for finding in hasty.findings} & {"warning", "serious"}
    cut = run(SMC(num_particles=64, max_moves=1, max_temperatures=1), linear_gaussian.problem(), jr.key(5))
    assert cut.findings[0].severity == "serious"


@pytest.mark.parametrize("setting", [{"num_particles": 0}, {"share": 0.0}, {"swaps": 1.0}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        SMC(**setting)
