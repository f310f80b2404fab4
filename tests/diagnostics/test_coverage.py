"""Laws of coverage."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.diagnostics.coverage import coverage, interval

NUM = 4000


def judged(sd: float, bias: float = 0.0):
    rng = np.random.default_rng(0)
    observed = rng.normal(size=NUM)
    lower, upper = interval(bias + sd * rng.normal(size=(2000, NUM)), 0.9)
    everything = {"held-out years": np.ones(NUM, dtype=bool)}
    return coverage(observed, lower, upper, everything, name="NBE")


def test_intervals_of_the_right_width_hold_what_they_should():
    found = judged(1.0)
    assert abs(found.parts["held-out years"].share - 0.9) < 0.015
    assert found.findings[0].severity == "good"


@pytest.mark.parametrize(
    ("sd", "severity", "word"), [(0.7, "warning", "narrow"), (0.4, "serious", "narrow"), (2.0, "note", "wider")]
)
def test_wrong_widths_are_called_by_name(sd: float, severity: str, word: str):
    finding = judged(sd).findings[0]
    assert finding.severity == severity
    assert word in finding.sentence


def test_data_missed_on_one_side_mean_bias():
    assert "Most of the others lie below it" in judged(1.0, bias=1.5).findings[0].sentence
    assert "Most of the others" not in judged(0.5).findings[0].sentence


def test_missing_data_are_not_counted_and_parts_are_apart():
    observed = np.array([0.0, np.nan, 5.0, 0.0])
    lower, upper = -np.ones(4), np.ones(4)
    parts = {
        "a": np.array([True, True, True, False]),
        "b": np.array([False, False, False, True]),
        "none": np.zeros(4, dtype=bool),
    }
    found = coverage(observed, lower, upper, parts).parts
    assert set(found) == {"a", "b"}
    assert (found["a"].num, found["a"].share, found["a"].above) == (2, 0.5, 0.5)
    assert found["b"].share == 1.0
    assert found["a"].width == 2.0
