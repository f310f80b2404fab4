"""A run from study to report: what it leaves, that it can be stopped and resumed, and what a fault of our own looks like."""

from __future__ import annotations

import csv
import json

import arviz_base
import numpy as np
import pytest
import xarray as xr

import landpda.cli.running as running
from landpda.config.load import load_study
from landpda.config.resolve import resolve
from landpda.experiments import calibration

LEFT = {
    "study.yaml",
    "result.nc",
    "posterior.csv",
    "summary.csv",
    "skill.csv",
    "report.html",
    "citation.bib",
    "log.txt",
    "checkpoints",
    ".lock",
}
QUICK = ("--set", "method.checkpoint_every=10")


def posterior(run) -> xr.Dataset:
    with xr.open_dataset(run / "result.nc", group="posterior", engine="h5netcdf") as dataset:
        return dataset.load()


def test_a_run_leaves_everything_and_says_how_it_went(folder, landpda):
    answer = landpda("calibrate", "study.yaml", *QUICK)
    assert answer.status == 0, answer.err
    run = folder / "study_run"
    assert {path.name for path in run.iterdir()} == LEFT
    assert "held out" in answer.out
    assert str(run / "report.html") in answer.out
    assert "dream_zs: 40 of 40" in answer.err
    assert "finished" in (run / "log.txt").read_text()
    assert "<html" in (run / "report.html").read_text()
    with (run / "posterior.csv").open(newline="") as file:
        assert {"chain", "draw", "light_use", "respiration"} <= set(next(csv.reader(file)))

    again = resolve(load_study(run / "study.yaml"))
    assert again.answer == resolve(load_study("study.yaml", ["method.checkpoint_every=10"])).answer

    with xr.open_datatree(run / "result.nc", engine="h5netcdf") as tree:
        assert tree.attrs["complete"] == 1
        assert json.loads(tree.attrs["findings"])
        draws = arviz_base.extract(tree.load(), group="posterior")
        assert draws.sizes["sample"] == tree["posterior"].sizes["chain"] * tree["posterior"].sizes["draw"]

    simulated = landpda("simulate", "study.yaml", "--parameters", "study_run", "--draws", "7", "--out", "sim.nc")
    assert simulated.status == 0, simulated.err
    with xr.open_dataset("sim.nc", engine="h5netcdf") as outputs:
        assert outputs.sizes["member"] == 7
        assert np.isfinite(outputs["nbe"].values).all()

    drawn = landpda("report", "study_run", "--out", "again.html")
    assert (drawn.status, drawn.out.strip()) == (0, "again.html")
    assert (folder / "again.html").read_text() == (run / "report.html").read_text()

    before = (run / "result.nc").read_bytes()
    assert landpda("calibrate", "study.yaml", *QUICK).status == 2
    resumed = landpda("calibrate", "study.yaml", *QUICK, "--resume")
    assert resumed.status == 0
    assert "Nothing is left to do" in resumed.out
    assert (run / "result.nc").read_bytes() == before


def test_ctrl_c_leaves_a_folder_that_resumes_to_the_same_bits(folder, landpda, monkeypatch):
    real = running._logged

    def stop_after_two(shown, run_folder):
        tell = real(shown, run_folder)

        def stop(what, done, most, info):
            tell(what, done, most, info)
            if done >= 20:
                raise KeyboardInterrupt

        return stop

    with monkeypatch.context() as patch:
        patch.setattr(running, "_logged", stop_after_two)
        stopped = landpda("calibrate", "study.yaml", *QUICK, "--out", "one")
    assert stopped.status == 130
    assert "--resume" in stopped.err
    assert not (folder / "one" / "result.nc").exists()

    assert landpda("calibrate", "study.yaml", *QUICK, "--out", "one", "--resume").status == 0
    assert landpda("calibrate", "study.yaml", *QUICK, "--out", "two").status == 0
    xr.testing.assert_identical(posterior(folder / "one"), posterior(folder / "two"))
    assert "resumed" in (folder / "one" / "log.txt").read_text()


def test_another_seed_is_another_study(folder, landpda, monkeypatch):
    monkeypatch.setattr(running, "_answered", lambda *_: pytest.fail("no work was asked for"))
    text = (folder / "study.yaml").read_text()
    with running_folder(folder, text):
        pass
    assert landpda("calibrate", "study.yaml", "--seed", "9", "--resume").status == 2


def running_folder(folder, text):
    from landpda.execution.run_folder import RunFolder

    return RunFolder(folder / "study_run", text)


def test_a_fault_of_our_own_is_one_sentence_and_a_file(folder, landpda, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("a fault\nof two lines")

    monkeypatch.setattr(calibration, "calibrate", fail)
    answer = landpda("calibrate", "study.yaml")
    assert answer.status == 1
    assert "Traceback" not in answer.err
    assert "ZeroDivisionError: a fault of two lines" in answer.err
    assert "stopped by ZeroDivisionError" in (folder / "study_run" / "log.txt").read_text()
    assert "Traceback" in (folder / "study_run" / "log.txt").read_text()
    assert not (folder / "study_run" / "result.nc").exists()
    assert "Traceback" in landpda("calibrate", "study.yaml", "--out", "b", "--debug").err


def test_check_says_what_the_prior_says(folder, landpda):
    answer = landpda("check", "study.yaml", "--draws", "40")
    assert answer.status == 0, answer.err
    assert "Adjoint and finite differences agree" in answer.out
    rows = {line.split()[0]: line for line in answer.out.splitlines() if line.strip()}
    assert "365" in rows["nbe"]
    page = (folder / "study_check.html").read_text()
    assert page.count("<svg") == 2
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_serious_finding_of_a_check_is_its_exit_status(folder, landpda):
    narrow = "parameters.light_use={prior: uniform, low: 0.2999, high: 0.3001}"
    errors = "streams={lai: {observation: 0.001, structural: none}}"
    answer = landpda("check", "study.yaml", "--draws", "40", "--set", narrow, "--set", errors)
    assert (answer.status, answer.err) == (1, "")
    assert "does not cover the data" in answer.out
    assert answer.out.splitlines()[-1].startswith("1 finding is serious")


def test_simulate_takes_defaults_tables_and_mappings(folder, landpda):
    (folder / "rows.csv").write_text("draw,light_use,nbe_structural_sd_quiet\n0,0.2,1\n1,0.4,1\n")
    (folder / "one.yaml").write_text("light_use: 0.2\n")
    mean = {}
    for options, members in (((), 1), (("--parameters", "rows.csv"), 2), (("--parameters", "one.yaml"), 1)):
        assert landpda("simulate", "study.yaml", *options, "--out", "out.nc").status == 0
        with xr.open_dataset("out.nc", engine="h5netcdf") as outputs:
            assert outputs.sizes["member"] == members
            mean[options] = float(outputs["lai"].values[0].mean())
    default, table, mapping = mean.values()
    assert table == mapping == pytest.approx(default * 0.2 / 0.3)
