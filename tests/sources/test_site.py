"""One call for every format: each real file is known by one reader, and what cannot be read is told in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.core.errors import DataError, LandpdaError, StudyError
from landpda.core.registry import card
from landpda.sources.canon import canonical, remarks_of
from landpda.sources.site import read_site, recognised_by, sources
from landpda.sources.time_axis import is_subdaily

KNOWN = {
    "site_daily/*.nc": "site_daily",
    "callmip_daily_flux/*.nc": "callmip",
    "callmip_daily_flux/*.txt": "trendy_co2",
    "fluxnet_halfhourly/*.nc": "fluxnet_halfhourly",
    "fluxnet_csv/AMF_*_FLUXNET_*SET_*.csv": "fluxnet",
    "fluxnet_csv/AMF_*_ERA5_*.csv": "fluxnet",
    "fluxnet_csv/FLX_CH-Cha*.csv": "fluxnet",
    "fluxnet_csv/*FLUXDATAKIT*.csv": "fluxdatakit",
    "fluxnet_csv/AMF_*_BASE_*.csv": "ameriflux_base",
    "fluxnet_csv/*.zip": "zip",
    "fluxnet_csv/*_L4_h_*": "ameriflux_l4",
    "fluxnet_csv/*_L2_*.nc": "ameriflux_l2",
    "remote_sensing/*MCD15*.csv": "modis_subset",
    "remote_sensing/arcachon*.csv": "modistools",
    "remote_sensing/*_sif.json": "oco3_sif",
    "cardamom_dalec/*.cbf.nc": "cardamom",
    "cardamom_dalec/fluxval/validation_??-??[a-m].csv": "cardamom_validation",
}
UNREADABLE = {
    "fluxnet_csv/*AUX*.csv": ("fluxnet_auxiliary", "auxiliary file"),
    "remote_sensing/*_dates.json": ("oco3_sif", "sounding numbers"),
    "remote_sensing/ESACCI*.nc": ("esacci_soil_moisture", "Declare latitude"),
    "cardamom_dalec/*.dat": ("pecan_dalec", "Declare its first day"),
}
GENERIC = (
    "fluxnet_csv/US-Bi1-*.csv",
    "fluxnet_csv/bigleaf_*.csv",
    "fluxnet_csv/st_flux212.csv",
    "fluxnet_csv/*.xlsx",
    "site_daily/*.csv",
)


@pytest.mark.parametrize("pattern", KNOWN)
def test_each_real_file_is_known_by_one_reader_and_is_canonical(data_dir, pattern):
    paths = sorted(data_dir.glob(pattern))
    assert paths, pattern
    for path in paths:
        assert recognised_by(path) == [KNOWN[pattern]], path.name
        dataset = read_site(path)
        assert dataset.sizes["time"] == np.unique(dataset["time"]).size
        assert dataset.attrs["source_format"] in (KNOWN[pattern], "ameriflux_base")
        assert remarks_of(dataset)
        subdaily = is_subdaily(dataset.attrs["step"])
        for name in dataset.data_vars:
            assert dataset[name].attrs["units"] == canonical(str(name), subdaily=subdaily).units
            assert dataset[name].dtype == np.float64
            assert not (dataset[name] < -999).any(), (path.name, name)


@pytest.mark.parametrize("pattern", UNREADABLE)
def test_files_without_series_or_place_say_so(data_dir, pattern):
    name, sentence = UNREADABLE[pattern]
    for path in sorted(data_dir.glob(pattern)):
        assert recognised_by(path) == [name]
        with pytest.raises(DataError, match=sentence):
            read_site(path)


@pytest.mark.parametrize("pattern", GENERIC)
def test_files_of_no_known_kind_ask_for_a_declaration(data_dir, pattern):
    for path in sorted(data_dir.glob(pattern)):
        with pytest.raises(DataError, match="declare its columns"):
            read_site(path)


def test_every_reader_has_a_card_and_a_description():
    for name, kind in sources().items():
        assert kind.name == name
        assert card(kind)
        assert kind.description


def test_what_is_not_a_readable_file_is_told(tmp_path, monkeypatch):
    empty, folder = tmp_path / "empty.csv", tmp_path / "folder.nc"
    empty.touch()
    folder.mkdir()
    for path, word in ((empty, "empty"), (folder, "folder"), (tmp_path / "emty.csv", "beside it there is empty.csv")):
        with pytest.raises(DataError, match=word):
            read_site(path)
    with pytest.raises(DataError, match="no folder"):
        read_site(tmp_path / "none" / "a.csv")
    locked = tmp_path / "locked.csv"
    locked.write_text("a,b\n1,2\n")

    def refuse(*args, **kwargs):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match="not permitted"):
        read_site(locked)


@pytest.mark.parametrize("name", ["noise.csv", "noise.nc", "noise.zip", "noise.txt.gz", "noise.json"])
def test_binary_noise_is_told(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(1).bytes(5000))
    with pytest.raises(DataError, match="No reader recognises it"):
        read_site(path)
    for reader in sources():
        with pytest.raises(LandpdaError):
            read_site(
                path, reader, latitude=1.0, longitude=1.0, start="2001-01-01", columns={"nee": {"column": "a", "units": "1"}}
            )


def test_names_that_are_not_known_get_the_nearest(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(StudyError, match="Did you mean fluxnet"):
        read_site(path, "fluxnt")
    with pytest.raises(DataError, match="Did you mean latitude"):
        read_site(path, latitud=1.0)


def test_impossible_positions_are_told(data_dir):
    with pytest.raises(DataError, match=r"latitude .*\n.*510"):
        read_site(data_dir / "site_daily" / "FR-Pue.nc", latitude=510.0)


def test_a_zip_that_is_cut_is_told(data_dir, tmp_path):
    content = (data_dir / "fluxnet_csv" / "AMF_US-CRT_BASE-BADM_2-5.zip").read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="damaged"):
        read_site(path)
