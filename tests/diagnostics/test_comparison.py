"""What a comparison says of methods whose answers are known to be right, wrong, or missing."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.core.types import Exact
from landpda.diagnostics.comparison import Entry, against, comparison_findings, reference_of

NAMES = ("q10", "lai", "rate")
rng = np.random.default_rng(0)
POSTERIOR = rng.normal(size=(4000, 3)) * [1.0, 2.0, 0.1] + [0.0, 5.0, -1.0]


def entry(label: str, draws: np.ndarray = POSTERIOR, **changes) -> Entry:
    plain = {
        "exact": Exact.ALWAYS, "kind": "samples", "cost": 10.0, "rhat": 1.01, "ess": 1000.0,
        "runs": 5000, "gradients": 0, "cpu_seconds": 10.0,
        "error": draws.std(axis=0) / np.sqrt(1000.0) if len(draws) else np.zeros(3),
    }  # fmt: skip
    return Entry(label=label, draws=draws, **(plain | changes))


def point(label: str, cost: float, **changes) -> Entry:
    return entry(label, kind="point", cost=cost, rhat=np.nan, ess=np.nan, **changes)


def test_the_reference_is_exact_in_the_limit_and_converged():
    lost, narrow = entry("demcz", rhat=1.6), entry("laplace", exact=Exact.LINEAR, kind="gaussian", rhat=np.nan)
    assert reference_of([lost, narrow, entry("hmc")]).label == "hmc"
    assert reference_of([lost, narrow]).label == "demcz"
    assert reference_of([narrow]).label == "laplace"
    assert reference_of([point("lbfgsb", 1.0)]) is None


def test_among_converged_chains_the_most_effective_draws_are_the_reference():
    assert reference_of([entry("hmc"), entry("nuts", ess=4000.0), entry("dream_zs", ess=100.0)]).label == "nuts"


def test_a_second_sample_of_one_posterior_agrees_within_monte_carlo_error():
    again = rng.normal(size=(4000, 3)) * [1.0, 2.0, 0.1] + [0.0, 5.0, -1.0]
    held = against(entry("nuts", again), entry("hmc"), NAMES, 10.0)
    assert held.within_chance == 1.0
    assert held.verdict == "agrees within Monte Carlo error"


def test_a_shifted_mean_is_named_with_its_size():
    held = against(entry("eki", POSTERIOR + np.array([0.0, 2.0, 0.0]), exact=Exact.LINEAR), entry("hmc"), NAMES, 10.0)
    assert held.shift[1] == pytest.approx(1.0, abs=0.05)
    assert "mean of lai off by +1.0" in held.verdict


def test_chains_that_disagree_are_said_so_whatever_their_mean():
    assert against(entry("demcz", rhat=1.4), entry("hmc"), NAMES, 10.0).verdict == "not converged (R-hat 1.40)"


@pytest.mark.parametrize(("cost", "words"), [(10.2, "as low as any"), (13.0, "3 log units above")])
def test_a_point_is_judged_by_its_cost(cost, words):
    assert words in against(point("lbfgsb", cost), entry("hmc"), NAMES, 10.0).verdict


def test_the_advice_is_the_cheapest_of_the_exact_ones_that_agree():
    entries = [entry("hmc"), entry("nuts", cpu_seconds=3.0), entry("demcz", cpu_seconds=1.0, rhat=1.5)]
    first, *_ = comparison_findings(entries, entries[0], NAMES)
    assert first.severity == "good"
    assert first.sentence.startswith("Use nuts here")


def test_without_a_converged_exact_method_none_is_advised():
    entries = [entry("demcz", rhat=1.5), entry("laplace", exact=Exact.LINEAR, kind="gaussian", rhat=np.nan)]
    first, *_ = comparison_findings(entries, entries[0], NAMES)
    assert first.severity == "serious"
    assert "Run it longer" in first.sentence


def test_an_approximation_that_is_right_here_is_named_for_a_first_look():
    entries = [entry("hmc"), entry("laplace", exact=Exact.LINEAR, kind="gaussian", rhat=np.nan, cpu_seconds=1.0)]
    said = [finding.sentence for finding in comparison_findings(entries, entries[0], NAMES)]
    assert any("For a first look laplace serves" in sentence for sentence in said)


def test_intervals_that_are_too_narrow_are_said_so():
    middle = POSTERIOR.mean(axis=0)
    entries = [entry("hmc"), entry("mean_field", middle + 0.3 * (POSTERIOR - middle), exact=Exact.NEVER, rhat=np.nan)]
    said = [finding.sentence for finding in comparison_findings(entries, entries[0], NAMES)]
    assert any(sentence == "mean_field gives intervals that are too narrow here." for sentence in said)


def test_a_method_without_an_answer_is_kept_with_its_reason():
    refused = Entry("nuts", Exact.ALWAYS, "", np.nan, np.zeros((0, 3)), np.zeros(0), np.nan, np.nan, 0, 0, 0.0, "No gradient.")
    assert reference_of([refused, entry("hmc")]).label == "hmc"
    assert against(refused, entry("hmc"), NAMES, 10.0).verdict == "no answer"
    said = comparison_findings([refused, entry("hmc")], entry("hmc"), NAMES)
    assert any(finding.sentence == "nuts gave no answer. No gradient." for finding in said)


def test_optimisers_alone_are_ranked_by_cost_then_time():
    entries = [point("genetic", 11.5), point("lbfgsb", 10.0, cpu_seconds=5.0), point("gauss_newton", 10.1, cpu_seconds=2.0)]
    (said,) = comparison_findings(entries, None, NAMES)
    assert said.sentence.startswith("Use gauss_newton here")


def test_nothing_at_all_is_serious():
    refused = Entry("nuts", Exact.ALWAYS, "", np.nan, np.zeros((0, 3)), np.zeros(0), np.nan, np.nan, 0, 0, 0.0, "No gradient.")
    assert comparison_findings([refused], None, NAMES)[0].severity == "serious"
