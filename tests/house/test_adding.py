"""The page on adding things is run as it stands: its examples are found, keep the house's rules, and work."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.config.dump import dump_resolved
from landpda.config.load import load_study
from landpda.config.resolve import resolve
from landpda.core import registry
from landpda.core.errors import StudyError
from landpda.core.model import Model
from landpda.core.registry import card, discover
from landpda.core.scenario import Scenario
from landpda.experiments.study import Study
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.operators.plan import OperatorPlan
from small_study import write_site, write_study

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "adding.md"
EXAMPLE = re.compile(r"^```python\n# (\w+)\.py\n(.*?)^```", re.MULTILINE | re.DOTALL)
CLASSES = {
    "light_use": ("LightUse", "landpda.models", Model),
    "random_search": ("RandomSearch", "landpda.methods", Method),
    "peak": ("PeakPlan", "landpda.observations.operators", OperatorPlan),
    "relative": ("RelativeError", "landpda.observations.errors", ErrorPlan),
}
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="installed without its docs")


@pytest.fixture
def plugged_in(tmp_path, monkeypatch):
    """The page's examples, as files of another package under its entry points."""
    examples = dict(EXAMPLE.findall(PAGE.read_text(encoding="utf-8")))
    assert set(examples) == set(CLASSES)
    for name, text in examples.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(importlib.sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    real = importlib.metadata.entry_points
    mine = [importlib.metadata.EntryPoint(name, f"{name}:{kind}", group) for name, (kind, group, _) in CLASSES.items()]
    monkeypatch.setattr(
        registry.importlib.metadata,
        "entry_points",
        lambda **asked: [*real(**asked), *(entry for entry in mine if entry.group == asked.get("group"))],
    )
    yield
    for name in examples:
        monkeypatch.delitem(importlib.sys.modules, name, raising=False)


def weather() -> Scenario:
    """Three days: frost, between, and warm."""
    forcing = {"shortwave": np.array([5.0, 10.0, 20.0]), "tmin": np.array([-10.0, 5.0, 20.0])}
    return Scenario(forcing, {}, np.arange(3.0), 1.0)


def test_the_model_runs_alone_in_a_block_and_backwards(plugged_in):
    model = discover("landpda.models", Model)["light_use"]()
    theta = {name: row.default for name, row in model.parameters.items()}
    alone = model.simulate(theta, weather(), ("gpp",))["gpp"]
    np.testing.assert_allclose(alone, [0.0, 2.5, 10.0])
    block = model.simulate({name: jnp.array([value, 0.5 * value]) for name, value in theta.items()}, weather(), ("gpp",))["gpp"]
    assert block.shape == (3, 2)
    np.testing.assert_allclose(block[:, 0], alone)

    def total(efficiency):
        return model.simulate(theta | {"efficiency": efficiency}, weather(), ("gpp",))["gpp"].sum()

    np.testing.assert_allclose(jax.grad(total)(0.5), 25.0)


def test_the_method_finds_what_its_draws_hold(plugged_in):
    method = discover("landpda.methods", Method)["random_search"](batch=32, num_batches=8)
    problem = linear_gaussian.problem()
    result = run(method, problem, jr.key(1))
    assert result.runs_used == 256
    assert np.all(np.diff(result.trace["cost"]) <= 0)
    np.testing.assert_allclose(problem.cost(result.estimate.z), result.estimate.cost)
    lowest = linear_gaussian.LOWEST_COST + linear_gaussian.LOG_SCALE
    middle = float(problem.cost(jnp.zeros(problem.n)))
    assert lowest <= float(result.estimate.cost) < lowest + 0.25 * (middle - lowest)


def study_with(streams, folder) -> Study:
    """The small study with these streams, read from its YAML."""
    write_site(folder)
    study = write_study(folder, streams=streams, periods={"fit_years": 1, "judge_years": 1}, constraints="none")
    text = dump_resolved(load_study(study))
    study.write_text(text, encoding="utf-8")
    assert dump_resolved(load_study(study)) == text
    return resolve(load_study(study))


def test_a_study_names_the_operator_and_the_error(plugged_in, tmp_path):
    lai = {"operator": {"name": "peak", "steps": 30}, "observation": 0.5, "structural": "none"}
    nbe = {"observation": "none", "structural": {"name": "relative", "floor": 0.3, "prior": "half_normal", "scale": 0.5}}
    study = study_with({"lai": lai, "nbe": nbe}, tmp_path)
    posed = study.pose()
    problem, peaks, net = posed.problem, *posed.problem.streams
    assert problem.names[-1] == "nbe_error_share"
    windows = study.site["lai"].values[:360].reshape(12, 30)
    np.testing.assert_array_equal(peaks.values, windows.max(axis=1))
    np.testing.assert_array_equal(posed.fitted["lai"], [True] * 12 + [False] * 11)
    daily = study_with({"lai": {"observation": 0.5, "structural": "none"}}, tmp_path).pose().problem
    predicted = daily.forward(jnp.zeros(daily.n))[:360].reshape(12, 30).max(axis=1)
    np.testing.assert_allclose(problem.forward(jnp.zeros(problem.n))[problem.slices["lai"]], predicted, rtol=1e-12)
    share = float(problem.space.to_physical(jnp.zeros(problem.n))["nbe_error_share"])
    np.testing.assert_allclose(jnp.exp(net.error.log_sd({"nbe_error_share": share})), np.hypot(share * net.values, 0.3))
    cost, gradient = problem.value_and_grad(jnp.zeros(problem.n))
    assert np.isfinite(cost) and np.all(np.isfinite(gradient)) and gradient[-1] != 0.0


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ({"operator": {"name": "peak", "step": 30}}, "streams.nbe.operator: .*Did you mean steps"),
        ({"operator": {"name": "peek"}}, "Did you mean peak"),
        ({"structural": {"name": "relative", "floor": "low"}}, "streams.nbe.structural: .*not a number"),
        ({"structural": {"name": "relative", "flor": 0.3, "floor": 0.3}}, "Settings of relative itself: floor"),
        ({"structural": "relative"}, "needs the setting 'floor'"),
    ],
)
def test_their_settings_are_checked(plugged_in, tmp_path, stream, words):
    write_site(tmp_path)
    with pytest.raises(StudyError, match=f"(?s){words}"):
        resolve(load_study(write_study(tmp_path, streams={"nbe": stream})))


def test_the_examples_have_cards(plugged_in):
    for name, (_, group, kind) in CLASSES.items():
        thing = discover(group, kind)[name]
        assert card(thing).endswith(".")
        if kind in (Model, Method):
            assert f"Source: [{thing.source}]" in inspect.getdoc(thing)


def test_every_file_and_folder_that_the_docs_name_is_there():
    text = PAGE.read_text(encoding="utf-8")
    for place in re.findall(r"`((?:src|tests)/[\w/.]+)`", text):
        assert (DOCS.parent / place).exists(), place


def test_the_index_lists_every_page():
    listed = re.findall(r"^- \[(\S+)\]\((\S+)\):", (DOCS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _ in listed} == {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert all(name == target for name, target in listed)
