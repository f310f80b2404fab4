"""Scales and ticks: laws over many ranges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landpda.report.charts.axes import Scale, date_ticks, linear_ticks, log_ticks, spanning

ENDS = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))


@given(ENDS)
def test_linear_ticks_are_few_even_and_inside(ends: tuple[float, float]) -> None:
    low, high = ends[0], ends[0] + ends[1]
    ticks = [value for value, _ in linear_ticks(low, high)]
    slack = 1e-6 * (high - low) + 1e-9 * max(abs(low), abs(high))
    assert len(ticks) <= 9
    assert all(low - slack <= value <= high + slack for value in ticks)
    assert np.ptp(np.diff(ticks)) <= slack if len(ticks) > 2 else True


@given(st.floats(-9, 6), st.floats(0.2, 9))
def test_log_ticks_are_few_and_inside(power: float, width: float) -> None:
    low, high = 10**power, 10 ** (power + width)
    values = [value for value, _ in log_ticks(low, high)]
    assert 0 < len(values) <= 6 or width < 0.5
    assert all(0.99 * low <= value <= 1.01 * high for value in values)


@given(st.floats(-5, 20000), st.floats(2, 30000))
def test_date_ticks_are_few_and_inside(first: float, length: float) -> None:
    ticks = date_ticks(first, first + length)
    assert len(ticks) <= 10
    assert all(first <= day <= first + length for day, _ in ticks)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8))
def test_spanning_holds_every_value(values: list[float]) -> None:
    scale = spanning(np.array(values), start=10.0, stop=90.0)
    places = scale(np.array(values))
    assert scale.low < scale.high
    assert ((places >= 10.0 - 1e-6) & (places <= 90.0 + 1e-6)).all()


def test_places_of_what_cannot_be_placed_are_missing() -> None:
    scale = Scale(0.1, 10.0, 0.0, 100.0, logarithmic=True)
    assert scale(np.array([1.0, 10.0])) == pytest.approx([50.0, 100.0])
    assert np.isnan(scale(np.array([0.0, -1.0, np.nan, np.inf]))).all()
