"""Declared columns: any table, any NetCDF, and what is wrong in a declaration."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.core.errors import DataError, UnitsError
from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

FLUXES = "fluxnet_csv/US-Bi1-fluxes_2019.csv"
END = {"column": "TIMESTAMP_END", "format": "%Y-%m-%d %H:%M:%S", "stamp": "end"}
NEE = {"column": "NEE_VUT_REF", "units": "umol m-2 s-1"}


def test_half_hours_with_stamps_on_the_end(data_dir):
    columns = {"nee": NEE, "le": {"column": "LE_F_MDS", "units": "W m-2"}, "precipitation": {"column": "P_F", "units": "mm"}}
    dataset = read_site(data_dir / FLUXES, columns=columns, time=END)
    check_time(dataset)
    assert str(dataset["time"].values[0])[:16] == "2018-12-31T23:30"
    assert float(dataset["nee"][0]) == pytest.approx(2.92577 * 1.0377504)
    raw = np.genfromtxt((data_dir / FLUXES).read_text().splitlines()[1:], delimiter=",", usecols=1)
    assert float(dataset["precipitation"].sum()) == pytest.approx(48 * raw.sum())


def test_it_meets_the_published_months_of_the_same_tower(data_dir):
    dataset = read_site(data_dir / FLUXES, columns={"nee": NEE}, time=END)
    months = read_site(data_dir / "fluxnet_csv/AMF_US-Bi1_FLUXNET_FULLSET_MM_2016-2021_3-5.csv")["nee"].sel(time="2019")
    ours = dataset["nee"].resample(time="MS").mean().sel(time="2019")
    assert np.corrcoef(ours, months)[0, 1] > 0.99
    np.testing.assert_allclose(ours, months, atol=0.15)


def test_times_from_columns_of_year_day_and_hour(data_dir):
    path = data_dir / "fluxnet_csv/bigleaf_FR_Pue_May_2012.csv"
    columns = {"vpd": {"column": "VPD", "units": "kPa"}, "nee_quality": {"column": "NEE_qc"}}
    dataset = read_site(path, columns=columns, time={"year": "year", "doy": "doy", "hour": "hour"})
    assert str(dataset["time"].values[0])[:16] == "2012-05-01T00:00"
    assert dataset.attrs["step"] == "30min"
    by_month = read_site(path, columns=columns, time={"year": "year", "month": "month", "doy": "doy", "hour": "hour"})
    xr.testing.assert_equal(dataset, by_month)
    assert float(dataset["vpd"].max()) > 5


def _table(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_other_marks_months_and_middles(tmp_path):
    path = _table(tmp_path, "when;flux\n15/01/2001;1\n15/02/2001;999\n15/03/2001;3\n")
    dataset = read_site(
        path, columns={"nee": {"column": "flux", "units": "gC m-2 d-1"}}, missing=[999],
        time={"column": "when", "format": "%d/%m/%Y", "stamp": "middle"},
    )  # fmt: skip
    assert dataset.attrs["step"] == "MS"
    assert [str(time)[:10] for time in dataset["time"].values] == ["2001-01-01", "2001-02-01", "2001-03-01"]
    assert np.flatnonzero(dataset["nee"].isnull()).tolist() == [1]


def test_an_undeclared_mark_is_caught_by_the_range(tmp_path):
    path = _table(tmp_path, "date,flux\n2001-01-01,1\n2001-01-02,9999\n")
    with pytest.raises(DataError, match=r"outside -60 to 60; the first is 9999 on 2001-01-02") as caught:
        read_site(path, columns={"nee": {"column": "flux", "units": "gC m-2 d-1"}})
    assert "mark for missing" in caught.value.do


@pytest.mark.parametrize(
    ("columns", "time", "sentence"),
    [
        ({"neee": NEE}, END, "Did you mean nee"),
        ({"nee": {"column": "NEE_VUT_REF"}}, END, "its units"),
        ({"nee": NEE | {"unit": "1"}}, END, "Did you mean units"),
        ({"nee": {"column": "NEE_VUT_RF", "units": "1"}}, END, "Did you mean NEE_VUT_REF"),
        ({"nee": NEE}, END | {"stamp": "ende"}, "Did you mean end"),
        ({"nee": NEE}, END | {"column": "TIMESTAMP_ND"}, "Did you mean TIMESTAMP_END"),
        ({"nee": NEE}, END | {"format": "%Y%m%d"}, "Data row 1 holds '2019-01-01 00:00:00'"),
        ({"nee": NEE}, {}, "Declare it"),
    ],
)
def test_what_is_wrong_in_a_declaration_is_told(data_dir, columns, time, sentence):
    with pytest.raises(DataError, match=sentence):
        read_site(data_dir / FLUXES, columns=columns, time=time)


def test_units_that_do_not_fit_are_told(data_dir):
    with pytest.raises(UnitsError, match="Name the substance"):
        read_site(data_dir / FLUXES, columns={"nee": {"column": "NEE_VUT_REF", "units": "g m-2 d-1"}}, time=END)
    with pytest.raises(UnitsError, match="cannot be read"):
        read_site(data_dir / FLUXES, columns={"nee": {"column": "NEE_VUT_REF", "units": "carbons"}}, time=END)


def _model_output(tmp_path, **attributes):
    times = np.arange("2001-01-01", "2001-01-11", dtype="datetime64[D]").astype("datetime64[ns]")
    values = np.full((10, 1, 1), 1e-8)
    values[3] = 1e20
    dataset = xr.Dataset(
        {"nep": (("time", "lat", "lon"), values, attributes)}, coords={"time": times, "lat": [51.0], "lon": [10.0]}
    )
    path = tmp_path / "model_DE-Hai.nc"
    dataset.to_netcdf(path, engine="h5netcdf")
    return path


def test_a_models_netcdf_is_read_by_declaration(tmp_path):
    path = _model_output(tmp_path, units="kg m-2 s-1")
    with pytest.raises(UnitsError, match="Name the substance"):
        read_site(path, columns={"gpp": {"column": "nep", "units": "kg m-2 s-1"}})
    path = _model_output(tmp_path, units="kgC m-2 s-1")
    dataset = read_site(path, columns={"gpp": {"column": "nep", "units": "kgC m-2 s-1"}})
    assert float(dataset["gpp"][0]) == pytest.approx(0.864)
    assert np.isnan(dataset["gpp"][3])
    assert dataset.attrs["latitude"] == 51.0
    assert dataset.attrs["step"] == "1D"


def test_units_that_contradict_the_file_are_told(tmp_path):
    path = _model_output(tmp_path, units="kgC m-2 s-1")
    with pytest.raises(UnitsError, match="The file says 'kgC m-2 s-1'"):
        read_site(path, columns={"gpp": {"column": "nep", "units": "gC m-2 d-1"}})
    with pytest.raises(DataError, match="Did you mean nep"):
        read_site(path, columns={"gpp": {"column": "nepp", "units": "gC m-2 d-1"}})
