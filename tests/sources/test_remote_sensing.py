"""Satellites: scales, fills, filters, pixels around the tower, censored zeros, images that need a place."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.core.errors import DataError
from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

RAW = "remote_sensing/US-Bi1_MCD15A2H_Lai_500m.csv"
FILTERED = "remote_sensing/US-Bi1_MCD15A2H_filtered_scaled_Lai_500m.csv"


def test_raw_and_filtered_leaf_area_agree_where_nothing_was_filtered(data_dir):
    raw, filtered = read_site(data_dir / RAW), read_site(data_dir / FILTERED)
    np.testing.assert_array_equal(raw["time"], filtered["time"])
    untouched = (raw["lai_quality"] == 1.0) & (filtered["lai_quality"] == 1.0)
    assert float(untouched.mean()) > 0.5
    np.testing.assert_allclose(raw["lai"].where(untouched), filtered["lai"].where(untouched), atol=1e-9)
    assert raw.attrs["latitude"] == pytest.approx(38.0991538)
    # Terra and Aqua were silent in these weeks; the check finds them.
    with pytest.raises(DataError, match=r"3 step.* 2016-02-18, 2022-04-07, 2022-10-16"):
        check_time(raw)


def test_the_pixels_are_those_around_the_tower(data_dir):
    row = (data_dir / RAW).read_text().splitlines()[0].split(",")
    image = np.array(row[5:], float).reshape(17, 17)[7:10, 7:10]
    good = image < 248
    first = read_site(data_dir / RAW).isel(time=0)
    assert float(first["lai"]) == pytest.approx(image[good].mean() * 0.1)
    assert float(first["lai_quality"]) == pytest.approx(good.mean())


def test_fpar_has_its_own_scale_and_four_day_composites_their_step(data_dir):
    fpar = read_site(data_dir / "remote_sensing/US-Bi1_MCD15A2H_Fpar_500m.csv")["fpar"]
    assert 0.3 < float(fpar.mean()) < 0.7
    dataset = read_site(data_dir / "remote_sensing/US-Me2_MCD15A3H_Lai_500m_2002-2007.csv")
    assert dataset.attrs["step"] == "4D"
    bad = read_site(data_dir / "remote_sensing/US-Me2_MCD15A3H_filtered_scaled_Lai_500m_2002-2007.csv")
    assert bad["lai"].isnull().any()


def test_the_long_table_takes_its_scale_and_the_central_pixels(data_dir):
    dataset = read_site(data_dir / "remote_sensing/arcachon_MOD15A2H_Lai_500m_MODISTools_2004.csv")
    assert dataset.sizes["time"] == 46
    assert dataset.attrs["site"] == "arcachon"
    assert dataset.attrs["longitude"] == pytest.approx(-1.174748)
    assert 0.2 < float(dataset["lai"].mean()) < 1.5
    assert any("5 of the 9" in sentence for sentence in remarks_of(dataset))


def test_a_filtered_file_without_a_bad_pixel_is_not_scaled_again(data_dir, tmp_path):
    lines = [line for line in (data_dir / FILTERED).read_text().splitlines() if ",F" not in line]
    if not lines:
        first = (data_dir / FILTERED).read_text().splitlines()[0]
        lines = [first.replace(",F", ",1.5")]
    path = tmp_path / "US-Bi1_Lai.csv"
    path.write_text("\n".join(lines) + "\n")
    assert float(read_site(path)["lai"][0]) > 0.5


def test_a_damaged_row_of_pixels_is_told(data_dir, tmp_path):
    lines = (data_dir / RAW).read_text().splitlines()[:3]
    path = tmp_path / "US-Bi1_Lai.csv"
    path.write_text("\n".join([lines[0], lines[1][:300], lines[2]]))
    with pytest.raises(DataError, match="Row 2"):
        read_site(path)


def test_exact_zeros_of_fluorescence_are_censored(data_dir):
    dataset = read_site(data_dir / "remote_sensing/us_me2_oco3_sif.json")
    assert dataset.sizes["time"] == 59
    assert int((dataset["sif"] == 0).sum()) == 14
    np.testing.assert_array_equal(dataset["sif_quality"] == 0, dataset["sif"] == 0)
    assert dataset.attrs["step"] == "irregular"
    assert any("censored" in sentence for sentence in remarks_of(dataset))


def test_a_global_image_is_read_at_the_declared_place(data_dir):
    (path,) = (data_dir / "remote_sensing").glob("ESACCI*.nc")
    dataset = read_site(path, latitude=15.4, longitude=22.9)
    assert float(dataset["swc_1"].item()) == pytest.approx(6.77, abs=1e-4)
    assert dataset["swc_1"].attrs["units"] == "%"
    assert str(dataset["time"].values[0])[:10] == "2014-01-01"
    with pytest.raises(DataError, match="none in that cell"):
        read_site(path, latitude=62.0, longitude=24.0)
