"""Progress: a line at the start, now and then, and at the end; the time left at the pace so far."""

from __future__ import annotations

import io

import numpy as np

from landpda.cli.progress import note, progress_on, time_left


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_log_file_gets_few_lines():
    out, clock = io.StringIO(), Clock()
    with progress_on(out, clock=clock) as progress:
        for step in range(1, 101):
            clock.now = float(step)
            progress("dream_zs", step, 100, {"acceptance": np.asarray(0.25)})
    lines = out.getvalue().splitlines()
    assert lines[0] == "dream_zs: 1 of 100, acceptance 0.25"
    assert lines[1] == "dream_zs: 16 of 100, 1 min left, acceptance 0.25"
    assert lines[-1] == "dream_zs: 100 of 100, acceptance 0.25"
    assert len(lines) == 8


def test_a_resumed_run_judges_its_pace_from_where_it_began():
    out, clock = io.StringIO(), Clock()
    with progress_on(out, clock=clock) as progress:
        progress("dream_zs", 900, 1000, {})
        clock.now = 20.0
        progress("dream_zs", 910, 1000, {})
    assert out.getvalue().splitlines()[1] == "dream_zs: 910 of 1000, 3 min left"


def test_the_best_of_many_costs_is_shown_and_nothing_of_none():
    assert note({"cost": np.array([np.inf, 3.0, 5.0])}) == "cost 3"
    assert note({"cost": np.array([np.nan])}) == ""
    assert note({"runs": np.array(3)}) == ""


def test_time_left_in_words():
    assert [time_left(10.0, 1, more) for more in (1, 12, 720, 7200)] == ["10 s", "2 min", "2.0 h", "20 h"]
    assert time_left(10.0, 0, 5) == time_left(10.0, 5, 0) == ""


def test_a_terminal_gets_a_bar():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with progress_on(out) as progress:
        progress("dream_zs", 1, 2, {"acceptance": 0.3})
        progress("dream_zs", 2, 2, {"acceptance": 0.3})
    assert "dream_zs" in out.getvalue()
    assert "2/2" in out.getvalue()
