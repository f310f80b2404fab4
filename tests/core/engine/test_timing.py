"""Times are those of the runs, less the compilation."""

from __future__ import annotations

import numpy as np

from landpda.core.engine.timing import microseconds, microseconds_per_step
from landpda.core.scenario import Scenario
from landpda.models.dalec.dalec2 import Dalec2


def test_median_of_the_runs_after_the_first():
    ticks = iter([0.0, 1.0, 10.0, 13.0, 20.0, 22.0])
    calls = []
    assert microseconds(lambda: calls.append(1), 3, clock=lambda: next(ticks)) == 2e6
    assert len(calls) == 4


def test_a_step_of_a_block_is_cheaper_than_a_step_alone():
    forcing = {
        name: np.full(365, value) for name, value in (("tmin", 5.0), ("tmax", 15.0), ("shortwave", 10.0), ("co2", 400.0))
    }
    scenario = Scenario(forcing, {"latitude": 50.0}, times=np.arange(365.0), dt=1.0)
    speed = microseconds_per_step(Dalec2(), scenario, "nbe", repeats=3)
    assert 0 < speed.forward < speed.gradient
    assert speed.forward < speed.alone
