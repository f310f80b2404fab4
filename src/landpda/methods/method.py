"""What a method is."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import PRNGKeyArray

from landpda.core.estimate import Estimate
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.problem.problem import AbstractProblem


class Method(eqx.Module):
    """A way to answer a problem. Its fields are its settings; its class docstring is its card.

    The docstring holds: one sentence of idea; what it needs; what it gives; its cost in model runs; when it fails; source.

    `State` (a NamedTuple of arrays) is what the next step needs; it has a field `step`, the number of steps done. `Info` (a
    NamedTuple of arrays) is what a reader wants to see of a step; its fields `runs` and `gradients` count the model runs and
    the gradients that the step used.
    Nothing random is drawn but from the `key` that a step is given, which depends on the run's key and the step's number alone.
    """

    name: ClassVar[str]
    needs: ClassVar[Needs]
    gives: ClassVar[Gives]
    exact: ClassVar[Exact]
    source: ClassVar[str]
    compiled: ClassVar[bool]
    """Whether `step` may run inside a compiled scan when the problem is traceable."""

    @property
    @abc.abstractmethod
    def chunk(self) -> int:
        """Steps between two checkpoints (and looks at `done`)."""

    @property
    @abc.abstractmethod
    def num_steps(self) -> int:
        """Most steps that it takes, for the progress bar."""

    @abc.abstractmethod
    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> Any:
        """First state."""

    @abc.abstractmethod
    def step(self, key: PRNGKeyArray, state: Any, problem: AbstractProblem) -> tuple[Any, Any]:
        """Next state, and what to note of the step."""

    @abc.abstractmethod
    def done(self, state: Any) -> bool:
        """Whether to stop before the next chunk."""

    @abc.abstractmethod
    def finish(
        self, state: Any, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Estimate, tuple[Finding, ...]]:
        """The answer, and what the method has to say of its own run. `trace` holds each field of Info, stacked over steps."""
