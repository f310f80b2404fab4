"""The packed half hours: flags that are whole again, local time, the start of the interval, whole days."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.sources.site import read_site
from landpda.sources.time_axis import check_time

FIRST = {"BR-Sa1": 2002, "DE-Hai": 2001, "FI-Hyy": 2006, "FR-Pue": 2001, "US-NR1": 2001, "US-Ton": 2004}


@pytest.mark.parametrize("site", FIRST)
def test_whole_years_in_the_towers_clock(data_dir, site):
    (path,) = (data_dir / "fluxnet_halfhourly").glob(f"{site}_*.nc")
    dataset = read_site(path)
    check_time(dataset)
    assert str(dataset["time"].values[0]) == f"{FIRST[site]}-01-01T00:00:00.000000000"
    assert dataset.sizes["time"] % 48 == 0
    assert set(np.unique(dataset["nee_quality"].values[np.isfinite(dataset["nee_quality"].values)])) <= {0, 1, 2, 3}
    hour = dataset["time.hour"] + dataset["time.minute"] / 60 + 0.25
    noon = float((dataset["shortwave"] * hour).sum() / dataset["shortwave"].sum())
    # The sun stands highest where the longitude says, counted from the zone's meridian.
    offset = {"BR-Sa1": -3, "DE-Hai": 1, "FI-Hyy": 2, "FR-Pue": 1, "US-NR1": -7, "US-Ton": -8}[site]
    expected = 12 + offset - dataset.attrs["longitude"] / 15
    tolerance = 1.1 if site == "BR-Sa1" else 0.45  # its clock is known to be an hour off
    assert noon == pytest.approx(expected, abs=tolerance)


def test_the_offset_can_be_declared(data_dir):
    (path,) = (data_dir / "fluxnet_halfhourly").glob("DE-Hai_*.nc")
    local, universal = read_site(path), read_site(path, utc_offset=0.0)
    shift = universal["nee"].shift(time=2).values
    both = np.isfinite(shift) & np.isfinite(local["nee"].values)
    np.testing.assert_allclose(shift[both], local["nee"].values[both])
