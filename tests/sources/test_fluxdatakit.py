"""FluxDataKit: daily means in umol, NA, ISO dates, extremes that are none."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site

PUE = "fluxnet_csv/FLX_FR-Pue_FLUXDATAKIT_FULLSET_DD_2000_2014_2-3.csv"
LAE = "fluxnet_csv/FLX_CH-Lae_FLUXDATAKIT_FULLSET_DD_2004_2014_2-3.csv"


@pytest.mark.parametrize(("ours", "theirs"), [("nee", "nbe"), ("gpp", "gpp"), ("shortwave", "shortwave"), ("vpd", "vpd")])
def test_it_tells_what_the_daily_set_tells_of_the_same_tower(data_dir, ours, theirs):
    a, b = xr.align(read_site(data_dir / PUE), read_site(data_dir / "site_daily/FR-Pue.nc"))
    x, y = a[ours].values, b[theirs].values
    both = np.isfinite(x) & np.isfinite(y)
    assert np.corrcoef(x[both], y[both])[0, 1] > 0.99
    assert (x[both] * y[both]).sum() / (y[both] ** 2).sum() == pytest.approx(1.0, abs=0.005)


def test_extremes_that_are_the_mean_are_left_out(data_dir):
    false, true = read_site(data_dir / PUE), read_site(data_dir / LAE)
    assert "tmin" not in false
    assert any("TMIN_F_MDS equals" in sentence for sentence in remarks_of(false))
    assert float((true["tmax"] - true["tmin"]).median()) > 3


def test_a_site_without_nee_says_so(data_dir):
    dataset = read_site(data_dir / LAE)
    assert "nee" not in dataset
    assert any("no NEE" in sentence for sentence in remarks_of(dataset))
    assert dataset["le_corrected_uncertainty"].isnull().all()
