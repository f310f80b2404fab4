"""What a study's YAML may say, and what is said of what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from landpda.config.errors import ErrorSpec
from landpda.config.load import load_study, parse_study
from landpda.core.errors import LandpdaError
from small_study import write_study

MINIMAL = {"site": "a.nc", "model": "dalec2", "streams": {"nbe": None}, "method": "dream_zs"}


def test_four_keys_are_a_study():
    spec = parse_study(MINIMAL, file="tower.yaml", folder=Path("/data"))
    assert (spec.name, spec.seed, spec.search, spec.also, spec.twin, spec.constraints) == ("tower", 0, None, [], None, None)
    assert spec.site.file == "/data/a.nc"
    assert spec.streams["nbe"].observation == ErrorSpec(name="file")
    assert spec.streams["nbe"].structural == ErrorSpec(name="estimated_seasonal")
    assert spec.streams["nbe"].operator.name == "select"


def test_paths_take_home_and_environment_and_are_relative_to_the_study(tmp_path, monkeypatch):
    monkeypatch.setenv("TOWERS", str(tmp_path / "towers"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir("/")
    for written, meant in (
        ("data/x.csv", tmp_path / "data/x.csv"),
        ("../x.csv", tmp_path.parent / "x.csv"),
        ("$TOWERS/x.csv", tmp_path / "towers/x.csv"),
        ("${TOWERS}/x.csv", tmp_path / "towers/x.csv"),
        ("~/x.csv", tmp_path / "home/x.csv"),
    ):
        spec = load_study(write_study(tmp_path), [f"site.file={written}", f"parameter_table={written}"])
        assert (spec.site.file, spec.parameter_table) == (str(meant), str(meant))


REFUSED = [
    ("a=1", "no such key", "Known:"),
    ("metod=dream_zs", "no such key", "Did you mean method"),
    ("streams.lai.evry=2", "no such key", "Did you mean every"),
    ("site.latitud=5", "no such key", "Did you mean latitude"),
    ("periods.fit_year=5", "no such key", "Did you mean fit_years"),
    ("twin.keeep=1", "no such key", "Did you mean keep"),
    ("constraints.sdd=1", "no such key", "Known: sd, width"),
    ("streams.lai.observation=true", "not an error", ""),
    ("streams.lai.observation=[1]", "not an error", ""),
    ("streams.lai.observation={a: 1, b: 2}", "which kind", ""),
    ("streams.lai={observation: none, structural: none}", "Neither", ""),
    ("streams.lai.every=0", "at least 1", ""),
    ("streams.lai.every=1.5", "not a whole number", ""),
    ("streams.lai.every=two", "word", ""),
    ("streams.lai={mean_over: 8, operator: temporal_mean}", "say the same thing", "operator: {name: temporal_mean"),
    ("streams.lai.operator=[1]", "not a mapping", "name"),
    ("streams.lai.observation={name: 3}", "not a word", ""),
    ("streams.lai.minimum_share=2", "at most 1", ""),
    ("streams.lai=8", "not a mapping", "every"),
    ("streams={}", "0 entries", ""),
    ("streams=nbe", "not a mapping", ""),
    ("site.latitude=510", "at most 90", ""),
    ("site.latitude=-91", "at least -90", ""),
    ("site.latitude=north", "a word, not a number", ""),
    ("site.file=", "not a word", ""),
    ("site.file=''", "Neither", "name: demo"),
    ("site.name=demo", "Both", ""),
    ("site={name: dmo}", "no built-in site", "demo"),
    ("site.file=$SURELY_NOT_SET/x.nc", "SURELY_NOT_SET is not set", "export"),
    ("seed=-1", "at least 0", ""),
    ("seed=true", "not a number", ""),
    ("seed=1.5", "whole number", ""),
    ("method={num_chains: 3}", "not there", "name"),
    ("method=[a]", "not a mapping", ""),
    ("model=3", "not a mapping", ""),
    ("also=laplace", "not a list", ""),
    ("periods.judge=[2002-01-01, 2002-12-31]", "Both", ""),
    ("periods={judge_years: 1}", "not given", ""),
    ("periods={fit: [2001-01-01]}", "1 entries", "Give 2"),
    ("periods={fit: [2001-12-31, 2001-01-01]}", "backwards", ""),
    ("periods={fit: [2001-02-30, 2001-12-31]}", "no such day", ""),
    ("periods={fit: [1, 2]}", "not a day", "2001-12-31"),
    ("periods={fit: [2001-01-01, 2001-12-31], judge: [2001-12-31, 2002-12-31]}", "overlap", ""),
    ("periods.fit_years=0", "at least 1", ""),
    ("parameters.canopy_efficiency.fixed=1", "Both", ""),
    ("parameters.x={}", "Neither", "prior"),
    ("parameters.x={fixed: 1, low: 2}", "no other numbers", "low"),
    ("parameters.x={fixed: a}", "word", ""),
    ("parameters.x=uniform", "not a mapping", ""),
    ("constraints=hard", "not a mapping", "soft"),
    ("constraints.sd=0", "above 0", ""),
    ("twin={keep: 0}", "above 0", ""),
    ("twin={noise: -1}", "at least 0", ""),
    ("twin={truth: {a: b}}", "word", ""),
    ("site.columns.nbe=3", "not a mapping", ""),
]


@pytest.mark.parametrize(("change", "found", "do"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_refused_with_its_place(tmp_path, change, found, do):
    with pytest.raises(LandpdaError) as refused:
        load_study(write_study(tmp_path), [change])
    error = refused.value
    assert found in error.found
    assert do in error.do
    assert error.asked and error.found and error.do
    key = change.partition("=")[0].split(".")[0]
    assert key in error.asked


@pytest.mark.parametrize("key", ["site", "model", "streams", "method"])
def test_what_is_needed_and_missing_is_shown_by_example(tmp_path, key):
    with pytest.raises(LandpdaError) as refused:
        load_study(write_study(tmp_path, **{key: None}))
    assert refused.value.asked.startswith(key)
    assert f"{key}: " in refused.value.do


def test_several_mistakes_are_counted(tmp_path):
    with pytest.raises(LandpdaError, match=r"2 more after this one"):
        load_study(write_study(tmp_path), ["seed=-1", "streams.lai.every=0", "site.latitude=510"])
