"""Everything that a study can name has a card, and a method's card says what it costs, when it fails and whose it is."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import pytest

import landpda
from landpda.cli.catalogue import cards
from landpda.cli.verbs.list import THINGS
from landpda.core.model import Model
from landpda.core.registry import card, discover
from landpda.methods.method import Method
from landpda.observations.errors.error_model import ErrorModel
from landpda.observations.errors.parts import ErrorPart
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.operators.operator import ObservationOperator
from landpda.observations.operators.plan import OperatorPlan
from landpda.parameters.priors.prior import Prior
from landpda.sources.source import Source

KINDS = {
    "landpda.methods": (Method,),
    "landpda.models": (Model,),
    "landpda.observations.errors": (ErrorModel, ErrorPart, ErrorPlan),
    "landpda.observations.operators": (ObservationOperator, OperatorPlan),
    "landpda.parameters.priors": (Prior,),
    "landpda.sources": (Source,),
}
EVERYTHING = [thing for package, kinds in KINDS.items() for kind in kinds for thing in discover(package, kind).values()]
METHODS = discover("landpda.methods", Method)
CHOOSING = Path(landpda.__file__).parents[2] / "docs" / "choosing.md"


@pytest.mark.parametrize("thing", EVERYTHING, ids=lambda thing: thing.__name__)
def test_everything_has_a_card(thing):
    assert thing.__doc__, f"{thing.__name__} has no docstring of its own"
    said = card(thing)
    assert said[0].isupper() or not said[0].isalpha()
    assert said.endswith("."), f"the card of {thing.__name__} is no sentence: {said!r}"


def test_no_kind_is_empty():
    for package, kinds in KINDS.items():
        for kind in kinds:
            assert discover(package, kind), f"no {kind.__name__} in {package}"


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_a_method_says_what_it_needs_gives_costs_and_when_it_fails(method):
    words = inspect.getdoc(method) or ""
    assert re.search(r"\bNeeds\b", words)
    assert re.search(r"\bGives\b", words)
    cost = re.search(r"\bCosts\b[^.]*(?:\.\d[^.]*)*\.", words)
    assert cost, "it does not say what it costs"
    assert re.search(r"\b(runs?|gradients?|Newton iterations)\b", cost[0]), f"its cost is not in runs or gradients: {cost[0]!r}"
    assert re.search(r"\b(runs?|gradients?)\b", words)
    assert re.search(r"\bFails\b", words)
    assert re.search(rf"Source: \[{method.source}\]", words), "its Source line begins with another key than `source`"


@pytest.mark.parametrize("model", discover("landpda.models", Model).values(), ids=lambda model: model.name)
def test_a_model_says_whose_it_is(model):
    words = inspect.getdoc(model) or ""
    assert "Source: [" in words
    assert f"[{model.source}]" in words


@pytest.mark.parametrize("what", [thing for thing in THINGS if thing != "parameters"])
def test_the_catalogue_shows_every_card(what):
    lines = cards(what).splitlines()
    names = [line for line in lines if not line.startswith(" ")]
    assert names
    assert len(names) < len(lines), "names without cards"


@pytest.mark.skipif(not CHOOSING.is_file(), reason="installed without its docs")
def test_the_page_on_methods_is_made_from_the_cards():
    spec = importlib.util.spec_from_file_location("make_choosing", CHOOSING.with_name("make_choosing.py"))
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    page = CHOOSING.read_text(encoding="utf-8")
    assert page == maker.page(), "run python docs/make_choosing.py"
    assert set(re.findall(r"^\| `(\w+)` \|", maker.cards(), re.MULTILINE)) == set(METHODS)
