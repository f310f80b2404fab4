"""Parameter values from any of the three kinds of file."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.config.parameter_file import read_parameter_values
from landpda.core.errors import DataError, StudyError

KNOWN = ("rate", "size")


def test_the_same_values_from_table_mapping_and_posterior(tmp_path):
    (tmp_path / "a.csv").write_text("chain,draw, rate ,size\n0,0,0.1,2\n0,1,0.2,3\n")
    (tmp_path / "a.yaml").write_text("- {rate: 0.1, size: 2}\n- {rate: 0.2, size: 3}\n")
    posterior = xr.Dataset({"rate": (("chain", "draw"), [[0.1, 0.2]]), "size": (("chain", "draw"), [[2.0, 3.0]])})
    posterior["nbe_structural_sd_quiet"] = posterior["rate"]
    xr.DataTree.from_dict({"/posterior": posterior}).to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    for path in (tmp_path / "a.csv", tmp_path / "a.yaml", tmp_path, tmp_path / "result.nc"):
        assert read_parameter_values(path, KNOWN) == [{"rate": 0.1, "size": 2.0}, {"rate": 0.2, "size": 3.0}]


def test_draws_are_picked_evenly(tmp_path):
    posterior = xr.Dataset({"rate": (("chain", "draw"), np.arange(100.0).reshape(2, 50))})
    xr.DataTree.from_dict({"/posterior": posterior}).to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    rows = read_parameter_values(tmp_path, KNOWN, num_draws=12)
    assert [row["rate"] for row in rows] == list(range(0, 100, 9))


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", "", DataError),
        ("a.csv", "rate,rates\n1,2\n", StudyError),
        ("a.csv", "rate\n1\n,\n", DataError),
        ("a.csv", "rate\n1e999\n", DataError),
        ("a.yaml", "", DataError),
        ("a.yaml", "rate: true", DataError),
        ("a.yaml", "rate: [1, 2]", DataError),
        ("a.yaml", "- rate: 1\n- size: 1", DataError),
        ("a.yaml", "rate: [", StudyError),
    ],
)
def test_what_holds_no_values_is_refused(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    with pytest.raises(kind):
        read_parameter_values(tmp_path / name, KNOWN)
