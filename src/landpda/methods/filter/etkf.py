"""The ensemble transform Kalman filter: the ensemble is moved as a whole, without random errors of the data."""

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


def symmetric_transform(key: PRNGKeyArray, seen: Innovation) -> Float[Array, "N p"]:
    """What is added to each member: the gain times the mean's innovation, and the change of its anomaly.

        x̄ ← x̄ + P_HXᵀ (I + C)⁻¹ d,   A ← T A,   T = (I + SSᵀ)^-½ = I − S (I + C + (I + C)^½)⁻¹ Sᵀ

    Args:
        key: unused: nothing is random.
        seen: the innovation.

    Source: [hunt2007], after [bishop2001]; T in terms of C = SᵀS follows from its eigenvalues,
    1/√(1 + λ) = 1 − λ/(1 + λ + √(1 + λ)).
    """
    del key
    change = seen.solve_root(seen.S) @ seen.cross * jnp.sqrt(seen.S.shape[0] - 1.0)
    return seen.solve(seen.d) @ seen.cross - change


class ETKF(Method):
    """The ensemble transform Kalman filter: as `enkf`, but mean and spread are moved by formula, so that no data are perturbed.

    Needs a model that goes step by step (DALEC does) and data whose errors are independent in time. Gives the members'
    parameters after the last datum, and in the trace parameters and state over time. Costs `num_members` runs, and as many
    again at the end, to say what the parameters are worth as constants. With more members than parameters and state variables
    its first ensemble has the prior's mean and covariance, its process noise is exact as well, and so is all that follows while
    things are linear; with fewer it is still less noisy than `enkf`.

    Fails where `enkf` does: slow or seasonal parameters, collapse of the spread, constraints on whole runs. Its members keep
    the shape that the model gave them, so an outlier stays one; `reflections` mixes them. An error's size is held at its prior
    median.

    Args:
        num_members: members N.
        reflections: random reflections that mix the members after each update: 0 for none, N for a random rotation.
        process_noise: noise of each state variable a root day, one number or one for each: relative for a store, in its own
            units for a variable of any sign. It is added where a window begins.
        state_inflation: factor on the state's anomalies after each update.
        parameter_inflation: factor on the parameters' anomalies after each update.
        relaxation: [1] share of the state's spread before an update that is given back after it.
        parameter_floor: [prior sd] smallest standard deviation of a parameter: what lets it go on changing.
        kernel: [sd of the ensemble] width of a kernel around each member's parameters before each window.
        localisation: correlations below this many times 1/√(N − 1) count as none; 0 takes all as they are.
        checkpoints: stretches into which the record is cut; a checkpoint after each.

    Source: [hunt2007], [bishop2001].
    """

    name: ClassVar[str] = "etkf"
    needs: ClassVar[Needs] = Needs.FORWARD | Needs.STEPPING
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "hunt2007"
    compiled: ClassVar[bool] = True

    num_members: int = 100
    reflections: int = 0
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
        sizes = ("process_noise", "state_inflation", "parameter_inflation", "parameter_floor", "localisation", "reflections")
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
        """An ensemble with the mean and the covariance of the prior, if there are members enough.

        Raises:
            RunFailed: no member reaches the first data.
            NeedsError: a stream cannot be followed step by step.
        """
        return begin(_first(key, self.num_members, problem), problem)

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
        return stretch(
            key, state, problem, self.num_steps, Filter(symmetric_transform, spread.exact_noise, self._mixed), tuning
        )

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

    def _mixed(self, key: PRNGKeyArray, members: Float[Array, "N p"]) -> Float[Array, "N p"]:
        if self.reflections == 0:
            return members
        mean = jnp.mean(members, axis=0)
        return mean + spread.reflected(key, members - mean, self.reflections)


def _first(key: PRNGKeyArray, num: int, problem: AbstractProblem) -> Float[Array, "N n"]:
    return problem.space.fold(spread.exact_noise(key, problem.n, jnp.zeros((num, 0))))
