"""Where searches begin, and what their ends say."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import RunFailed
from landpda.methods.optimise.multi_start import screened_starts, starts_findings
from looped import Looped


def test_without_screening_the_prior_median_comes_first_and_nothing_is_run() -> None:
    starts, runs = screened_starts(linear_gaussian.problem(), jr.key(0), 5, 0)
    assert runs == 0
    assert starts.shape == (5, 2)
    np.testing.assert_array_equal(starts[0], 0.0)


@pytest.mark.parametrize("batch", [0, 7, 64])
def test_screened_starts_are_low_and_apart(batch: int) -> None:
    problem = linear_gaussian.problem()
    starts, runs = screened_starts(problem, jr.key(0), 6, 64, batch)
    assert runs == 64
    draws = problem.initial_ensemble(jr.key(0), 64)
    cost, all_costs = -problem.log_density_ensemble(starts), -problem.log_density_ensemble(draws)
    assert np.all(np.asarray(cost) <= np.quantile(np.asarray(all_costs), 0.3))
    assert cost[0] == cost.min()
    distance = np.linalg.norm(starts[:, None] - starts, axis=2)[np.triu_indices(6, 1)]
    kept = np.asarray(draws)[np.argsort(np.asarray(all_costs))[:6]]
    nearby = np.linalg.norm(kept[:, None] - kept, axis=2)[np.triu_indices(6, 1)]
    assert distance.min() > nearby.min()


def test_batches_choose_the_same_starts() -> None:
    problem = linear_gaussian.problem()
    one, _ = screened_starts(problem, jr.key(1), 4, 30, 30)
    other, _ = screened_starts(Looped(problem=problem), jr.key(1), 4, 30, 8)
    np.testing.assert_allclose(one, other)


def test_starts_that_fail_are_replaced_and_few_are_repeated() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-0.5))
    starts, _ = screened_starts(frail, jr.key(2), 8, 64)
    assert np.all(np.isfinite(frail.log_density_ensemble(starts)))
    nearly_never = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-1.5))
    starts, _ = screened_starts(nearly_never, jr.key(2), 16, 32)
    assert starts.shape == (16, 2)
    assert np.all(np.isfinite(nearly_never.log_density_ensemble(starts)))
    never = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=-np.inf))
    with pytest.raises(RunFailed):
        screened_starts(never, jr.key(2), 8, 64)


def sentences(cost: list[float], converged: list[bool], failed: list[bool]) -> dict[str, tuple[str, str]]:
    findings = starts_findings(np.array(cost), np.array(converged), np.array(failed), 50)
    return {finding.topic: (finding.severity, finding.sentence) for finding in findings}


def test_findings_count_the_starts_near_the_best() -> None:
    said = sentences([10.0, 10.5, 15.0, 45.0, 99.0], [True] * 5, [False] * 5)
    assert said["starts"] == ("good", "Of 5 starts, 2 within 1, 3 within 10, 4 within 50 log units of the best (J = 10).")
    assert said["convergence"][0] == "good"


def test_findings_warn_of_a_best_reached_once() -> None:
    severity, sentence = sentences([10.0, 30.0, 40.0], [True] * 3, [False] * 3)["starts"]
    assert severity == "warning"
    assert "once only" in sentence


def test_findings_say_what_failed_and_what_did_not_converge() -> None:
    said = sentences([10.0, np.inf, 10.2], [True, False, False], [False, True, False])
    assert said["failed runs"] == ("note", "1 of 3 starts did not run (number 1).")
    assert said["convergence"][0] == "note"
    severity, sentence = sentences([10.0, 11.0], [False, True], [False, False])["convergence"]
    assert severity == "warning"
    assert "not converged after 50 iterations" in sentence
