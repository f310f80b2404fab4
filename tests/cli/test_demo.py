"""`landpda demo` end to end, as a newcomer runs it but with fewer draws."""

from __future__ import annotations

import pytest
import xarray as xr


@pytest.mark.slow
def test_the_demo_leaves_a_report_and_recovers_its_truth(landpda, tmp_path):
    run = tmp_path / "demo"
    changes = ("--set", "method.num_draws=200", "--set", "search.num_starts=8")
    answer = landpda("demo", "--out", str(run), *changes)
    assert answer.status == 0, answer.err
    assert str(run / "report.html") in answer.out
    assert "of 23 true values" in answer.out
    with xr.open_datatree(run / "result.nc", engine="h5netcdf") as tree:
        assert tree.attrs["experiment"] == "twin"
        inside = tree["recovery"]["inside90"].values
    assert inside.shape == (23,)
    assert inside.mean() >= 0.5
    assert "demo" in (run / "study.yaml").read_text()
