"""Laws of the diagnostics that look at a posterior's shape: edges, shrinkage, correlation, agreement."""

from __future__ import annotations

import numpy as np

from landpda.diagnostics.agreement import agreement
from landpda.diagnostics.correlation import correlation
from landpda.diagnostics.edge_hitting import EDGE, edge_hitting
from landpda.diagnostics.shrinkage import shrinkage

NAMES = ("a", "b", "c", "d")


def prior_draws(seed: int = 0, num: int = 20000) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num, 4))


def words(findings: tuple) -> str:
    return " ".join(finding.sentence for finding in findings)


def test_the_prior_itself_has_in_its_edges_what_edges_hold_and_hits_none():
    found = edge_hitting(prior_draws(), NAMES)
    np.testing.assert_allclose(found.low, EDGE, atol=0.006)
    np.testing.assert_allclose(found.high, EDGE, atol=0.006)
    assert [finding.severity for finding in found.findings] == ["good"]


def test_a_posterior_at_an_end_is_found_with_its_side():
    draws = 0.3 * prior_draws() + np.array([-2.5, 0.0, 2.5, 1.6])
    found = edge_hitting(draws, NAMES)
    assert found.low[0] > 0.95 and found.high[2] > 0.95
    assert "a: 100 % of the posterior lies in the lowest 5 %" in words(found.findings)
    assert [finding.severity for finding in found.findings] == ["warning", "warning", "note", "serious"]


def test_reduction_is_one_minus_the_standard_deviation():
    found = shrinkage(prior_draws() * np.array([0.1, 0.4, 1.0, 1.5]), NAMES)
    np.testing.assert_allclose(found.reduction, [0.9, 0.6, 0.0, -0.5], atol=0.02)
    text = words(found.findings)
    assert "2 of 4 parameters: a and b" in text
    assert "next to nothing of c: its posterior is the prior" in text
    assert "posterior of d is wider" in text


def test_no_reduction_at_all_is_a_warning():
    assert shrinkage(prior_draws(), NAMES).findings[0].severity == "warning"


def test_strong_pairs_are_named_with_what_the_data_know():
    draws = prior_draws()
    draws[:, 1] = draws[:, 0] + 0.1 * draws[:, 1]
    draws[:, 3] = -draws[:, 2] + 0.5 * draws[:, 3]
    found = correlation(draws, NAMES)
    assert [pair[:2] for pair in found.pairs] == [("a", "b"), ("c", "d")]
    np.testing.assert_allclose([pair[2] for pair in found.pairs], [1 / np.sqrt(1.01), -1 / np.sqrt(1.25)], atol=0.01)
    assert "difference" in found.findings[0].sentence and "sum" in found.findings[1].sentence
    np.testing.assert_allclose(np.diag(found.matrix), 1.0)


def test_independent_parameters_have_no_strong_pairs():
    assert correlation(prior_draws(), NAMES).findings[0].severity == "good"


def test_a_parameter_that_does_not_vary_has_no_correlation():
    draws = prior_draws()
    draws[:, 2] = 1.0
    assert np.all(correlation(draws, NAMES).matrix[2] == 0.0)


def test_a_posterior_agrees_with_itself_and_the_order_of_methods_only_changes_the_sign():
    draws = {"dream_zs": prior_draws(1), "laplace": prior_draws(2) * 1.5 + np.array([1.5, 0, 0, 0])}
    same = agreement({"one": draws["dream_zs"], "two": prior_draws(3)}, NAMES)
    assert [finding.severity for finding in same.findings] == ["good"]
    found = agreement(draws, NAMES).pairs["dream_zs", "laplace"]
    turned = agreement(dict(reversed(draws.items())), NAMES).pairs["laplace", "dream_zs"]
    np.testing.assert_allclose(found.mean_difference, -turned.mean_difference)
    np.testing.assert_allclose(found.sd_ratio, 1.0 / turned.sd_ratio)


def test_disagreement_is_named_with_parameter_and_size():
    draws = {"dream_zs": prior_draws(1), "laplace": prior_draws(2) * np.array([1, 3, 1, 1]) + np.array([1.5, 0, 0, 0])}
    findings = agreement(draws, NAMES).findings
    assert [finding.severity for finding in findings] == ["warning", "warning"]
    assert "most in a, by -1.5" in findings[0].sentence
    assert "most in b, where laplace is wider by a factor 2.98" in findings[1].sentence


def test_three_methods_are_compared_pair_by_pair():
    assert len(agreement({name: prior_draws(k) for k, name in enumerate("xyz")}, NAMES).pairs) == 3
