"""Ensemble Kalman inversion: the prior turned into the posterior in steps that the misfit chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.ensemble import ensemble_findings, tempering
from landpda.methods.ensemble.data_misfit import LAST_SHARE, next_time
from landpda.methods.ensemble.kalman_update import perturbed
from landpda.methods.ensemble.members import Members, misfit_of
from landpda.methods.ensemble.observation_order import unit_noise
from landpda.methods.ensemble.tempering import Info, Order, Shaping, State
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem


class EKI(Method):
    """Ensemble Kalman updates that bring the data in step by step, each as large as the misfit allows, up to the posterior.

    Needs model runs only. Gives samples: the members at the posterior, run for their density. Costs num_members runs for the
    prior and for each of its steps, of which a good prior takes 2 and a bad one `max_steps`. This is es_mda with inflation
    coefficients chosen on the way: begin here if you do not know how many assimilations to ask for. It stops at the posterior;
    for the least squares point, without a prior, see eki_least_squares. Fails where the model bends much over the prior (the
    members then do not fit evenly, which the findings say), and with several modes. Unknown standard deviations of errors are
    refitted after every run.

    Args:
        num_members: N.
        max_steps: most updates; the last ones take larger steps if they must, to end at the posterior.
        localisation: [1] correlations of about this size are taken for chance; 0 takes all. Try 0.1 with 100 members.
        inflation: [1] factor on the spread after every update; 1 for none.
        minibatch: [1] share of the data that an update takes, the last one excepted; 0 takes all.

    Source: [iglesias2013]; [iglesias2021] for the steps; [luo2020] for localisation by correlations; [dempster1977] for the
        errors' unknowns.
    """

    name: ClassVar[str] = "eki"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "iglesias2013"
    compiled: ClassVar[bool] = False
    num_members: int = 128
    max_steps: int = 20
    localisation: float = 0.0
    inflation: float = 1.0
    minibatch: float = 0.0

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        tempering.check_shaping(self.name, self.num_members, self.inflation, self.minibatch, self.localisation)
        if self.max_steps < 1:
            raise StudyError(
                f"{self.name} was given max_steps: {self.max_steps}.", "It is a number of steps.", "Give 1 or more."
            )

    @property
    def chunk(self) -> int:
        """A checkpoint after every update."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most updates."""
        return self.max_steps

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Prior draws, run.

        Raises:
            RunFailed: none of them runs.
        """
        return tempering.first(key, problem, self.name, self.num_members)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One update, as far as the misfit allows."""
        state = tempering.on_host(state)
        whitened = misfit_of(problem, Members(state.Z, state.values, state.ok)).whitened
        until = next_time(float(state.time), whitened, state.ok, self.max_steps - int(state.step))
        return tempering.following(key, problem, state, until, Shaping(self.inflation, self.minibatch), self._moved)

    def done(self, state: State) -> bool:
        """The data are in, or the updates used up."""
        return float(state.time) > 1.0 - LAST_SHARE or int(state.step) >= self.max_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The last members that ran."""
        del state, problem
        return ensemble_findings.last_ensemble(trace), ensemble_findings.findings(trace) + ensemble_findings.time_finding(trace)

    def _moved(
        self, key: PRNGKeyArray, members: Members, e: Float[np.ndarray, "N m"], order: Order
    ) -> Float[np.ndarray, "N n"]:
        return perturbed(members.Z, e, members.ok, unit_noise(key, order, len(e)), self.localisation)
