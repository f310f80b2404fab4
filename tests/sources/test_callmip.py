"""CalLMIP: the halved site, the sign, the sparse sites, both shapes of the files."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.core.errors import DataError
from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site

FOLDER = "callmip_daily_flux"


def _slope(a, b):
    both = np.isfinite(a) & np.isfinite(b)
    return float((a[both] * b[both]).sum() / (b[both] ** 2).sum()), float(np.corrcoef(a[both], b[both])[0, 1])


@pytest.mark.parametrize("site", ["US-MMS", "FI-Hyy", "FR-Pue", "DE-Hai", "AU-How"])
def test_nee_is_that_of_the_same_tower_in_another_product(data_dir, site):
    (path,) = (data_dir / FOLDER).glob(f"{site}_*.nc")
    ours, other = xr.align(read_site(path), read_site(data_dir / "site_daily" / f"{site}.nc"))
    slope, correlation = _slope(ours["nee"].values, other["nbe"].values)
    assert slope == pytest.approx(1.0, abs=0.01)
    assert correlation > 0.99
    doubled = any("doubled" in sentence for sentence in remarks_of(ours))
    assert doubled == (site == "US-MMS")


def test_doubling_doubles_the_uncertainty_too(data_dir):
    (path,) = (data_dir / FOLDER).glob("US-MMS_*.nc")
    with xr.open_dataset(path, decode_times=False) as raw:
        expected = 2 * float(raw["NEE_uc_daily"].median())
    assert float(read_site(path)["nee_uncertainty"].median()) == pytest.approx(expected)


def test_sparse_sites_are_named(data_dir):
    for path in sorted((data_dir / FOLDER).glob("*.nc")):
        dataset = read_site(path)
        sparse = float(dataset["nee"].notnull().mean()) < 0.05
        assert sparse == (dataset.attrs["site"] in ("AU-How", "CH-Dav", "DE-Hai", "US-Ton")), path.name
        assert sparse == any("too few" in sentence for sentence in remarks_of(dataset))


def test_both_phases_of_one_site_agree_where_they_overlap(data_dir):
    older, newer = sorted((data_dir / FOLDER).glob("DK-Sor_*.nc"))
    a, b = xr.align(read_site(older), read_site(newer))
    assert a.sizes["time"] == 6209
    for key in ("latitude", "longitude"):
        assert a.attrs[key] == pytest.approx(b.attrs[key], abs=1e-4)
    assert float(np.abs(a["nee"] - b["nee"]).max()) < 1e-3


def test_summer_takes_carbon_up_although_the_name_says_net_downward(data_dir):
    (path,) = (data_dir / FOLDER).glob("DK-Sor_*2014*.nc")
    nee = read_site(path)["nee"]
    assert float(nee.where(nee["time.month"] == 6).mean()) < -2
    assert float(nee.where(nee["time.month"] == 12).mean()) > 0.5


def test_the_annual_co2_has_its_last_line_without_a_newline(data_dir):
    dataset = read_site(data_dir / FOLDER / "CO2_1700_2024_TRENDYv2025.txt")
    assert dataset.sizes["time"] == 325
    assert float(dataset["co2"].sel(time="2024").item()) == 422.77
    assert dataset["co2"].attrs["units"] == "ppm"


def test_a_damaged_line_of_co2_is_told(tmp_path):
    path = tmp_path / "co2.txt"
    path.write_text("Annee_1700=277.57\nAnnee_1701=abc\n")
    with pytest.raises(DataError, match="Line 2"):
        read_site(path)
