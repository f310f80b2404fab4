"""The ensemble Kalman filter: each member meets the data with an error of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.filter import spread
from landpda.methods.filter.analysis import Innovation
from landpda.methods.filter.kalman import Filter, State, answer, begin, steps, stretch, tuned
from landpda.methods.filter.walk import Info, check_settings
from landpda.methods.method import Method
from landpda.problem.problem import AbstractProblem


def perturbed_observations(key: PRNGKeyArray, seen: Innovation) -> Float[Array, "N p"]:
    """What is added to each member: the gain times its own innovation, K (y + σε − Hx).

    The errors ε of all members have mean zero, so that they do not move the ensemble's mean.

    Args:
        key: of the errors.
        seen: the innovation.

    Source: [evensen2009], with S and P_HX as in `landpda.methods.filter.analysis`.
    """
    N, M = seen.S.shape
    errors = spread.centred_noise(key, N, M)
    # a datum that is not there has a row of zeros in P_HX, and moves nobody
    own = seen.d - jnp.sqrt(N - 1.0) * seen.S + errors
    return seen.solve(own) @ seen.cross


def _as_they_are(key: PRNGKeyArray, members: Float[Array, "N p"]) -> Float[Array, "N p"]:
    del key
    return members


def _independent(key: PRNGKeyArray, columns: int, beside: Float[Array, "N p"]) -> Float[Array, "N k"]:
    return spread.centred_noise(key, len(beside), columns)


FILTER = Filter(perturbed_observations, _independent, _as_they_are)


class EnKF(Method):
    """The ensemble Kalman filter: members walk through the record, and at each datum state and parameters are moved together.

    Needs a model that goes step by step (DALEC does) and data whose errors are independent in time. Gives the members'
    parameters after the last datum, and in the trace parameters and state over time. Costs `num_members` runs, and as many
    again at the end, to say what the parameters are worth as constants. Exact where model and operators are linear and all is
    Gaussian, with very many members; the fewer there are, the more an update is noise.

    Fails where parameters act only over years (a slow pool's rate: the state takes the blame), where a parameter acts in a
    season and the ensemble has forgotten by the next, and with few members, whose spread collapses: a floor of the parameters'
    spread or inflation keeps them listening. Constraints on whole runs cannot be told step by step. An error's size cannot be
    learnt by covariances: it is held at its prior median, and the innovations say whether that was right.

    Args:
        num_members: members N.
        process_noise: noise of each state variable a root day, one number or one for each: relative for a store, in its own
            units for a variable of any sign. It is added where a window begins.
        state_inflation: factor on the state's anomalies after each update.
        parameter_inflation: factor on the parameters' anomalies after each update.
        relaxation: [1] share of the state's spread before an update that is given back after it.
        parameter_floor: [prior sd] smallest standard deviation of a parameter: what lets it go on changing.
        kernel: [sd of the ensemble] width of a kernel around each member's parameters before each window.
        localisation: correlations below this many times 1/√(N − 1) count as none; 0 takes all as they are.
        checkpoints: stretches into which the record is cut; a checkpoint after each.

    Source: [evensen2009].
    """

    name: ClassVar[str] = "enkf"
    needs: ClassVar[Needs] = Needs.FORWARD | Needs.STEPPING
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "evensen2009"
    compiled: ClassVar[bool] = True

    num_members: int = 100
    process_noise: float | tuple[float, ...] = 0.0
    state_inflation: float = 1.0
    parameter_inflation: float = 1.0
    relaxation: float = 0.0
    parameter_floor: float = 0.0
    kernel: float = 0.0
    localisation: float = 0.0
    checkpoints: int = 20

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        sizes = ("process_noise", "state_inflation", "parameter_inflation", "parameter_floor", "localisation")
        check_settings(self, ("num_members", "checkpoints"), sizes, ("relaxation", "kernel"))
        if self.num_members < 3:
            raise StudyError(
                f"{self.name} was given num_members: {self.num_members}.", "That has no spread.", "Give 3 or more."
            )

    @property
    def chunk(self) -> int:
        """A checkpoint after every stretch."""
        return 1

    @property
    def num_steps(self) -> int:
        """One a stretch."""
        return self.checkpoints

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Draws of the prior.

        Raises:
            RunFailed: no member reaches the first data.
            NeedsError: a stream cannot be followed step by step.
        """
        return begin(problem.initial_ensemble(key, self.num_members), problem)

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One stretch of the record."""
        tuning = tuned(
            self.name,
            problem,
            self.process_noise,
            state_inflation=self.state_inflation,
            parameter_inflation=self.parameter_inflation,
            relaxation=self.relaxation,
            parameter_floor=self.parameter_floor,
            kernel=self.kernel,
            localisation=self.localisation,
        )
        return stretch(key, state, problem, self.num_steps, FILTER, tuning)

    def done(self, state: State) -> bool:
        """After the last window, or where no member runs any more."""
        return bool(state.lost) or int(state.step) >= steps(state, self.num_steps)

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The members' parameters after the last window.

        Raises:
            RunFailed: all members failed on the way.
        """
        return answer(state, trace, problem)
