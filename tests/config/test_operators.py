"""How a study writes an operator: by name, with settings that are checked."""

from __future__ import annotations

import pytest

from landpda.config.load import parse_study
from landpda.config.operators import operator_of
from landpda.core.errors import StudyError
from landpda.observations.operators.select import EachStep
from landpda.observations.operators.temporal import WindowMean, WindowSum


def operator(stream):
    """The operator of a study's stream."""
    study = {"site": "a.nc", "model": "dalec2", "streams": {"nbe": stream}, "method": "dream_zs"}
    return operator_of(parse_study(study).streams["nbe"].operator_in_full, "streams.nbe.operator")


@pytest.mark.parametrize(
    ("stream", "meant"),
    [
        (None, EachStep()),
        ({"mean_over": 1, "minimum_share": 0.5}, EachStep()),
        ({"operator": "select"}, EachStep()),
        ({"mean_over": 8, "minimum_share": 0.3}, WindowMean(8, 0.3)),
        ({"operator": {"name": "temporal_mean", "steps": 8, "minimum_share": 0.3}}, WindowMean(8, 0.3)),
        ({"operator": {"name": "temporal_sum", "steps": 8}}, WindowSum(8)),
    ],
)
def test_every_way_to_write_it_means_the_same(stream, meant):
    assert operator(stream) == meant


@pytest.mark.parametrize(
    ("written", "found", "do"),
    [
        ("temporal_men", "none of that name", "Did you mean temporal_mean"),
        ("temporal_mean", "needs the setting 'steps'", ""),
        ({"name": "temporal_mean", "step": 8}, "no such setting", "Did you mean steps"),
        ({"name": "temporal_mean", "steps": "eight"}, "not a whole number", ""),
        ({"name": "temporal_mean", "steps": 0}, "at least 1", "steps: 8"),
        ({"name": "temporal_sum", "steps": 8, "minimum_share": 2}, "at most 1", ""),
        ({"name": "select", "steps": 8}, "no such setting", "leave it out"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(written, found, do):
    with pytest.raises(StudyError) as refused:
        operator({"operator": written})
    assert refused.value.asked.startswith("streams.nbe.operator: ")
    assert found in refused.value.found
    assert do in refused.value.do
