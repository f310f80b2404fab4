"""ONEFlux files: units that change with the step, stamps of each step, flags, and text in every dress."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import xarray as xr

from landpda.core.errors import DataError
from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

XBA = "fluxnet_csv/AMF_US-xBA_FLUXNET_SUBSET_{}_2019-2021_3-5.csv"
BI1 = "fluxnet_csv/AMF_US-Bi1_FLUXNET_FULLSET_{}_2016-2021_3-5.csv"
CHA = "fluxnet_csv/FLX_CH-Cha_FLUXNET2015_FULLSET_HH_2005-2020_beta-3_first99rows.csv"


@pytest.fixture(scope="module")
def xba(data_dir):
    return {step: read_site(data_dir / XBA.format(step)) for step in ("DD", "WW", "MM", "YY")}


@pytest.mark.parametrize("name", ["nee", "precipitation", "shortwave", "le", "tair"])
def test_every_step_of_one_product_tells_the_same_rate(xba, name):
    daily = xba["DD"][name]
    for step, frequency in (("MM", "MS"), ("YY", "YS")):
        mean = daily.resample(time=frequency).mean()
        np.testing.assert_allclose(xba[step][name].values, mean.values, atol=0.012 + 0.002 * float(np.abs(mean).max()))
    week = xba["WW"].isel(time=3)
    inside = (daily["time"] >= week["time"]) & (daily["time"] < week["time_end"])
    assert int(inside.sum()) == 7
    assert float(week[name]) == pytest.approx(float(daily.where(inside).mean()), abs=0.012)


def test_stamps_are_the_start_and_weeks_begin_anew_each_year(xba):
    for step, dataset in xba.items():
        assert str(dataset["time"].values[0])[:10] == "2019-01-01"
        check_time(dataset)
        assert dataset.attrs["step"] == {"DD": "1D", "WW": "7D", "MM": "MS", "YY": "YS"}[step]
    ends = xba["WW"]["time_end"].values
    lengths = (ends - xba["WW"]["time"].values) / np.timedelta64(1, "D")
    assert sorted(set(lengths)) == [7.0, 8.0, 9.0]
    assert str(ends[-1])[:10] == "2022-01-01"


def test_yearly_sums_became_daily_rates(data_dir, xba):
    text = (data_dir / XBA.format("YY")).read_text().splitlines()
    column = text[0].split(",").index("NEE_VUT_REF")
    assert float(xba["YY"]["nee"][1]) == pytest.approx(float(text[2].split(",")[column]) / 366)


def test_missing_marks_are_gone_and_quality_is_a_share(data_dir):
    dataset = read_site(data_dir / BI1.format("WW"))
    for name in dataset.data_vars:
        assert float(dataset[name].min()) > -999
    assert float(dataset["nee_quality"].max()) <= 1.0
    assert 0.08 <= float(dataset["nee_uncertainty"].isnull().mean()) <= 0.13
    assert any("ustar" in sentence for sentence in remarks_of(dataset))


def test_half_hours_become_daily_rates(data_dir):
    dataset = read_site(data_dir / CHA)
    raw = (data_dir / CHA).read_text().splitlines()
    header, first = raw[0].split(","), raw[1].split(",")
    assert dataset.attrs["step"] == "30min"
    assert float(dataset["precipitation"][0]) == pytest.approx(float(first[header.index("P_F")]) * 48)
    assert float(dataset["nee"][0]) == pytest.approx(float(first[header.index("NEE_VUT_REF")]) * 86400e-6 * 12.011)
    assert dataset["shortwave"].attrs["units"] == "W m-2"
    assert set(np.unique(dataset["tair_quality"])) == {2.0}
    assert dataset["co2"].isnull().all()


def test_era_files_are_forcing_only(data_dir):
    dataset = read_site(data_dir / "fluxnet_csv/AMF_US-Bi1_FLUXNET_ERA5_DD_1981-2021_3-5.csv")
    assert "nee" not in dataset
    assert dataset.sizes["time"] == 14975
    assert any("ERA" in sentence for sentence in remarks_of(dataset))


def _small(data_dir, rows=40):
    return (data_dir / XBA.format("DD")).read_text().splitlines()[: rows + 1]


@pytest.mark.parametrize("dress", ["crlf", "cr", "bom", "utf-16", "latin-1", "quotes", "semicolon", "gzip"])
def test_text_in_every_dress_is_the_same(data_dir, tmp_path, dress):
    import gzip

    lines = _small(data_dir)
    plain, dressed = tmp_path / "AMF_US-xBA_FLUXNET_SUBSET_DD_a.csv", tmp_path / "AMF_US-xBA_FLUXNET_SUBSET_DD_b.csv"
    text = "\n".join(lines) + "\n"
    plain.write_text(text)
    note = lines[0] + ",Bemerkung\n" + "\n".join(line + ",trüb" for line in lines[1:]) + "\n"
    quoted = ",".join(f'"{name}"' for name in lines[0].split(",")) + "\n" + "\n".join(lines[1:]) + "\n"
    content = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "cr": text.replace("\n", "\r").encode(),
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "utf-16": text.encode("utf-16"),
        "latin-1": note.encode("latin-1"),
        "quotes": quoted.encode(),
        "semicolon": text.replace(",", ";").encode(),
        "gzip": gzip.compress(text.encode()),
    }[dress]
    dressed.write_bytes(content)
    xr.testing.assert_equal(read_site(plain), read_site(dressed, "fluxnet"))


@pytest.mark.parametrize("mark", ["NA", "-9999.0", "-6999", "", "NaN", "-9999.000"])
def test_every_mark_of_missing_is_missing(data_dir, tmp_path, mark):
    lines = _small(data_dir)
    cells = lines[3].split(",")
    cells[1] = mark
    path = tmp_path / "AMF_US-xBA_FLUXNET_SUBSET_DD_a.csv"
    path.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:]]))
    dataset = read_site(path)
    assert np.flatnonzero(dataset["tair"].isnull()).tolist() == [2]
    with pytest.raises(DataError, match=r"'tair'.*\n1 of 40 step.*2019-01-03"):
        check_time(dataset, complete=("tair",))


def _written(tmp_path, lines, name="AMF_US-xBA_FLUXNET_SUBSET_DD_a.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_damage_is_told_by_its_place(data_dir, tmp_path):
    lines = _small(data_dir)
    word = lines[5].replace(lines[5].split(",")[1], "warm", 1)
    cases = [
        ([*lines[:5], word, *lines[6:]], "'warm'"),
        ([*lines[:5], lines[4], *lines[5:]], "repeat at 2019-01-04"),
        ([*lines[:5], lines[7], *lines[5:]], "go backwards at 2019-01-05"),
        ([*lines, lines[-1][:50]], "cut short"),
        ([*lines[:5], lines[5] + ",1,2", *lines[6:]], r"Data row 5 has \d+ cells"),
        ([lines[0]], "no header line with rows"),
        ([lines[0].replace("TIMESTAMP", "TIME"), *lines[1:]], "TIMESTAMP_START"),
        ([*lines[:5], "201901xx" + lines[5][8:], *lines[6:]], "'201901xx'"),
        ([lines[0].replace("TA_F_QC", "TA_F"), *lines[1:]], "twice"),
        ([*lines[:5], lines[5].replace(lines[5].split(",")[1], "4711", 1), *lines[6:]], "outside -100 to 80"),
    ]
    for rows, sentence in cases:
        with pytest.raises(DataError, match=sentence):
            read_site(_written(tmp_path, rows), "fluxnet")


def test_a_name_that_contradicts_the_stamps_is_told(data_dir, tmp_path):
    with pytest.raises(DataError, match="as its name says"):
        read_site(_written(tmp_path, _small(data_dir), "AMF_US-xBA_FLUXNET_SUBSET_MM_a.csv"))


def test_a_hole_in_the_days_is_named(data_dir, tmp_path):
    lines = _small(data_dir)
    dataset = read_site(_written(tmp_path, [*lines[:5], *lines[7:]]))
    with pytest.raises(DataError, match=r"2 step.* 2019-01-05, 2019-01-06"):
        check_time(dataset)


def test_everything_missing_is_told(data_dir, tmp_path):
    lines = _small(data_dir)
    gone = [line.split(",")[0] + ",-9999" * (line.count(",")) for line in lines[1:]]
    with pytest.raises(DataError, match="Every value in it is missing"):
        read_site(_written(tmp_path, [lines[0], *gone]))


def test_the_constant_threshold_stands_in_where_there_is_no_yearly_one(data_dir, tmp_path):
    lines = _small(data_dir)
    dataset = read_site(_written(tmp_path, [lines[0].replace("_VUT_", "_CUT_"), *lines[1:]]))
    assert dataset["nee"].attrs["origin"] == "NEE_CUT_REF"
    assert any("constant" in sentence for sentence in remarks_of(dataset))


def _zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_the_zip_as_downloaded_reads_like_the_file_inside(data_dir, tmp_path):
    members = {(data_dir / XBA.format(step)).name: (data_dir / XBA.format(step)).read_bytes() for step in ("MM", "DD", "YY")}
    members["AMF_US-xBA_FLUXNET_AUXNEE_2019-2021_3-5.csv"] = "ID,VARIABLE\n"
    path = _zip(tmp_path / "AMF_US-xBA_FLUXNET_SUBSET_2019-2021_3-5.zip", members)
    inside = read_site(path)
    xr.testing.assert_equal(inside, read_site(data_dir / XBA.format("DD")))
    assert any("Also inside" in sentence and "_MM_" in sentence for sentence in remarks_of(inside))
    assert read_site(path, member="SUBSET_MM").attrs["step"] == "MS"
    with pytest.raises(DataError, match="Did you mean"):
        read_site(path, member="AMF_US-xBA_FLUXNET_SUBSET_HH_2019-2021_3-5.csv")
    with pytest.raises(DataError, match="4 of its files"):
        read_site(path, member="AMF")


def test_a_zip_writes_nothing_whatever_its_members_are_called(data_dir, tmp_path):
    content = "\n".join(_small(data_dir)) + "\n"
    folder = tmp_path / "inner"
    folder.mkdir()
    path = _zip(folder / "evil.zip", {"../../AMF_US-xBA_FLUXNET_SUBSET_DD_evil.csv": content})
    assert read_site(path).sizes["time"] == 40
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["evil.zip", "inner"]


def test_zips_without_a_series_are_told(tmp_path):
    for members, sentence in (({"readme.txt": "a"}, "no csv"), ({"table.csv": "a,b\n1,2\n"}, "Name one as `member`")):
        with pytest.raises(DataError, match=sentence):
            read_site(_zip(tmp_path / "a.zip", members))


def test_a_zip_that_would_fill_the_memory_is_refused(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("landpda.sources.zipped.LARGEST", 100)
    path = _zip(tmp_path / "a.zip", {"X_SUBSET_DD_1.csv": "x" * 1000})
    with pytest.raises(DataError, match="would unpack"):
        read_site(path)


def test_a_locked_zip_is_told(data_dir, tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("X_SUBSET_DD_1.csv", "a,b\n1,2\n")
    raw = bytearray(content.getvalue())
    # Bit 0 of the general purpose flag, in the local header and in the directory, says "encrypted".
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(raw)
    with pytest.raises(DataError, match="locked"):
        read_site(path)
