"""Ensemble smoother with multiple data assimilation, without random numbers in its updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.ensemble import ensemble_findings, schedule, tempering
from landpda.methods.ensemble.kalman_update import transformed
from landpda.methods.ensemble.members import Members
from landpda.methods.ensemble.tempering import Info, Order, Shaping, State
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem


class ESMDASqrt(Method):
    """As es_mda, but each update shrinks the ensemble by a matrix square root and perturbs no data.

    Needs model runs only. Gives samples: the members after the last update, run once more for their density. Costs
    num_members · (num_assimilations + 1) runs, a whole ensemble side by side. Exact to rounding where the model is linear, with
    any number of assimilations, as the first ensemble has the prior's mean and covariance exactly. Without noise a smaller
    ensemble will do (50 for 25 parameters); where the model bends, its members keep the prior's shape longer than those of
    es_mda. Fails where the model bends much over the prior, and with several modes. Unknown standard deviations of errors are
    refitted after every run.

    Args:
        num_members: N.
        num_assimilations: how often the data are taken.
        ratio: [1] each α is this many times smaller than the one before; 1 makes them equal, 2 begins gently.
        localisation: [1] correlations of about this size are taken for chance; 0 takes all. Try 0.1 with 100 members.
        inflation: [1] factor on the spread after every update; 1 for none.
        minibatch: [1] share of the data that an update takes, the last one excepted; 0 takes all.

    Source: [emerick2013]; [bishop2001] for the square root; [luo2020] for localisation by correlations; [dempster1977] for the
        errors' unknowns.
    """

    name: ClassVar[str] = "es_mda_sqrt"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "emerick2013"
    compiled: ClassVar[bool] = False
    num_members: int = 128
    num_assimilations: int = 4
    ratio: float = 1.0
    localisation: float = 0.0
    inflation: float = 1.0
    minibatch: float = 0.0

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        tempering.check_shaping(self.name, self.num_members, self.inflation, self.minibatch, self.localisation)
        schedule.check_schedule(self.name, self.num_assimilations, self.ratio)

    @property
    def chunk(self) -> int:
        """A checkpoint after every assimilation."""
        return 1

    @property
    def num_steps(self) -> int:
        """One an assimilation."""
        return self.num_assimilations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Prior draws, run.

        Raises:
            RunFailed: none of them runs.
        """
        return tempering.first(key, problem, self.name, self.num_members)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One assimilation."""
        state = tempering.on_host(state)
        until = float(schedule.times(self.num_assimilations, self.ratio)[int(state.step)])
        return tempering.following(key, problem, state, until, Shaping(self.inflation, self.minibatch), self._moved)

    def done(self, state: State) -> bool:
        """After all assimilations."""
        return int(state.step) >= self.num_assimilations

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The last members that ran."""
        del state, problem
        return ensemble_findings.last_ensemble(trace), ensemble_findings.findings(trace) + ensemble_findings.time_finding(trace)

    def _moved(
        self, key: PRNGKeyArray, members: Members, e: Float[np.ndarray, "N m"], order: Order
    ) -> Float[np.ndarray, "N n"]:
        del key, order
        return transformed(members.Z, e, members.ok, self.localisation)
