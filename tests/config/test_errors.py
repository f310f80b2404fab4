"""How a study writes an error: short forms mean the same as long ones, and what cannot be is refused with its place."""

from __future__ import annotations

import pytest

from landpda.config.errors import error_of, error_settings
from landpda.config.load import parse_study
from landpda.core.errors import StudyError
from landpda.observations.errors.estimated import EstimatedError
from landpda.observations.errors.estimated_seasonal import EstimatedSeasonalError
from landpda.observations.errors.factor import FactorError
from landpda.observations.errors.file import FileError
from landpda.observations.errors.given import GivenError
from landpda.observations.errors.none import NoError
from landpda.observations.errors.unknown import PriorByName

LOG_NORMAL = PriorByName("log_normal", {"median": 0.5, "factor": 2})


def error(content):
    """The error that a study's `observation: content` names."""
    stream = {"observation": content, "structural": "estimated"}
    study = {"site": "a.nc", "model": "dalec2", "streams": {"nbe": stream}, "method": "dream_zs"}
    return error_of(parse_study(study).streams["nbe"].observation, "streams.nbe.observation")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.5, GivenError(0.5)),
        (1, GivenError(1.0)),
        ({"sd": 0.5}, GivenError(0.5)),
        ({"given": {"sd": 0.5}}, GivenError(0.5)),
        ({"kind": "given", "sd": 0.5}, GivenError(0.5)),
        ({"name": "given", "sd": 0.5}, GivenError(0.5)),
        ("file", FileError()),
        ({"file": {"floor": 0.1}}, FileError(floor=0.1)),
        ({"file": None}, FileError()),
        ({"factor": 0.1, "floor": 0.2}, FactorError(0.1, 0.2)),
        ("estimated_seasonal", EstimatedSeasonalError()),
        ({"kind": "estimated", "scale": 2}, EstimatedError(PriorByName("half_normal", {"scale": 2}))),
        ({"estimated": {"prior": "half_normal"}}, EstimatedError()),
        ({"estimated": {"prior": "log_normal", "median": 0.5, "factor": 2}}, EstimatedError(LOG_NORMAL)),
        ({"name": "estimated", "prior": "log_normal", "median": 0.5, "factor": 2}, EstimatedError(LOG_NORMAL)),
        ("none", NoError()),
        (None, NoError()),
    ],
)
def test_every_way_to_write_it_means_the_same(written, meant):
    assert error(written) == meant
    assert error({"name": meant.name, **error_settings(meant)}) == meant


@pytest.mark.parametrize(
    ("written", "found", "do"),
    [
        (-1, "above 0", ""),
        (0, "above 0", ""),
        (float("nan"), "not a number", ""),
        (float("inf"), "not a number", ""),
        ("fil", "none of that name", "Did you mean file"),
        ({"floor": 0.1}, "none of that name", "file"),
        ({"factor": 0.1}, "needs the setting 'floor'", ""),
        ({"factor": 0.1, "floor": 0}, "above 0", ""),
        ({"factor": "big", "floor": 1}, "not a number", ""),
        ({"sd": 1, "flor": 2}, "no such setting", "Known: sd"),
        ({"file": {"flor": 2}}, "no such setting", "Did you mean floor"),
        ({"name": "none", "sd": 1}, "no such setting", "leave it out"),
        ({"name": "estimated", "prior": "log_norml", "median": 1}, "none of that name", "Did you mean log_normal"),
        ({"name": "estimated", "prior": 3}, "not a word", "landpda list priors"),
        ({"name": "estimated", "scal": 3}, "no field 'scal'", "Did you mean scale"),
        ({"name": "estimated", "scale": "a"}, "not a number", ""),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(written, found, do):
    with pytest.raises(StudyError) as refused:
        error(written)
    assert refused.value.asked.startswith("streams.nbe.observation: ")
    assert found in refused.value.found
    assert do in refused.value.do
    assert refused.value.do
