"""`landpda compare`: one question, several methods, one table and one report."""

from __future__ import annotations

import csv
import json
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
import xarray as xr

import toy_model
from landpda.cli.main import main
from small_study import write_site, write_study

TOY = {
    "model": "toy",
    "parameters": {"warming": {"fixed": 0.04}},
    "constraints": "none",
    "method": {"name": "dream_zs", "num_chains": 16, "num_generations": 400},
}
METHODS = "dream_zs,laplace,levenberg_marquardt"


def result(run) -> xr.DataTree:
    with xr.open_datatree(run / "result.nc", engine="h5netcdf") as tree:
        return tree.load()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """One comparison that several tests read: its folder, and what was said on the way."""
    folder = tmp_path_factory.mktemp("compared")
    said = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        toy_model.install(patch)
        write_site(folder)
        write_study(folder, **TOY)
        patch.chdir(folder)
        assert main(["compare", "study.yaml", "--methods", METHODS]) == 0
        yield folder / "study_compare", said.getvalue()


def test_a_comparison_leaves_one_row_a_method_and_says_which_to_use(compared):
    run, said = compared
    rows = list(csv.DictReader((run / "comparison.csv").open(encoding="utf-8")))
    assert [row["method"] for row in rows] == METHODS.split(",")
    assert all(float(row["runs"]) > 0 for row in rows)
    assert "against the reference" in said
    findings = json.loads(result(run).attrs["findings"])
    assert findings[0][1] == "methods"
    assert any(sentence in said for _, topic, sentence in findings if topic == "methods")
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Methods side by side" in page
    assert all(name in page for name in METHODS.split(","))


def test_moments_are_in_the_parameters_own_units_and_a_point_has_no_spread(compared):
    tree = result(compared[0])
    moments = tree["moments"].to_dataset()
    assert np.isfinite(moments["sd"].sel({"method": "laplace"})).all()
    assert np.isnan(moments["sd"].sel({"method": "levenberg_marquardt"})).all()
    assert np.isfinite(moments["mean"].sel({"method": "levenberg_marquardt"})).all()
    reference = tree["comparison"].attrs["reference"]
    assert (moments["shift"].sel({"method": reference}) == 0.0).all()
    assert tree.attrs["method"] == reference


def test_a_resumed_comparison_has_the_same_numbers(compared):
    run, _ = compared
    before = result(run)
    (run / "result.nc").unlink()
    assert main(["compare", "study.yaml", "--methods", METHODS, "--resume"]) == 0
    after = result(run)
    same = ("cost", "shift_worst", "ratio_median", "rhat", "runs")
    xr.testing.assert_equal(before["comparison"].to_dataset()[[*same]], after["comparison"].to_dataset()[[*same]])
    # what the first part took is remembered
    slow = float(before["comparison"]["cpu_seconds"].sel({"method": "dream_zs"}))
    assert float(after["comparison"]["cpu_seconds"].sel({"method": "dream_zs"})) > 0.5 * slow


def test_a_method_that_cannot_answer_leaves_the_others(folder, landpda):
    # the toy model cannot be stepped
    answer = landpda("compare", "study.yaml", "--methods", "enkf,laplace")
    assert answer.status == 0, answer.err
    assert "enkf gave no answer" in answer.out
    rows = {row["method"]: row for row in csv.DictReader((folder / "study_compare" / "comparison.csv").open(encoding="utf-8"))}
    assert rows["laplace"]["runs"] != "0"
    assert rows["enkf"]["refusal"]


def test_methods_of_the_study_are_compared_where_none_are_named(folder, landpda):
    answer = landpda("compare", "study.yaml", "--set", "also=[laplace]", "--set", "method.num_generations=200")
    assert answer.status == 0, answer.err
    rows = list(csv.DictReader((folder / "study_compare" / "comparison.csv").open(encoding="utf-8")))
    assert [row["method"] for row in rows] == ["dream_zs", "laplace"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--methods", "laplac"), "Did you mean laplace?"),
        (("--methods", ", ,"), "names none"),
        (("--methods", "laplace", "--reference", "hmcc"), "not among those compared"),
        (("--methods", "enkf"), "step"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(folder, landpda, arguments, said):
    answer = landpda("compare", "study.yaml", *arguments)
    assert answer.status == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
