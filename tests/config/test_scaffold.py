"""A new study fits its file: it loads, resolves, and takes of one measurement only one."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.config.load import parse_study
from landpda.config.scaffold import scaffold, split_years, suitable
from landpda.config.yaml_text import parse
from landpda.core.errors import StudyError
from toy_model import Toy


def site(years: int = 6, **attributes: str) -> xr.Dataset:
    time = np.arange("2001-01-01", f"{2001 + years}-01-01", dtype="datetime64[D]").astype("datetime64[ns]")
    values = np.ones(len(time))
    names = ("nbe", "nbe_uncertainty", "lai", "gpp")
    return xr.Dataset({name: ("time", values) for name in names}, coords={"time": time}, attrs=attributes)


@pytest.mark.parametrize("name", ["DE-Hai", "", "a: b # c", "[x]"])
@pytest.mark.parametrize("file", ["DE-Hai.nc", "a b/c'd.nc", "x: y.csv", "~/x.nc"])
def test_a_new_study_loads_whatever_the_names(name, file):
    spec = parse_study(parse(scaffold(site(site=name), file, Toy()), asked=""))
    assert spec.model.name == "toy"
    assert spec.site.file.endswith(file.removeprefix("~/"))
    assert (spec.periods.fit_years, spec.periods.judge_years) == (4, 2)
    assert set(spec.streams) == {"nbe", "lai"}
    assert spec.streams["nbe"].observation.name == "file"
    assert (spec.streams["lai"].observation.name, spec.streams["lai"].every) == ("none", 8)


def test_fluxes_of_one_tower_are_not_used_twice():
    assert suitable({"gpp": True, "nbe": True, "reco": True, "lai": False}) == ["nbe", "lai"]


def test_years_are_split_two_to_one():
    assert [split_years(site(years)) for years in (1, 2, 3, 9)] == [(1, 0), (1, 1), (2, 1), (6, 3)]


def test_streams_that_cannot_be_compared_are_refused():
    with pytest.raises(StudyError, match=r"Did you mean nbe"):
        scaffold(site(), "x.nc", Toy(), ["nbp"])
    with pytest.raises(StudyError, match=r"nothing that the model predicts"):
        scaffold(site().drop_vars(["nbe", "lai"]), "x.nc", Toy())
