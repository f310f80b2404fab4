"""A study that is answered with a front: what its run leaves, and what the report shows of it."""

from __future__ import annotations

import dataclasses
import json

import numpy as np

from landpda.experiments.calibration import calibrate
from landpda.experiments.demo import demo_site, demo_study
from landpda.experiments.plan import Periods
from landpda.methods.pareto.nsga2 import NSGA2
from landpda.report.page import render
from landpda.report.record import Record
from landpda.report.sections import front


def test_a_front_is_recorded_and_shown() -> None:
    study = dataclasses.replace(
        demo_study(),
        site=demo_site(num_years=2),
        periods=Periods("2001-01-01", "2001-12-31", "2002-01-01", "2002-12-31"),
        search=None,
        answer=NSGA2(num_members=24, num_generations=10, streams=("nbe", "lai")),
    )
    tree = calibrate(study)
    group = tree["front"]
    assert list(group["objective"].values) == ["lai", "nbe"]
    members = group.sizes["member"]
    assert 1 < members <= 24
    assert group["theta"].shape == (members, len(group["parameter"]))
    found = group["objectives"].values
    beaten = np.any(np.all(found[:, None] <= found[None], axis=2) & np.any(found[:, None] < found[None], axis=2), axis=0)
    assert not beaten.any()
    assert 0 <= group.attrs["compromise"] < members
    findings = json.loads(tree.attrs["findings"])
    assert any(topic == "front" and severity == "warning" for severity, topic, _ in findings)
    section = front.section(Record(tree))
    assert section is not None
    assert [figure.title for figure in section.content["figures"]] == ["lai against nbe"]
    assert "What the streams cost one another" in render(tree)
