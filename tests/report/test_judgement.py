"""What the numbers say where the run itself is silent, or milder than they are."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from synthetic_run import Made, synthetic_run

from landpda.report.judgement import convergence, disagreements, judgement, worst
from landpda.report.record import SEVERITIES, Record
from landpda.report.skill import coverage, skill
from landpda.report.streams import measured_streams


def silent(tree: xr.DataTree, findings: list[list[str]]) -> Record:
    tree = tree.copy()
    tree.attrs["findings"] = json.dumps(findings)
    return Record(tree)


def test_numbers_speak_where_the_run_is_silent(holdout: xr.DataTree) -> None:
    found = {finding.topic: finding for finding in judgement(silent(holdout, []))}
    assert "wood_turnover_rate" in found["edge_hitting"].sentence
    assert "som_respiration_rate" in found["modes"].sentence
    assert "som_respiration_rate" in found["agreement"].sentence
    assert "parameters alone cover" in found["coverage"].sentence
    assert found["convergence"].severity == "good"


def test_a_run_that_calls_itself_converged_is_contradicted_by_its_chains() -> None:
    record = silent(synthetic_run(Made(converged=False)), [["good", "convergence", "All is well."]])
    findings = judgement(record)
    assert findings[0].severity == "serious" and "som_respiration_rate" in findings[0].sentence
    assert worst(findings) == "serious"


def test_what_the_run_said_is_not_said_twice(holdout: xr.DataTree) -> None:
    findings = judgement(silent(holdout, [["note", "edge_hitting", "Said."], ["good", "coverage", "Said too."]]))
    assert [finding.sentence for finding in findings if finding.topic in {"edge_hitting", "coverage"}] == ["Said.", "Said too."]


def test_gravest_comes_first(holdout: xr.DataTree) -> None:
    order = [SEVERITIES.index(finding.severity) for finding in judgement(Record(holdout))]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("rhat", "ess", "severity"),
    [
        (1.005, 900, "good"),
        (1.04, 900, "good"),
        (1.04, 300, "note"),
        (1.1, 900, "warning"),
        (1.3, 9, "serious"),
        (np.inf, 2, "serious"),
    ],
)
def test_convergence_has_the_limits_of_the_diagnostics(holdout: xr.DataTree, rhat: float, ess: float, severity: str) -> None:
    tree = holdout.copy()
    summary = tree["summary"].to_dataset()
    summary["rhat"], summary["ess"] = summary["rhat"] * 0 + rhat, summary["ess"] * 0 + ess
    tree["summary"] = xr.DataTree(summary)
    assert worst(convergence(Record(tree))) == severity


def test_only_the_method_that_departs_is_named(holdout: xr.DataTree) -> None:
    assert disagreements(Record(holdout)) == [("som_respiration_rate", "laplace")]


def test_coverage_counted_from_intervals_is_that_of_the_skill_table(holdout: xr.DataTree) -> None:
    record = Record(holdout)
    for stream in measured_streams(record):
        for period in ("fitted", "held_out"):
            for part in ("total", "parameters"):
                assert coverage(stream, part, period) == pytest.approx(skill(record, stream.name, period, f"coverage90_{part}"))


def test_data_that_a_twin_takes_away_are_no_period(holdout: xr.DataTree) -> None:
    tree = synthetic_run(Made("twin", years=2, draws=60))
    observed = tree["observed_data"].to_dataset()
    flags = observed["nbe_fitted"].values.copy()
    flags[10:300:7] = 0
    flags[-50:] = 0
    tree["observed_data"] = xr.DataTree(observed.assign(nbe_fitted=(("nbe_time",), flags)))
    stream = measured_streams(Record(tree))[0]
    assert stream.judged.sum() == 50 and (~stream.fitted & ~stream.judged).sum() == len(range(10, 300, 7))
