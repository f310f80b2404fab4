"""Files damaged at random give a dataset or a sentence, never another exception."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landpda.core.errors import LandpdaError
from landpda.sources.site import read_site, recognised_by

TEXTS = {
    "fluxnet_csv/AMF_US-xBA_FLUXNET_SUBSET_MM_2019-2021_3-5.csv": {},
    "fluxnet_csv/FLX_CH-Cha_FLUXNET2015_FULLSET_HH_2005-2020_beta-3_first99rows.csv": {},
    "fluxnet_csv/AMF_US-CRT_BASE_HH_2-5.csv": {},
    "fluxnet_csv/AMF_US-CRT_BASE-BADM_2-5.zip": {},
    "fluxnet_csv/AMF_USMe2_2005_L4_h_V002.txt": {},
    "fluxnet_csv/FLX_FR-Pue_FLUXDATAKIT_FULLSET_DD_2000_2014_2-3.csv": {},
    "remote_sensing/US-Bi1_MCD15A2H_Lai_500m.csv": {},
    "remote_sensing/arcachon_MOD15A2H_Lai_500m_MODISTools_2004.csv": {},
    "remote_sensing/us_me2_oco3_sif.json": {},
    "cardamom_dalec/dalec_drivers.OREGON.no_obs.dat": {"start": "2000-01-01"},
    "cardamom_dalec/fluxval/validation_DE-Hai.csv": {},
    "callmip_daily_flux/CO2_1700_2024_TRENDYv2025.txt": {},
    "fluxnet_csv/US-Bi1-fluxes_2019.csv": {
        "columns": {"nee": {"column": "NEE_VUT_REF", "units": "umol m-2 s-1"}},
        "time": {"column": "TIMESTAMP_END", "stamp": "end"},
    },
}
NETCDFS = {
    "site_daily/FR-Pue.nc": {},
    "callmip_daily_flux/IT-MBo_daily_aggregated_2003-2012_FLUXNET2015_Flux.nc": {},
    "cardamom_dalec/fluxval_US-NR1_1100_ABGB_ET_GPP_mLAI_NBE_SCF_SOM_SHORT_REDUCED_UNC.cbf.nc": {},
    "fluxnet_halfhourly/BR-Sa1_2002-2005_FLUXNET2015_HH_from_zarr.nc": {},
}
ROWS = 50


@st.composite
def wounds(draw):
    """A few cuts, flips, zeros, deletions and repeats, by place as a share of the file."""
    kinds = st.sampled_from(["cut", "flip", "zero", "delete", "repeat", "byte"])
    place = st.one_of(st.floats(0, 1), st.floats(0, 0.02))
    return draw(st.lists(st.tuples(kinds, place, st.integers(1, 255), st.integers(1, 2000)), min_size=1, max_size=5))


def _wounded(content: bytes, damage) -> bytes:
    body = bytearray(content)
    for kind, place, value, length in damage:
        at = min(int(place * len(body)), max(len(body) - 1, 0))
        if not body:
            break
        if kind == "cut":
            del body[at:]
        elif kind == "flip":
            body[at] ^= value
        elif kind == "byte":
            body[at] = value
        elif kind == "zero":
            body[at : at + length] = bytes(len(body[at : at + length]))
        elif kind == "delete":
            del body[at : at + length]
        else:
            body[at:at] = body[at : at + length]
    return bytes(body)


def _survives(path, content, reader, declared):
    path.write_bytes(content)
    recognised_by(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            dataset = read_site(path, reader, **declared)
        except LandpdaError as error:
            assert 1 <= len(str(error).splitlines()) <= 3
            return
    assert dataset.sizes["time"] >= 1


def _content(data_dir, name):
    content = (data_dir / name).read_bytes()
    whole = name.endswith((".zip", ".nc", ".json")) or len(content) < 60_000
    return content if whole else b"\n".join(content.split(b"\n")[:ROWS]) + b"\n"


def _check(data_dir, tmp_path, name, declared, examples):
    content = _content(data_dir, name)
    path = tmp_path / name.split("/")[-1]
    path.write_bytes(content)
    reader = "generic_table" if "columns" in declared else recognised_by(path)[0]

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(wounds())
    def damaged_files_give_a_dataset_or_a_sentence(damage):
        _survives(path, _wounded(content, damage), reader, declared)

    damaged_files_give_a_dataset_or_a_sentence()


@pytest.mark.parametrize("name", TEXTS)
def test_damaged_text_gives_a_dataset_or_a_sentence(data_dir, tmp_path, name):
    _check(data_dir, tmp_path, name, TEXTS[name], 25)


@pytest.mark.parametrize("name", NETCDFS)
def test_damaged_netcdf_gives_a_dataset_or_a_sentence(data_dir, tmp_path, name):
    _check(data_dir, tmp_path, name, NETCDFS[name], 12)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TEXTS, *NETCDFS])
def test_much_damage_gives_a_dataset_or_a_sentence(data_dir, tmp_path, name):
    _check(data_dir, tmp_path, name, (TEXTS | NETCDFS)[name], 300)


@pytest.mark.parametrize("name", TEXTS)
def test_any_column_may_be_gone(data_dir, tmp_path, name):
    if not name.endswith(".csv") or "MCD15" in name:
        lines = _content(data_dir, name).split(b"\n")
        _survives(tmp_path / name.split("/")[-1], b"\n".join(lines[1:]), None, TEXTS[name])
        return
    text = _content(data_dir, name).decode().rstrip("\n").split("\n")
    comments = [line for line in text if line.startswith("#")]
    table = [line.split(",") for line in text if not line.startswith("#")]
    path = tmp_path / name.split("/")[-1]
    path.write_bytes(_content(data_dir, name))
    reader = "generic_table" if "columns" in TEXTS[name] else recognised_by(path)[0]
    for column in range(0, len(table[0]), max(len(table[0]) // 12, 1)):
        rows = [",".join(row[:column] + row[column + 1 :]) for row in table]
        _survives(path, "\n".join([*comments, *rows]).encode() + b"\n", reader, TEXTS[name])
