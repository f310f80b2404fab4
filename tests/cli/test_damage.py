"""Random damage to a valid study and to valid files: whatever happens, the user gets a sentence and never a traceback."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import toy_model
from landpda.cli.main import USER_ERROR, main
from landpda.config.dump import dump_resolved
from landpda.config.load import load_study
from landpda.config.resolve import resolve
from landpda.core.errors import LandpdaError
from small_study import STUDY, write_site, write_study

TOY = deepcopy(STUDY) | {
    "model": "toy",
    "parameters": {"warming": {"fixed": 0.04}, "light_use": {"prior": "uniform", "low": 0.1, "high": 1}},
}
QUICKLY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(
        ["none", "file", "soft", "auto", "estimated", "nbe", "dream_zs", "2001-01-01", "$X", "~nobody/x", "a\0b", "/dev/null"]
    )
    | st.lists(st.integers() | st.text(max_size=3), max_size=3)
    | st.dictionaries(
        st.sampled_from(["name", "sd", "kind", "prior", "fixed", "x", "low", "file"]),
        st.integers() | st.text(max_size=3),
        max_size=3,
    )
)


def places(content: Any, path: tuple = ()) -> list[tuple]:
    """The path of every entry."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [(*path, key) for key, _ in inner] + [place for key, value in inner for place in places(value, (*path, key))]


def sentence_or_study(path: Path) -> None:
    """The study resolves, or it is said in at most three parts why it does not."""
    try:
        spec = load_study(path)
        resolve(spec)
        dump_resolved(spec)
    except LandpdaError as error:
        assert error.asked
        assert error.found or error.do


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("valid")
    write_site(folder)
    with pytest.MonkeyPatch.context() as patch:
        toy_model.install(patch)
        path = write_study(folder, **TOY)
        resolve(load_study(path))
        yield folder


@QUICKLY
@given(st.data())
def test_an_entry_replaced_by_anything(valid, data):
    content = deepcopy(TOY)
    for _ in range(data.draw(st.integers(1, 2))):
        *path, last = data.draw(st.sampled_from(places(content)))
        holder = content
        for key in path:
            holder = holder[key]
        action = data.draw(st.sampled_from(["replace", "drop", "rename"]))
        if action == "replace":
            holder[last] = data.draw(VALUES)
        elif action == "drop":
            del holder[last]
        elif isinstance(holder, dict):
            holder[data.draw(st.text(max_size=6))] = holder.pop(last)
        if not content:
            break
    (valid / "damaged.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8", errors="replace")
    sentence_or_study(valid / "damaged.yaml")


@QUICKLY
@given(st.data())
def test_bytes_of_the_study_changed(valid, data):
    text = bytearray((valid / "study.yaml").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=4))
    (valid / "damaged.yaml").write_bytes(bytes(text))
    sentence_or_study(valid / "damaged.yaml")


@QUICKLY
@given(st.text(max_size=30))
def test_any_override(valid, override):
    try:
        load_study(valid / "study.yaml", [override])
    except LandpdaError as error:
        assert error.asked


@QUICKLY
@given(st.data())
def test_bytes_of_the_data_changed_or_cut(valid, tmp_path, data):
    text = bytearray((valid / "site.csv").read_bytes())
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, max(len(text) - 1, 0)))
        text[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    write_study(tmp_path, **TOY)
    (tmp_path / "site.csv").write_bytes(bytes(text))
    sentence_or_study(tmp_path / "study.yaml")


@QUICKLY
@given(st.data())
def test_bytes_of_a_netcdf_file_changed_or_cut(valid, tmp_path, data):
    text = bytearray(netcdf(valid))
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, max(len(text) - 1, 0)))
        text[place : place + 1] = data.draw(st.binary(min_size=1, max_size=1))
    columns = {"nbe": {"column": "nbe", "units": "gC m-2 d-1"}, "tmin": {"column": "tmin", "units": "degC"}}
    site = {"file": "site.nc", "format": "generic_netcdf", "latitude": 50.0, "columns": columns}
    write_study(tmp_path, **(TOY | {"site": site, "streams": {"nbe": {"observation": 0.5}}, "periods": None}))
    (tmp_path / "site.nc").write_bytes(bytes(text))
    sentence_or_study(tmp_path / "study.yaml")


def netcdf(folder: Path) -> bytes:
    """A small valid NetCDF file; written once."""
    path = folder / "valid.nc"
    if not path.exists():
        import xarray as xr

        times = np.arange(40.0)
        xr.Dataset(
            {"nbe": ("time", np.sin(times), {"units": "gC m-2 d-1"}), "tmin": ("time", np.cos(times), {"units": "degC"})},
            coords={"time": ("time", times, {"units": "days since 2001-01-01"})},
        ).to_netcdf(path, engine="h5netcdf")
    return path.read_bytes()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            ["calibrate", "list", "new", "--set", "--out", "x", "models", "--help", "-h", "--resume", "\x00", "--seed"]
        ),
        max_size=4,
    )
)
def test_any_command_line_is_answered(words):
    # `new` and `calibrate` need a file that is not there; nothing here reaches work.
    words = [word for word in words if word != "new"]
    assert main(words) in (0, USER_ERROR)
