"""The verbs that look and list: each answers on standard output."""

from __future__ import annotations

import json

import pytest
import yaml

from landpda.cli import machine
from landpda.cli.verbs.list import THINGS
from landpda.config.load import load_study
from landpda.config.resolve import resolve


@pytest.mark.parametrize("what", THINGS)
def test_every_list_has_entries_with_cards(folder, landpda, what):
    answer = landpda("list", what)
    assert (answer.status, answer.err) == (0, "")
    assert len(answer.out.splitlines()) >= 2


@pytest.mark.parametrize(
    ("what", "name", "words"),
    [
        ("methods", "dream_zs", ["num_chains: 64", "Source: vrugt2016"]),
        ("models", "dalec2", ["Source: bloom2016"]),
        ("parameters", "toy", ["light_use", "gC MJ-1", "0.05"]),
        ("priors", "log_uniform", ["low", "high"]),
        ("sources", "fluxnet", ["FLUXNET2015"]),
        ("templates", "twin", ["twin: {}"]),
        ("operators", "temporal_sum", ["steps: (needed)", "minimum_share: 0.5"]),
        ("errors", "factor", ["floor: (needed)"]),
        ("errors", "estimated", ["prior: half_normal", "scale: 1"]),
    ],
)
def test_a_card_is_shown_whole(folder, landpda, what, name, words):
    answer = landpda("list", what, name)
    assert answer.status == 0
    for word in words:
        assert word in answer.out


def test_the_schema_is_json(landpda):
    assert json.loads(landpda("schema").out)["title"] == "landpda study"


def test_a_new_study_of_a_file_runs_as_it_is(data_dir, landpda, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = data_dir / "site_daily" / "FI-Hyy.nc"
    answer = landpda("new", "hyy.yaml", "--site", str(file), "--model", "dalec2")
    assert answer.status == 0, answer.err
    assert "landpda check hyy.yaml" in answer.out
    study = resolve(load_study("hyy.yaml"))
    assert study.periods.judge_end == "2014-12-31"
    study.pose()
    assert landpda("new", "hyy.yaml", "--site", str(file)).status == 2
    assert landpda("new", "hyy.yaml", "--site", str(file), "--stream", "lai", "--force").status == 0
    assert list(load_study("hyy.yaml").streams) == ["lai"]


def test_a_new_study_names_a_file_beside_it_by_name(folder, landpda):
    (folder / "sub").mkdir()
    answer = landpda("new", "sub/plain.yaml")
    assert answer.status == 0
    assert yaml.safe_load((folder / "sub" / "plain.yaml").read_text())["site"] == {"name": "demo"}


def test_fetch_lists_names(landpda):
    assert "site_daily/DE-Hai.nc" in landpda("fetch").out.splitlines()


def test_doctor_names_versions_devices_and_the_speed_of_each_model(landpda, toys, monkeypatch):
    monkeypatch.setattr(machine, "BLOCK", 4)
    monkeypatch.setattr("landpda.core.registry.discover", lambda *_: {"toy": __import__("toy_model").Toy})
    answer = landpda("doctor")
    assert answer.status == 0, answer.err
    for word in ("jax", "devices", "float64", "toy"):
        assert word in answer.out
    assert landpda("doctor", "--quick").status == 0
