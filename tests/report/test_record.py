"""Results that are damaged, foreign or incomplete give a sentence, never a traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from synthetic_run import Made, synthetic_run

from landpda.core.errors import DataError
from landpda.report.page import render
from landpda.report.record import Record, open_record

SMALL = Made(years=1, draws=60)


@pytest.fixture(scope="module")
def small() -> xr.DataTree:
    return synthetic_run(SMALL)


def test_missing_damaged_or_foreign_files_are_refused(tmp_path: Path, small: xr.DataTree) -> None:
    with pytest.raises(DataError, match="There is no"):
        render(tmp_path)
    damaged = tmp_path / "result.nc"
    damaged.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    with pytest.raises(DataError, match="cannot be read"):
        render(damaged)
    small.to_netcdf(damaged, engine="h5netcdf")
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    with pytest.raises(DataError, match="cannot be read"):
        render(damaged)
    xr.Dataset({"x": ("t", [1.0])}).to_netcdf(tmp_path / "foreign.nc", engine="h5netcdf")
    with pytest.raises(DataError, match="not written by landpda"):
        render(tmp_path / "foreign.nc")


def test_unfinished_runs_are_refused(small: xr.DataTree) -> None:
    tree = small.copy()
    tree.attrs["complete"] = 0
    with pytest.raises(DataError, match="--resume"):
        open_record(tree)


@pytest.mark.parametrize("group", sorted(synthetic_run(Made("twin", years=1, draws=60)).children))
def test_a_missing_group_costs_its_section_only(group: str) -> None:
    tree = synthetic_run(Made("twin", years=1, draws=60))
    del tree[group]
    text = render(tree)
    assert "What to be careful about" in text and "nan" not in text.split("</header>")[0]


@pytest.mark.parametrize("seed", range(16))
def test_broken_groups_never_break_the_page(seed: int) -> None:
    """Variables vanish, dimensions change, numbers turn into words, NaN or infinity: the page still comes."""
    rng = np.random.default_rng(seed)
    tree = synthetic_run(Made("twin", years=1, draws=60))
    for group in rng.permutation(sorted(tree.children))[:5]:
        dataset = tree[group].to_dataset()
        names = sorted(map(str, dataset.data_vars))
        if names:
            tree[group] = xr.DataTree(broken(dataset, names[rng.integers(len(names))], int(rng.integers(8))))
    assert render(tree).rstrip().endswith("</html>")


def broken(dataset: xr.Dataset, name: str, way: int) -> xr.Dataset:
    """The dataset, broken in one of eight ways."""
    variable = dataset[name]
    wrong = {"low": "x", "high": -1, "units": 3, "period": "a"}
    match way:
        case 0:
            return dataset.drop_vars(name)
        case 1:
            return dataset.rename({dim: f"other_{dim}" for dim in variable.dims})
        case 2:
            return dataset.assign({name: variable.astype(str)})
        case 3:
            return dataset.assign({name: variable * np.nan})
        case 4:
            return dataset.isel({dim: slice(0, 0) for dim in variable.dims[-1:]})
        case 5:
            return dataset.isel({dim: slice(0, 1) for dim in variable.dims})
        case 6:
            return dataset.drop_vars(list(dataset.coords))
        case _:
            return dataset.assign({name: (variable * np.inf).assign_attrs(wrong)})


def test_unreadable_parts_are_named(small: xr.DataTree) -> None:
    tree = small.copy()
    tree["cost"] = xr.DataTree(tree["cost"].to_dataset().drop_vars("after"))
    text = render(tree)
    assert "This part of the result cannot be shown" in text and "&#39;after&#39;" in text


def test_unreadable_findings_are_said(small: xr.DataTree) -> None:
    for wrong in ("{", "[1]", '{"a": 1}'):
        tree = small.copy()
        tree.attrs["findings"] = wrong
        assert "cannot be read" in render(tree).split("</header>")[0]


def test_dimensions_and_numbers_are_checked(small: xr.DataTree) -> None:
    record = Record(small)
    assert record.array("skill", "skill", "metric", "stream", "period").shape == (10, 2, 2)
    with pytest.raises(DataError, match="has the dimensions"):
        record.array("skill", "skill", "stream")
    with pytest.raises(DataError, match="Did you mean skill"):
        record.variable("skill", "skil")
    with pytest.raises(DataError, match="does not name"):
        record.labels("posterior", "parameter")
