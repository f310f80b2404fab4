"""Models of two lines that compile in a moment, and how a test installs them as another package would."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp
import pytest

from landpda.core import registry
from landpda.core.model import Model
from landpda.core.parameter_table import ParameterRow, ParameterTable
from landpda.core.scenario import Scenario
from landpda.core.types import Needs, Outputs, Theta, Variable, variables

TABLE = ParameterTable(
    [
        ParameterRow("light_use", "gC MJ-1", 0.3, 0.05, 1.0, "log_uniform", "uptake per radiation", "unconfirmed: made up"),
        ParameterRow("respiration", "gC m-2 d-1", 2.0, 0.1, 6.0, "uniform", "at 0 degC", "unconfirmed: made up"),
        ParameterRow("warming", "degC-1", 0.05, 0.0, 0.2, "uniform", "of respiration", "unconfirmed: made up"),
    ]
)
OUTPUTS = variables(
    Variable("nbe", "gC m-2 d-1", meaning="respiration minus uptake"), Variable("lai", "m2 m-2", meaning="leaf area")
)
FORCING = variables(Variable("tmin", "degC"), Variable("tmax", "degC"), Variable("shortwave", "MJ m-2 d-1"))


def _simulate(theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
    mean = 0.5 * (scenario.forcing["tmin"] + scenario.forcing["tmax"])
    light = jnp.asarray(scenario.forcing["shortwave"])
    shape = (-1,) + (1,) * jnp.ndim(theta["light_use"])
    mean, light = jnp.reshape(mean, shape), jnp.reshape(light, shape)
    uptake = theta["light_use"] * light
    outputs = {"nbe": theta["respiration"] * jnp.exp(theta["warming"] * mean) - uptake, "lai": 0.5 * uptake}
    return {name: outputs[name] for name in wanted}


class Toy(Model):
    """Uptake by light and respiration by warmth, for tests."""

    name: ClassVar[str] = "toy"
    source: ClassVar[str] = ""
    offers: ClassVar[Needs] = Needs.FORWARD | Needs.GRADIENT | Needs.LEAST_SQUARES

    @property
    def parameters(self) -> ParameterTable:
        return TABLE

    @property
    def outputs(self) -> Mapping[str, Variable]:
        return OUTPUTS

    @property
    def forcing(self) -> Mapping[str, Variable]:
        return FORCING

    @property
    def constraints(self) -> tuple[str, ...]:
        return ()

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        return _simulate(theta, scenario, wanted)


class ForwardOnly(Model):
    """The same without a gradient to offer."""

    name: ClassVar[str] = "toy_forward"
    source: ClassVar[str] = ""
    offers: ClassVar[Needs] = Needs.FORWARD

    @property
    def parameters(self) -> ParameterTable:
        return TABLE

    @property
    def outputs(self) -> Mapping[str, Variable]:
        return OUTPUTS

    @property
    def forcing(self) -> Mapping[str, Variable]:
        return FORCING

    @property
    def constraints(self) -> tuple[str, ...]:
        return ()

    def simulate(self, theta: Theta, scenario: Scenario, wanted: tuple[str, ...]) -> Outputs:
        return _simulate(theta, scenario, wanted)


def install(patch: pytest.MonkeyPatch) -> None:
    """The toys under the entry points `landpda.models`, as a plug-in would bring them."""
    real = importlib.metadata.entry_points
    toys = [
        importlib.metadata.EntryPoint(kind.name, f"toy_model:{kind.__name__}", "landpda.models") for kind in (Toy, ForwardOnly)
    ]
    patch.setattr(
        registry.importlib.metadata,
        "entry_points",
        lambda **asked: toys if asked.get("group") == "landpda.models" else real(**asked),
    )
