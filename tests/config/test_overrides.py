"""Laws of `--set`: it changes one entry, and leaves the rest and its argument alone."""

from __future__ import annotations

from copy import deepcopy

import pytest

from landpda.config.overrides import with_overrides
from landpda.core.errors import StudyError

CONTENT = {"method": "dream_zs", "also": ["laplace"], "streams": {"nbe": {"every": 2}, "lai": None}, "seed": 1}


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("seed=2", ["seed"], 2),
        ("seed = 2", None, None),
        ("streams.nbe.every=3", ["streams", "nbe", "every"], 3),
        ("streams.lai.every=8", ["streams", "lai"], {"every": 8}),
        ("streams.gpp.observation.sd=1e-1", ["streams", "gpp", "observation"], {"sd": 0.1}),
        ("method.num_chains=32", ["method"], {"name": "dream_zs", "num_chains": 32}),
        ("also.0=lbfgsb", ["also"], ["lbfgsb"]),
        ("also.1=lbfgsb", ["also"], ["laplace", "lbfgsb"]),
        ("also.1.name=lbfgsb", ["also"], ["laplace", {"name": "lbfgsb"}]),
        ("also=[]", ["also"], []),
        ("name=a=b", ["name"], "a=b"),
        ("twin={}", ["twin"], {}),
        ("search=", ["search"], None),
    ],
)
def test_one_entry_is_changed(override, path, value):
    before = deepcopy(CONTENT)
    changed = with_overrides(CONTENT, [override])
    assert before == CONTENT
    if path is None:
        assert changed["seed"] == 2
        return
    found = changed
    for key in path:
        found = found[key]
    assert found == value
    for key in set(CONTENT) - {path[0]}:
        assert changed[key] == CONTENT[key]


def test_later_ones_win():
    assert with_overrides(CONTENT, ["seed=2", "seed=3"])["seed"] == 3


@pytest.mark.parametrize(
    "override",
    ["seed", "=3", "a..b=1", "seed.x=1", "also.5=a", "also.x=a", "also.-1=a", "name=[1", "name={a: 1, a: 2}", ".=", ""],
)
def test_what_cannot_be_set_is_refused_and_named(override):
    with pytest.raises(StudyError) as refused:
        with_overrides(CONTENT, [override])
    assert override in refused.value.asked
