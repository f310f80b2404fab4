"""Days from half hours: the published days come out again, by rules that are stated."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from landpda.core.errors import DataError
from landpda.sources.canon import Field, Site, assemble, remarks_of
from landpda.sources.daily import DailyRules, daily
from landpda.sources.random_error import error_of_mean, paired_days
from landpda.sources.site import read_site

SITES = ("DE-Hai", "FI-Hyy", "FR-Pue")


@pytest.fixture(scope="module")
def pairs(data_dir):
    found = {}
    for site in SITES:
        (path,) = (data_dir / "fluxnet_halfhourly").glob(f"{site}_*.nc")
        found[site] = xr.align(daily(read_site(path)), read_site(data_dir / "site_daily" / f"{site}.nc"))
    return found


def _agreement(ours, theirs):
    both = np.isfinite(ours) & np.isfinite(theirs)
    slope = np.polyfit(theirs[both], ours[both], 1)[0]
    return np.corrcoef(ours[both], theirs[both])[0, 1], slope, np.median(np.abs(ours - theirs)[both])


@pytest.mark.parametrize(
    ("site", "least_r", "slope_off", "median_off"),
    # DE-Hai's daily file is of a newer product version than the half hours; the other two are of the same.
    [("DE-Hai", 0.995, 0.015, 0.12), ("FI-Hyy", 0.9994, 0.001, 0.012), ("FR-Pue", 0.9995, 0.001, 0.006)],
)
def test_nee_of_the_day_is_the_published_one(pairs, site, least_r, slope_off, median_off):
    ours, theirs = pairs[site]
    correlation, slope, off = _agreement(ours["nee"].values, theirs["nbe"].values)
    assert correlation > least_r
    assert slope == pytest.approx(1.0, abs=slope_off)
    assert off < median_off


@pytest.mark.parametrize("name", ["tmin", "tmax", "shortwave", "vpd", "gpp"])
@pytest.mark.parametrize("site", ["FI-Hyy", "FR-Pue"])
def test_weather_of_the_day_is_the_published_one(pairs, site, name):
    ours, theirs = pairs[site]
    correlation, slope, off = _agreement(ours[name].values, theirs[name].values)
    assert correlation > 0.999999
    assert slope == pytest.approx(1.0, abs=1e-4)
    assert off < 2e-3
    assert ours[name].attrs["units"] == theirs[name].attrs["units"]


@pytest.mark.parametrize("site", ["FI-Hyy", "FR-Pue"])
def test_the_share_of_good_half_hours_chooses_the_published_days(pairs, site):
    ours, theirs = pairs[site]
    same = ours["nee"].notnull() == theirs["nbe"].notnull()
    assert float(same.mean()) > 0.998
    assert float(ours["nee_quality"].where(ours["nee"].notnull()).min()) >= 0.5


@pytest.mark.parametrize("site", SITES)
def test_the_random_error_is_of_the_published_size(pairs, site):
    ours, theirs = pairs[site]
    ratio = ours["nee_uncertainty"] / theirs["nbe_uncertainty"]
    assert 0.7 < float(ratio.median()) < 1.6
    assert any("pairs of like days" in sentence for sentence in remarks_of(ours))


def _halfhours(values, quality=None, name="nee", uncertainty=None, step="30min", start="2001-01-01"):
    length = np.timedelta64(30 if step == "30min" else 60, "m")
    times = np.datetime64(start, "ns") + np.arange(len(values)) * length
    fields = [Field(name, np.asarray(values, float), "gC m-2 d-1" if name == "nee" else "degC", name)]
    if quality is not None:
        fields.append(Field(name + "_quality", np.asarray(quality, float), "1", "qc"))
    if uncertainty is not None:
        fields.append(Field(name + "_uncertainty", np.asarray(uncertainty, float), "gC m-2 d-1", "unc"))
    return assemble(fields, times, step, Site("XX-Abc"), source_format="test", path="test")


def test_poor_half_hours_count_in_the_mean_but_not_in_the_share():
    quality = np.where(np.arange(96) % 48 < 24, 0, 3)
    quality[48:] = np.where(np.arange(48) < 23, 0, 3)
    result = daily(_halfhours(np.arange(96.0) / 4, quality))
    assert float(result["nee"][0]) == np.arange(48).mean() / 4
    assert np.isnan(result["nee"][1])
    assert result["nee_quality"].values.tolist() == [0.5, 23 / 48]
    lenient = daily(_halfhours(np.arange(96.0) / 4, quality), DailyRules(min_good_share=0.4))
    assert np.isfinite(lenient["nee"][1])


def test_forcing_needs_every_half_hour_and_gives_extremes():
    values = np.sin(np.arange(96) / 48 * 2 * np.pi) * 10
    values[60] = np.nan
    result = daily(_halfhours(values, name="tair"))
    assert float(result["tmin"][0]) == pytest.approx(-10)
    assert float(result["tmax"][0]) == pytest.approx(10)
    for name in ("tair", "tmin", "tmax"):
        assert np.isnan(result[name][1])


def test_hours_and_a_first_day_that_is_cut_make_days_too():
    result = daily(_halfhours(np.ones(36), step="60min", start="2001-01-01T12:00"), DailyRules(min_good_share=0.6))
    assert result["nee_quality"].values.tolist() == [0.5, 1.0]
    assert np.isnan(result["nee"][0])
    assert result.attrs["step"] == "1D"


def test_given_errors_shrink_with_the_square_root_of_their_number():
    result = daily(_halfhours(np.ones(96), uncertainty=np.full(96, 2.0)))
    np.testing.assert_allclose(result["nee_uncertainty"], 2 / np.sqrt(48))


def test_a_known_error_is_found_again():
    rng = np.random.default_rng(3)
    days, steps, sigma, correlation = 400, 48, 1.5, 0.4
    noise = np.zeros((days, steps))
    noise[:, 0] = rng.normal(size=days)
    for step in range(1, steps):
        noise[:, step] = correlation * noise[:, step - 1] + np.sqrt(1 - correlation**2) * rng.normal(size=days)
    signal = -5 * np.maximum(np.sin(np.linspace(0, 2 * np.pi, steps)), 0)
    estimate = paired_days(signal + sigma * noise, {})
    assert estimate is not None
    assert estimate.of(np.array([0.0, 5.0])) == pytest.approx([sigma, sigma], rel=0.05)
    assert estimate.correlation == pytest.approx(correlation, abs=0.03)
    predicted = error_of_mean(np.full((1, steps), sigma), correlation)[0]
    assert predicted == pytest.approx(float((sigma * noise).mean(axis=1).std()), rel=0.1)


def test_unlike_days_are_not_compared():
    rng = np.random.default_rng(4)
    flux = rng.normal(size=(100, 48))
    apart = np.arange(100)[:, None] % 2 * 100.0 + np.zeros((1, 48))
    assert paired_days(flux, {"tair": apart}) is None
    assert paired_days(flux, {"tair": apart * 0}) is not None


def test_days_of_days_and_crooked_clocks_are_refused():
    dataset = daily(_halfhours(np.ones(96)))
    with pytest.raises(DataError, match="steps are 1D"):
        daily(dataset)
    with pytest.raises(DataError, match="whole steps"):
        daily(_halfhours(np.ones(96), start="2001-01-01T00:10"))
