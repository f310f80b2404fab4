"""What single sections say."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from synthetic_run import Made, synthetic_run

from landpda.report.elements import elements
from landpda.report.record import Record
from landpda.report.section import Section, builders
from landpda.report.sections import cost, fit, optima, question, recovery
from landpda.report.series import broken, payload
from landpda.report.streams import measured_streams


def build(section: Callable[[Record], Section | None], tree: xr.DataTree) -> Section:
    built = section(Record(tree))
    assert built is not None
    return built


def test_sections_come_in_the_order_of_a_reader() -> None:
    keys = [key for key, _ in builders()]
    assert keys[:5] == ["question", "methods_compared", "data", "parameters", "recovery"]
    assert keys[-2:] == ["cautions", "effort"]


def test_question_names_what_was_asked(holdout: xr.DataTree) -> None:
    built = build(question.section, holdout)
    assert "16 parameters of dalec2" in built.lead and "DE-Hai (nbe and lai)" in built.lead
    facts = dict(built.content["facts"])
    assert facts["Site"] == "DE-Hai, 51.08° N" and facts["Judged on"] == "2005-01-01 to 2008-12-31"


def test_cost_sums_its_terms_and_counts_per_datum(holdout: xr.DataTree) -> None:
    rows = {row["term"]: row for row in build(cost.section, holdout).content["rows"]}
    assert rows["total"]["after"] == pytest.approx(float(holdout["cost"].after.sum()))
    assert rows["nbe"]["per_datum"] == pytest.approx(2 * 905.5 / 1827)
    assert rows["prior"]["per_datum"] is None


def test_recovery_counts_what_was_found() -> None:
    tree = synthetic_run(Made("twin"))
    built = build(recovery.section, tree)
    inside = int(tree["recovery"].inside90.sum())
    assert f"holds the truth for {inside} of 16" in built.lead
    missed = [str(name) for name in tree["recovery"].parameter.values[tree["recovery"].inside90.values < 0.5]]
    assert all(name in built.lead for name in missed)


def test_optima_tell_one_answer_from_several(holdout: xr.DataTree) -> None:
    assert "som_respiration_rate" in build(optima.section, holdout).content["apart"]
    tree = holdout.copy()
    search = tree["optima"].to_dataset()
    same = search["theta"].isel(start=0) * (1 + 1e-6 * search["cost"] / search["cost"].max())
    tree["optima"] = xr.DataTree(search.assign(theta=same.transpose("start", "parameter")))
    built = build(optima.section, tree)
    assert built.content["apart"] == [] and "in the same place" in built.lead


def test_parameters_alone_are_shown_beside_the_whole_interval(holdout: xr.DataTree) -> None:
    stream = build(fit.section, holdout).content["streams"][0]
    drawing = str(stream["coverage"].drawing)
    shares = [int(share) for share in re.findall(r"(\d+)\u202f% held out", drawing)]
    assert shares[0] < 20 < shares[1] < shares[2] and 80 <= shares[2] <= 97


def test_few_data_are_dots_with_strokes() -> None:
    tree = synthetic_run(Made(years=1, draws=60))
    keep = {"lai_time": slice(0, 3)}
    for group in ("observed_data", "best_fit", "prior_fit", "predictive_intervals"):
        tree[group] = xr.DataTree(tree[group].to_dataset().isel(keep))
    stream = build(fit.section, tree).content["streams"][1]
    assert stream["series"] is None and 'class="whisker total"' in stream["still"].drawing


def test_lines_break_at_long_gaps(holdout: xr.DataTree) -> None:
    tree = holdout.copy()
    observed = tree["observed_data"].to_dataset()
    keep = np.r_[0:100, 160:400]
    for group in ("observed_data", "best_fit", "prior_fit", "predictive_intervals"):
        tree[group] = xr.DataTree(tree[group].to_dataset().isel(nbe_time=keep))
    stream = measured_streams(Record(tree))[0]
    days, place = broken(stream)
    assert len(observed["nbe"]) > len(days) == len(keep) + 1
    assert (days[place] == stream.days).all() and 100 not in place


def test_payload_holds_the_data_and_marks_what_was_held_out(holdout: xr.DataTree) -> None:
    stream = measured_streams(Record(holdout))[0]
    data = payload(stream)
    assert data is not None and len(data["days"]) == len(data["fitted"]) == 3288
    assert data["fitted"].count("0") == 1461
    dots = next(layer for layer in data["layers"] if layer["kind"] == "dots")
    assert dots["y"] == pytest.approx(stream.observed, rel=1e-3)


def test_axes_follow_the_prior(holdout: xr.DataTree) -> None:
    known = {one.name: one for one in elements(Record(holdout))}
    assert known["c_som_initial"].logarithmic and not known["onset_day"].logarithmic
    assert known["c_som_initial"].place(np.array([1.0, 200000.0**0.5, 200000.0])) == pytest.approx([0.0, 0.5, 1.0])


def test_days_a_year_apart_are_the_same_day(holdout: xr.DataTree) -> None:
    """A range of three rounds is drawn as one round, and ends of searches a round apart are one end."""
    tree = holdout.copy()
    for group in ("posterior", "prior"):
        dataset = tree[group].to_dataset()
        turned = dataset["fall_day"] + 365.25 * (np.arange(dataset.sizes["draw"]) % 3 if group == "prior" else 1)
        turned.attrs = dataset["fall_day"].attrs | {"low": 1.0, "high": 1096.75}
        tree[group] = xr.DataTree(dataset.assign(fall_day=turned))
    one = {element.name: element for element in elements(Record(tree))}["fall_day"]
    assert one.circular and one.ends[1] - one.ends[0] == pytest.approx(365.25)
    assert one.place(np.median(one.draws)) == pytest.approx(0.5)
    assert one.place(np.median(one.draws) - 730.5) == pytest.approx(0.5)
    search = tree["optima"].to_dataset()
    theta = search["theta"].isel(start=0) * (1 + 0 * search["cost"])
    turns = 365.25 * (np.arange(search.sizes["start"]) % 3)
    theta = theta + xr.DataArray(turns, dims="start") * (search["parameter"] == "fall_day")
    tree["optima"] = xr.DataTree(search.assign(theta=theta.transpose("start", "parameter")))
    assert build(optima.section, tree).content["apart"] == []
