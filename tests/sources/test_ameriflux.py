"""AmeriFlux BASE, Level 4 and Level 2: suffixes, stamps without a year, two marks of missing, two units of VPD."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.core.errors import DataError
from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

BASE = "fluxnet_csv/AMF_US-CRT_BASE_HH_2-5.csv"
L4 = "fluxnet_csv/AMF_USMe2_2005_L4_h_V002.txt"
L4_NEXT = "fluxnet_csv/AMF_USMe2_2006_L4_h_V002.txt.gz"
L2 = "fluxnet_csv/AMF_USMe2_2005_L2_GF_V006.nc"


def test_base_reads_past_its_comment_lines_and_from_its_zip(data_dir):
    dataset = read_site(data_dir / BASE)
    assert dataset.attrs["site"] == "US-CRT"
    assert dataset.attrs["step"] == "30min"
    assert float(dataset["tair"][0]) == pytest.approx(11.17954)
    assert dataset["co2"].isnull().any()
    assert dataset["co2"].notnull().any()
    xr.testing.assert_equal(dataset, read_site(data_dir / "fluxnet_csv/AMF_US-CRT_BASE-BADM_2-5.zip"))


def _base(tmp_path, names, rows):
    lines = ["# Site: US-Abc,,", "# Version: 1-5,,", ",".join(["TIMESTAMP_START", "TIMESTAMP_END", *names])]
    for index, row in enumerate(rows):
        lines.append(",".join([f"20110101{index:02d}00", f"20110101{index:02d}30", *map(str, row)]))
    path = tmp_path / "AMF_US-Abc_BASE_HH_1-5.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_position_suffixes_choose_the_first_sensor_and_the_depths(tmp_path):
    names = ["TA_2_1_1", "TA_1_1_1", "SWC_1_1_1", "SWC_1_2_1", "SWC_2_1_1", "FC", "P"]
    dataset = read_site(_base(tmp_path, names, [[9, 5, 30, 40, 99, 1.0, 0.5], [9, 6, 31, 41, 99, -9999, 0]]))
    assert dataset["tair"].values.tolist() == [5, 6]
    assert dataset["swc_1"].values.tolist() == [30, 31]
    assert dataset["swc_2"].values.tolist() == [40, 41]
    assert float(dataset["precipitation"][0]) == 24.0
    assert any("storage" in sentence for sentence in remarks_of(dataset))
    assert float(dataset["nee"][0]) == pytest.approx(1.0377504)


def test_a_sensor_without_data_gives_way_to_the_next(tmp_path):
    dataset = read_site(_base(tmp_path, ["NEE_PI", "FC"], [[-9999, 2.0], [-9999, 3.0]]))
    assert dataset["nee"].attrs["origin"] == "FC"


def test_level_4_takes_its_year_from_its_name_and_starts_at_midnight(data_dir, tmp_path):
    dataset, following = read_site(data_dir / L4), read_site(data_dir / L4_NEXT)
    for year, each in ((2005, dataset), (2006, following)):
        check_time(each)
        assert each.sizes["time"] == 17520
        assert str(each["time"].values[0]) == f"{year}-01-01T00:00:00.000000000"
    assert float(following["nee"].isnull().mean()) > 0.01
    assert set(np.unique(dataset["nee_quality"])) <= {0, 1, 2, 3}
    nameless = tmp_path / "l4.txt"
    nameless.write_bytes((data_dir / L4).read_bytes())
    with pytest.raises(DataError, match="Declare year"):
        read_site(nameless)
    xr.testing.assert_equal(read_site(nameless, year=2005), dataset)
    with pytest.raises(DataError, match="leap years"):
        read_site(nameless, year=2004)


def test_both_levels_tell_the_same_weather(data_dir):
    filled, measured = read_site(data_dir / L4), read_site(data_dir / L2)
    np.testing.assert_array_equal(filled["time"], measured["time"])
    np.testing.assert_allclose(filled["tair"], measured["tair"], atol=0.02)
    both = filled["vpd"].notnull() & measured["vpd"].notnull()
    slope = float((filled["vpd"] * measured["vpd"]).where(both).sum() / (measured["vpd"] ** 2).where(both).sum())
    assert slope == pytest.approx(1.0, abs=0.02)


def test_level_2_has_neither_mark_left(data_dir):
    dataset = read_site(data_dir / L2)
    assert dataset.attrs["igbp"] == "ENF"
    assert dataset.attrs["latitude"] == pytest.approx(44.4523)
    for name in dataset.data_vars:
        assert not (dataset[name] < -1500).any(), name
    assert dataset["longwave"].isnull().all()
    assert 0.1 < float(dataset["co2"].isnull().mean()) < 0.2
