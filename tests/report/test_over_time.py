"""The section on parameters over time says which of them drift."""

from __future__ import annotations

import numpy as np
import xarray as xr
from synthetic_run import Made, synthetic_run

from landpda.report.page import render
from landpda.report.record import Record
from landpda.report.sections import over_time

DAYS = 200


def filtered(tree: xr.DataTree) -> xr.DataTree:
    """A run with a group over time, in which one parameter drifts and one is not seen at all."""
    tree = tree.copy()
    names = [str(name) for name in tree["posterior"].data_vars][:3]
    middle = np.array([float(tree["posterior"][name].mean()) for name in names])
    mean = np.tile(middle, (DAYS, 1))
    mean[:, 0] *= np.linspace(1.0, 2.0, DAYS)
    width = np.array([0.05, 0.3, 0.0]) * middle
    rows = {"mean": mean, "low": mean - width, "high": mean + width}
    time = np.datetime64("2001-01-01", "ns") + np.arange(DAYS) * np.timedelta64(1, "D")
    tree["parameters_over_time"] = xr.Dataset(
        {name: (("time", "parameter"), values) for name, values in rows.items()},
        coords={"time": time, "parameter": names},
    )
    return tree


def test_what_drifts_farthest_comes_first_and_what_is_held_is_left_out() -> None:
    tree = filtered(synthetic_run(Made("twin")))
    built = over_time.section(Record(tree))
    assert built is not None
    assert "2 parameters as they stood after each of 200 times" in built.lead
    assert "1 moved by more than 2" in built.lead
    names = [str(name) for name in tree["parameters_over_time"].parameter.values]
    assert [figure.title for figure in built.content["figures"]] == names[:2]


def test_a_run_without_a_filter_has_no_such_section(holdout: xr.DataTree) -> None:
    assert over_time.section(Record(holdout)) is None


def test_the_page_holds_the_section() -> None:
    page = render(filtered(synthetic_run(Made("twin"))))
    assert 'id="over_time"' in page and "Parameters over time" in page
