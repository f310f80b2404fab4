"""Laws of the tables: they hold the numbers of the tree, and result.nc comes last."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import xarray as xr

from landpda.execution import run_tables
from landpda.execution.run_tables import MOST_DRAWS, draws_table, skill_table, summary_table, write_result


def tree(chains: int = 2, draws: int = 3) -> xr.DataTree:
    values = np.arange(chains * draws, dtype=float).reshape(chains, draws) / 3.0
    skill = np.array([[[0.9, 10.0], [np.nan, 0.0]]])
    return xr.DataTree.from_dict(
        {
            "/": xr.Dataset(attrs={"study": "a", "complete": 1}),
            "/posterior": xr.Dataset({"rate": (("chain", "draw"), values), "size": (("chain", "draw"), -values)}),
            "/summary": xr.Dataset(
                {"mean": ("parameter", [1.0 / 3.0, 2.0]), "edge": ("parameter", [0, -1])},
                coords={"parameter": ["rate", "size"]},
            ),
            "/skill": xr.Dataset(
                {"skill": (("stream", "period", "metric"), skill), "skill_prior": (("stream", "period", "metric"), skill / 2)},
                coords={"stream": ["nbe"], "period": ["fitted", "held_out"], "metric": ["r2", "n"]},
            ),
        }
    )


def test_draws_are_rows_chain_by_chain():
    header, *rows = draws_table(tree())
    assert header == ["chain", "draw", "rate", "size"]
    assert [row[:2] for row in rows] == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    assert [row[2] for row in rows] == [n / 3.0 for n in range(6)]


def test_many_draws_are_thinned_evenly_from_first_to_last():
    _, *rows = draws_table(tree(4, 5000))
    places = np.array([row[0] * 5000 + row[1] for row in rows])
    assert len(rows) == MOST_DRAWS
    assert (places[0], places[-1]) == (0, 19999)
    assert set(np.diff(places)) <= {5, 6}


def test_summary_and_skill_have_a_row_each():
    assert summary_table(tree()) == [["parameter", "mean", "edge"], ["rate", 1.0 / 3.0, 0], ["size", 2.0, -1]]
    header, fitted, held_out = skill_table(tree())
    assert header == ["stream", "period", "r2", "n", "r2_prior", "n_prior"]
    assert fitted == ["nbe", "fitted", 0.9, 10.0, 0.45, 5.0]
    assert held_out[:2] == ["nbe", "held_out"]
    assert np.isnan(held_out[2])


def test_a_tree_without_a_group_has_no_such_table(tmp_path):
    bare = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"study": "a"})})
    write_result(bare, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.nc"]


def test_written_numbers_are_the_tree_s_numbers(tmp_path):
    write_result(tree(), tmp_path)
    with (tmp_path / "posterior.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["rate"]) for row in rows] == [n / 3.0 for n in range(6)]
    with (tmp_path / "skill.csv").open(newline="") as file:
        assert [row["r2"] for row in csv.DictReader(file)] == ["0.9", ""]
    with xr.open_datatree(tmp_path / "result.nc", engine="h5netcdf") as again:
        xr.testing.assert_identical(again.load(), tree())


def test_result_comes_last(tmp_path, monkeypatch):
    written = []
    real = run_tables.write_whole
    monkeypatch.setattr(run_tables, "write_whole", lambda path, write: (written.append(path.name), real(path, write))[1])
    write_result(tree(), tmp_path)
    assert written == ["posterior.csv", "summary.csv", "skill.csv", "result.nc"]


def test_a_result_that_cannot_be_written_leaves_none(tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("cut")

    monkeypatch.setattr(xr.DataTree, "to_netcdf", fail)
    with pytest.raises(RuntimeError):
        write_result(tree(), tmp_path)
    assert not [path for path in tmp_path.iterdir() if "result" in path.name]
