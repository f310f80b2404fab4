"""CARDAMOM: rules of uncertainty, two marks of missing, months; validation fluxes; drivers without dates."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.core.errors import DataError
from landpda.sources.canon import remarks_of
from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

NIWOT = "cardamom_dalec/fluxval_US-NR1_1100_ABGB_ET_GPP_mLAI_NBE_SCF_SOM_SHORT_REDUCED_UNC.cbf.nc"
DEMO = "cardamom_dalec/CARDAMOM_DEMO_DRIVERS.cbf.nc"
DRIVERS = "cardamom_dalec/dalec_drivers.OREGON.no_obs.dat"


@pytest.mark.parametrize("name", [NIWOT, DEMO])
def test_months_stand_on_their_first_day_and_forcing_is_complete(data_dir, name):
    dataset = read_site(data_dir / name)
    assert dataset.attrs["step"] == "MS"
    assert str(dataset["time"].values[0])[:10] == "2001-01-01"
    check_time(dataset, complete=("tmin", "tmax", "shortwave", "vpd", "precipitation", "co2", "burned_area", "snowfall"))
    for variable in dataset.data_vars:
        assert not (dataset[variable] == -9999).any()


def test_uncertainty_rules_become_errors_and_stay_in_the_attributes(data_dir):
    dataset = read_site(data_dir / NIWOT)
    nbe, gpp = dataset["nbe_uncertainty"].values, dataset["gpp"].values
    assert set(nbe[np.isfinite(nbe)]) == {1.0}
    expected = np.maximum(np.abs(gpp), 0.5) * np.log(1.25)
    np.testing.assert_allclose(dataset["gpp_uncertainty"], expected)
    assert dataset["gpp"].attrs["cardamom_opt_unc_type"] == 1.0
    assert dataset["gpp"].attrs["cardamom_min_threshold"] == 0.5
    assert dataset["lai"].attrs["cardamom_single_mean_unc"] == 2.0
    assert "lai_uncertainty" not in dataset
    assert dataset["gpp_validation"].isnull().all()
    assert any("opt_filter" in sentence for sentence in remarks_of(dataset))
    assert dataset.attrs["latitude"] == pytest.approx(40.0329)


def test_validation_months_are_dates_and_rates(data_dir):
    dataset = read_site(data_dir / "cardamom_dalec/fluxval/validation_DE-Hai.csv")
    assert str(dataset["time"].values[0])[:7] == "2007-01"
    assert float(dataset["nee"][0]) == pytest.approx(1.29607)
    assert dataset["et"].isnull().any()
    assert dataset.attrs["latitude"] == pytest.approx(51.0792)
    assert dataset.attrs["igbp"] == "DBF"


def test_drivers_without_dates_need_a_first_day_that_fits(data_dir):
    path = data_dir / DRIVERS
    dataset = read_site(path, start="2000-01-01")
    check_time(dataset, complete=("tmin", "tmax", "shortwave", "co2"))
    assert str(dataset["time"].values[-1])[:10] == "2002-12-31"
    assert float(dataset["tmax"][0]) == 1.481
    with pytest.raises(DataError, match="leap years"):
        read_site(path, start="2001-01-01")
    with pytest.raises(DataError, match="'soon'"):
        read_site(path, start="soon")
