"""A study: one question, and how it is to be answered and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from landpda.core.model import Model
from landpda.experiments.plan import ParameterPlan, Periods, SoftConstraints, StreamPlan
from landpda.experiments.posing import Posed, pose
from landpda.methods.driver import Store
from landpda.methods.method import Method

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class TwinPlan:
    """A twin experiment: data are made by the model itself, so that the truth is known.

    Args:
        truth: name → value of parameters whose truth is given; the others are drawn from the prior.
        keep: [1] share of the real data's days that the made-up data keep.
        noise: [1] factor on the observation error that is added to the made-up data.
    """

    truth: Mapping[str, float] = field(default_factory=dict)
    keep: float = 1.0
    noise: float = 1.0


@dataclass(frozen=True)
class Study:
    """What is asked, of which data, answered how.

    Args:
        name: for titles.
        site: data with canonical names, as `landpda.sources` gives them.
        model: what predicts.
        streams: what is compared, and how far it is trusted.
        answer: the method that gives the answer.
        search: a multi-start search whose end points are where `answer` starts; None for starts from the prior.
        also: methods that answer the same question, to be compared with `answer`.
        parameters: changes to the model's own priors; None for none.
        periods: what is fitted and what is held out.
        constraints: the model's constraints as a smooth penalty; None leaves them out.
        twin: made-up data with a known truth; None for the real data.
        seed: the same seed gives the same bits.
    """

    name: str
    site: xr.Dataset
    model: Model
    streams: tuple[StreamPlan, ...]
    answer: Method
    search: Method | None = None
    also: tuple[Method, ...] = ()
    parameters: ParameterPlan | None = None
    periods: Periods = field(default_factory=Periods)
    constraints: SoftConstraints | None = None
    twin: TwinPlan | None = None
    seed: int = 0

    def pose(self) -> Posed:
        """The problem on the real data."""
        return pose(
            self.site,
            self.model,
            self.streams,
            parameters=self.parameters,
            periods=self.periods,
            constraints=self.constraints,
        )


Stores = Callable[[str], Store | None]
"""From a method's role ("search", "answer", "also_laplace") to where its checkpoints go."""

Progress = Callable[[str, int, int, Mapping[str, Any]], None]
"""Told what runs, steps done, steps at most, and the last step's info."""


def no_store(role: str) -> None:
    """Nothing is kept."""
    del role


def no_progress(what: str, done: int, most: int, info: Mapping[str, Any]) -> None:
    """Nobody is told."""
    del what, done, most, info
