"""What bad input gets: a sentence with what was asked, found and to do; status 2; no traceback; nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import landpda.cli.running
from landpda.execution.run_folder import RunFolder
from small_study import HEADER, site_rows, write_site, write_study


def refused(answer, *words: str) -> None:
    """It is a sentence of at most three lines that holds the words, and says so by its status."""
    shown = answer.out + answer.err
    assert answer.status == 2, shown
    assert "Traceback" not in shown
    assert len(answer.err.strip().splitlines()) <= 3
    for word in words:
        assert word in answer.err


CHANGES = [
    (["site.file=nowhere.csv"], ["no such file"]),
    (["site.file=sites.csv"], ["no such file", "site.csv"]),
    (["site.format=fluxnt"], ["'fluxnt'", "Did you mean fluxnet"]),
    (["site.latitude=510"], ["510", "at most 90"]),
    (["site.columns.nbe.units=smoots"], ["smoots", "cannot be read"]),
    (["site.columns.nbe.units=hPa"], ["hPa", "gC m-2 d-1"]),
    (["site.columns.nbe.column=nbee"], ["'nbee'", "Did you mean nbe"]),
    (["site.columns.nbbe={column: nbe, units: gC m-2 d-1}"], ["nbbe", "Did you mean nbe"]),
    (["site.time.column=day"], ["'day'", "not there"]),
    (["site.time.format='%d/%m/%Y'"], ["2001-01-01", "date"]),
    (["site.time.format=%d/%m/%Y"], ["not YAML", "quotes"]),
    (["model=dalek"], ["'dalek'", "Did you mean dalec"]),
    (["model.size=3"], ["'size'", "no settings"]),
    (["method=dream"], ["'dream'", "Did you mean dream_zs"]),
    (["method.num_chain=3"], ["'num_chain'", "Did you mean num_chains"]),
    (["method.num_chains=many"], ["'many'", "whole number"]),
    (["search=levenberg_marquart"], ["Did you mean levenberg_marquardt"]),
    (["also=[laplac]"], ["also.0", "Did you mean laplace"]),
    (["parameters.light_usage.fixed=1"], ["'light_usage'", "Did you mean light_use"]),
    (["parameters.light_use={prior: log_unifrm, low: 1, high: 2}"], ["log_unifrm", "Did you mean log_uniform"]),
    (["parameters.light_use={prior: uniform, low: 2, high: 1}"], ["light_use", "low is not below high"]),
    (["parameters.light_use={prior: uniform, low: 0.5, high: 0.9}"], ["default 0.3", "outside"]),
    (["parameters.light_use={prior: uniform, low: 0.5}"], ["light_use", "high"]),
    (["parameters.light_use={prior: uniform, low: a, high: 2}"], ["light_use", "not a number"]),
    (["parameters.light_use={prior: log_uniform, low: 0, high: 1}"], ["light_use", "low is not above 0"]),
    (["parameter_table=priors.csv"], ["priors.csv", "no such file"]),
    (["streams.gpp.observation=1"], ["'gpp'", "no such output"]),
    (["streams.nbe.output=nbbe"], ["'nbbe'", "Did you mean nbe"]),
    (["streams.nbe.observation=-0.5"], ["-0.5", "above 0"]),
    (["streams.nbe.observation=0"], ["above 0"]),
    (["streams.nbe.structural={prior: uniform, low: -1, high: 1}", "streams.nbe.structural.kind=estimated"], ["negative"]),
    (["streams.lai={observation: file, structural: none}"], ["lai", "none"]),
    (["constraints=soft"], ["constraints", "none"]),
    (["periods={fit: [2011-01-01, 2011-12-31]}"], ["2011-01-01", "2001-01-01 to 2002-12-31"]),
    (["periods={fit: [2001-01-01, 2001-12-31], judge: [2012-01-01, 2012-12-31]}"], ["2012", "2002-12-31"]),
    (["periods.fit_years=6"], ["6 year(s)", "2002-12-31"]),
    (["twin={truth: {lightuse: 1}}"], ["'lightuse'", "Did you mean light_use"]),
    (["model=toy_forward", "method=lbfgsb"], ["lbfgsb", "gradient"]),
    (["model=toy_forward", "search=levenberg_marquardt"], ["levenberg_marquardt"]),
    (["sead=1"], ["'sead'", "Did you mean seed"]),
    (["seed"], ["key=value"]),
]


@pytest.mark.parametrize(("changes", "words"), CHANGES, ids=[row[0][-1] for row in CHANGES])
def test_a_study_that_cannot_be(folder, landpda, changes, words):
    before = sorted(path.name for path in folder.iterdir())
    options = [word for change in changes for word in ("--set", change)]
    refused(landpda("calibrate", "study.yaml", *options), *words)
    assert sorted(path.name for path in folder.iterdir()) == before


def without_a_day(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if row[0] != "2001-03-04"]


def twice(rows: list[list[str]]) -> list[list[str]]:
    return [*rows[:10], *rows[9:]]


def backwards(rows: list[list[str]]) -> list[list[str]]:
    return [*rows[:10], rows[11], rows[10], *rows[12:]]


def blank(column: str, days: slice) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        place = HEADER.index(column)
        for row in rows[days]:
            row[place] = "NA"
        return rows

    return change


def filled(column: str, value: str, days: slice) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        for row in rows[days]:
            row[HEADER.index(column)] = value
        return rows

    return change


DATA = [
    (without_a_day, ["2001-03-04"]),
    (twice, ["repeat", "2001-01-10"]),
    (backwards, ["backwards", "2001-01-11"]),
    (blank("tmin", slice(30, 33)), ["tmin", "2001-01-31", "2001-02-02"]),
    (blank("nbe", slice(None)), ["nbe", "missing"]),
    (blank("nbe", slice(0, 365)), ["nbe", "No datum lies in that period"]),
    (filled("nbe_sd", "-1", slice(5, 6)), ["nbe"]),
    (filled("sw", "wet", slice(5, 6)), ["wet", "row 6"]),
    (filled("tmax", "300", slice(5, 6)), ["tmax", "300"]),
    (lambda rows: [], ["site.csv"]),
    (lambda rows: [*rows[:-1], rows[-1][:3]], ["cut short"]),
    (lambda rows: [*rows[:50], ["2001-02-20", "1"], *rows[51:]], ["site.csv"]),
]


@pytest.mark.parametrize(("damage", "words"), DATA, ids=range(len(DATA)))
def test_data_that_cannot_be(folder, landpda, damage, words):
    write_site(folder, damage(site_rows()))
    refused(landpda("calibrate", "study.yaml"), *words)
    assert not (folder / "study_run").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>Not found</html>" * 10, ["site.nc"]),
        (b"\x89HDF\r\n\x1a\n" + b"\x00" * 600, ["site.nc", "damaged"]),
        (b"CDF\x01\x00\x00", ["site.nc"]),
        (b"", ["empty"]),
    ],
)
def test_a_file_that_is_not_netcdf_after_all(folder, landpda, content, words):
    (folder / "site.nc").write_bytes(content)
    columns = {"nbe": {"column": "nbe", "units": "gC m-2 d-1"}}
    for site in ({"file": "site.nc"}, {"file": "site.nc", "format": "generic_netcdf", "columns": columns}):
        write_study(folder, site=site, model="toy", parameters=None, constraints=None)
        answer = landpda("calibrate", "study.yaml")
        refused(answer, "site.nc")
    refused(answer, *words)


def test_studies_that_are_no_yaml(folder, landpda):
    for text, word in (("a: [", "line"), ("- a", "key: value"), ("", "empty"), ("a: 1\na: 2", "twice"), ("\x00", "YAML")):
        (folder / "study.yaml").write_text(text)
        refused(landpda("calibrate", "study.yaml"), word)
    refused(landpda("calibrate", "stuody.yaml"), "no such file", "study.yaml")
    refused(landpda("calibrate", "."), "folder")


def test_a_folder_of_another_study_or_of_other_files(folder, landpda):
    RunFolder(folder / "other", "name: another\n").close()
    refused(landpda("calibrate", "study.yaml", "--out", "other"), "another study", "--out")
    refused(landpda("calibrate", "study.yaml", "--out", "other", "--resume"), "another study")
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.tex").write_text("")
    refused(landpda("calibrate", "study.yaml", "--out", "mine"), "thesis.tex")
    refused(landpda("calibrate", "study.yaml", "--out", "site.csv"), "not a folder")


def test_no_write_permission_is_said_before_any_work(folder, landpda, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    worked = []
    monkeypatch.setattr(landpda_running(), "_answered", lambda *_: worked.append(1))
    monkeypatch.setattr(Path, "write_bytes", refuse)
    refused(landpda("calibrate", "study.yaml"), "Permission denied", "--out")
    assert worked == []


def landpda_running():
    return landpda.cli.running


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("light_use,respiration\n0.3,x\n", ["respiration", "row 1", "'x'"]),
        ("light_uze\n0.3\n", ["'light_uze'", "Did you mean light_use"]),
        ("light_use,respiration\n0.3\n", ["Row 1", "header"]),
        ("light_use\n", ["none"]),
        ("light_use\nnan\n", ["'nan'"]),
        ('"light_use\n0.3\n', ["theta.csv"]),
    ],
)
def test_parameter_files_that_cannot_be(folder, landpda, text, words):
    (folder / "theta.csv").write_text(text)
    refused(landpda("simulate", "study.yaml", "--parameters", "theta.csv"), *words)
    assert not (folder / "study_simulated.nc").exists()


def test_parameter_files_that_are_no_table(folder, landpda):
    (folder / "theta.yaml").write_text("[1, 2]")
    refused(landpda("simulate", "study.yaml", "--parameters", "theta.yaml"), "name: value")
    (folder / "theta.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
    refused(landpda("simulate", "study.yaml", "--parameters", "theta.nc"), "theta.nc")
    (folder / "theta.csv").write_bytes(b"\xff\xfe\x00")
    refused(landpda("simulate", "study.yaml", "--parameters", "theta.csv"), "not text")
    refused(landpda("simulate", "study.yaml", "--parameters", "nowhere"), "no such file")
    refused(landpda("simulate", "study.yaml", "--parameters", "."), "no such file")


def test_other_verbs(folder, landpda):
    refused(landpda("report", "nowhere"), "nowhere")
    RunFolder(folder / "begun", "name: x\n").close()
    refused(landpda("report", "begun"), "not finished", "--resume")
    refused(landpda("new", "study.yaml"), "there already")
    refused(landpda("new", "other.yaml", "--template", "twinn"), "Did you mean twin")
    refused(landpda("new", "other.yaml", "--site", "nowhere.nc"), "no such file")
    refused(landpda("new", "other.yaml", "--site", "site.csv", "--template", "twin"), "one of them")
    refused(landpda("list", "models", "dalek"), "Did you mean dalec")
    refused(landpda("fetch", "DE-Hay"), "DE-Hay")
    assert not (folder / "other.yaml").exists()
