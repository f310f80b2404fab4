"""The traps of the daily set: no time units, marks left in the series, variables that are all missing."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.core.errors import DataError
from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

FIRST = {
    "AU-How": "2005",
    "AU-Stp": "2010",
    "DE-Hai": "2001",
    "FI-Hyy": "2006",
    "FR-Pue": "2001",
    "US-MMS": "2002",
    "US-Ton": "2001",
}


@pytest.mark.parametrize("site", FIRST)
def test_days_count_from_2001_and_have_no_holes(data_dir, site):
    dataset = read_site(data_dir / "site_daily" / f"{site}.nc")
    assert str(dataset["time"].values[0])[:10] == f"{FIRST[site]}-01-01"
    assert dataset.sizes["time"] in (3286, 3287)
    check_time(dataset, complete=("tmin", "tmax", "shortwave", "vpd", "precipitation", "co2", "pressure"))
    assert dataset.attrs["step"] == "1D"


def test_units_are_those_of_the_canon_and_a_year_of_carbon_is_right(data_dir):
    dataset = read_site(data_dir / "site_daily" / "DE-Hai.nc")
    assert dataset["nbe"].attrs["units"] == "gC m-2 d-1"
    assert float(dataset["nbe"].mean()) * 365.25 == pytest.approx(-553, abs=3)
    assert float(dataset["gpp"].mean()) * 365.25 == pytest.approx(1688, abs=8)
    assert (dataset["tmax"] >= dataset["tmin"]).all()


def test_position_and_class_come_from_the_table_beside(data_dir):
    attributes = read_site(data_dir / "site_daily" / "US-MMS.nc").attrs
    assert (attributes["site"], attributes["igbp"]) == ("US-MMS", "DBF")
    assert attributes["latitude"] == pytest.approx(39.3232)
    assert attributes["longitude"] == pytest.approx(-86.4131)


def test_without_the_table_only_the_latitude_is_known_and_a_declaration_wins(data_dir, tmp_path):
    path = tmp_path / "FR-Pue.nc"
    path.write_bytes((data_dir / "site_daily" / "FR-Pue.nc").read_bytes())
    attributes = read_site(path).attrs
    assert attributes["latitude"] == pytest.approx(43.7413)
    assert "longitude" not in attributes
    assert read_site(path, longitude=3.6, igbp="EBF", site="Puechabon").attrs["igbp"] == "EBF"


def test_marks_left_in_the_series_are_missing(data_dir):
    dataset = read_site(data_dir / "site_daily" / "US-Ton.nc")
    assert float(dataset["swc_1"].min()) > 0
    assert any("SWC (111)" in sentence for sentence in remarks_of(dataset))


def test_what_is_all_missing_is_kept_and_named_and_costs_no_row(data_dir):
    dataset = read_site(data_dir / "site_daily" / "AU-Stp.nc")
    assert dataset["nbe_uncertainty"].isnull().all()
    assert dataset["nbe"].notnull().mean() > 0.99
    assert any("nbe_uncertainty" in sentence for sentence in remarks_of(dataset) if sentence.startswith("All missing"))


def test_the_three_fluxes_are_not_independent_and_the_reader_says_so(data_dir):
    dataset = read_site(data_dir / "site_daily" / "FI-Hyy.nc")
    difference = dataset["reco"] - dataset["gpp"] - dataset["nbe"]
    assert float(np.abs(difference).median()) < 0.01
    assert float(difference.std()) < 0.05 * float(dataset["nbe"].std())
    assert any("not independent" in sentence for sentence in remarks_of(dataset))


def test_another_epoch_shows_in_the_day_of_the_year(data_dir, tmp_path):
    with xr.open_dataset(data_dir / "site_daily" / "FR-Pue.nc", decode_times=False) as dataset:
        shifted = dataset.load().assign_coords(time=dataset["time"] + 3)
    path = tmp_path / "FR-Pue.nc"
    shifted.to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match="DOY is 1, not 4"):
        read_site(path)


def test_a_missing_variable_is_named_with_the_nearest(data_dir, tmp_path):
    with xr.open_dataset(data_dir / "site_daily" / "FR-Pue.nc", decode_times=False) as dataset:
        other = dataset.load().rename({"T2M_MAX": "T2M_MAXI"})
    path = tmp_path / "FR-Pue.nc"
    other.to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match=r"'T2M_MAX' .*\n.*\nDid you mean T2M_MAXI"):
        read_site(path)
