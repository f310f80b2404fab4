"""Units: carbon as a substance, water as a depth, temperatures with their zero, and sentences for the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landpda.core.errors import UnitsError
from landpda.core.units import check_units, convert, factor, scale


@pytest.mark.parametrize(
    ("from_units", "to_units", "expected"),
    [
        ("umol m-2 s-1", "gC m-2 d-1", 86400e-6 * 12.011),
        ("umolCO2 m-2 s-1", "g C m-2 d-1", 86400e-6 * 12.011),
        ("umol CO2 m-2 s-1", "kgCO2 m-2 d-1", 86400e-6 * 44.01e-3),
        ("kgC m-2 s-1", "gC m-2 d-1", 8.64e7),
        ("gCO2 m-2 d-1", "gC m-2 d-1", 12.011 / 44.01),
        ("PgC", "GtC", 1.0),
        ("kgC ha-1", "gC m-2", 0.1),
        ("gC/m2/d", "gC m**-2 day**-1", 1.0),
        ("gC m^-2 yr^-1", "gC m-2 d-1", 1 / 365.25),
        ("hPa", "kPa", 0.1),
        ("W m-2", "MJ m-2 d-1", 0.0864),
        ("MJ m**-2 day**-1", "W/m2", 1 / 0.0864),
        ("W.m-2", "W m-2", 1.0),
        ("mm/day", "kg m-2 s-1", 1 / 86400),
        ("mm", "kg m-2", 1.0),
        ("kg m-2 s-1", "mm d-1", 86400.0),
        ("m2 m-2", "1", 1.0),
        ("%", "1", 0.01),
        ("m3 m-3", "%", 100.0),
        ("ppm", "1", 1e-6),
        ("umol mol-1", "ppm", 1.0),
        ("unitless", "1", 1.0),
        ("kPa^0.5", "Pa**0.5", 1000**0.5),
        ("1/Pa", "hPa-1", 100.0),
        ("degrees_north", "degree", 1.0),
        ("µmol m−2 s−1", "umol m-2 s-1", 1.0),
    ],
)
def test_what_measures_the_same_thing_converts(from_units, to_units, expected):
    assert factor(from_units, to_units) == pytest.approx(expected, rel=1e-12)
    assert factor(to_units, from_units) == pytest.approx(1 / expected, rel=1e-12)


def test_temperatures_move_their_zero():
    np.testing.assert_allclose(convert(np.array([-40.0, 0.0, 20.0]), "degC", "K"), [233.15, 273.15, 293.15])
    np.testing.assert_allclose(convert([273.15], "K", "deg C"), [0.0], atol=1e-9)
    assert convert(32.0, "degF", "C") == pytest.approx(0.0, abs=1e-9)
    assert scale("K", "degC") == 1.0
    with pytest.raises(UnitsError, match="shifts the zero"):
        factor("degC", "K")


def test_a_plain_gram_of_carbon_must_name_its_substance():
    with pytest.raises(UnitsError, match="Name the substance") as caught:
        convert(1.0, "g m-2 d-1", "gC m-2 d-1", what="gpp")
    assert "gpp" in caught.value.asked


def test_latent_heat_becomes_water_only_when_asked():
    with pytest.raises(UnitsError, match="latent_heat"):
        convert(100.0, "W m-2", "mm d-1")
    assert convert(100.0, "W m-2", "mm d-1", through="latent_heat") == pytest.approx(100 * 86400 / 2.45e6)
    assert convert(1.0, "kg m-2 s-1", "W m-2", through="latent_heat") == pytest.approx(2.45e6)


@pytest.mark.parametrize("units", ["foo", "gC m-2 d-1)", "m s- 1", "m**", "((", "gC m-2 (8 d)-1", "\x00"])
def test_unknown_units_are_a_sentence(units):
    with pytest.raises(UnitsError, match="cannot be read"):
        check_units(units, what="nee")


@pytest.mark.parametrize(("from_units", "to_units"), [("m", "s"), ("gC m-2", "gC m-2 d-1"), ("degC", "hPa")])
def test_different_kinds_do_not_convert(from_units, to_units):
    with pytest.raises(UnitsError) as caught:
        convert(1.0, from_units, to_units)
    assert from_units in caught.value.asked
    assert caught.value.do


@given(st.text(max_size=12))
def test_no_text_breaks_the_reader_of_units(text):
    try:
        check_units(text)
    except UnitsError as error:
        assert error.do


@given(
    st.floats(-1e6, 1e6),
    st.sampled_from([("gC m-2 d-1", "umol m-2 s-1"), ("degC", "K"), ("hPa", "Pa"), ("mm d-1", "kg m-2 s-1")]),
)
def test_there_and_back_is_the_same(value, pair):
    there, back = pair
    assert convert(convert(value, there, back), back, there) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_importing_does_not_load_pint():
    code = "import sys, landpda.core.units; sys.exit('pint' in sys.modules)"
    path = str(Path(__file__).resolve().parents[2] / "src")
    assert subprocess.run([sys.executable, "-c", code], check=False, env=os.environ | {"PYTHONPATH": path}).returncode == 0
