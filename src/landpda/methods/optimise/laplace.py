"""Laplace's approximation: a Gaussian at the mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.estimate import Gaussian
from landpda.core.types import Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise.damped_newton import CONVERGED, FAILED, RUNNING, Descent, advance, begin
from landpda.methods.optimise.multi_start import all_failed, as_step, screened_starts, starts_findings
from landpda.problem.problem import AbstractProblem

FLATTEST = 1e-8
"""[1] share of the largest eigenvalue below which the cost does not curve upward."""


class State(NamedTuple):
    """Where the starts have come to.

    Args:
        step: iterations done.
        descent: the points with their linearisations.
        unreported: runs and gradients that the next Info will count.
    """

    step: Int[Array, ""]
    descent: Descent
    unreported: Int[Array, "2"]


class Info(NamedTuple):
    """One iteration.

    Args:
        cost: (S,) J of each start.
        decrement: (S,) [log units] predicted decrease of an undamped step.
        status: (S,) 0 running, 1 converged, 2 stalled, 3 failed.
        runs: model runs.
        gradients: those of them with derivatives.
    """

    cost: Float[Array, "S"]
    decrement: Float[Array, "S"]
    status: Int[Array, "S"]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


def gaussian_at(mode: Float[np.ndarray, "n"], hessian: Float[np.ndarray, "n n"]) -> tuple[Gaussian, Float[np.ndarray, "n"]]:
    """The Gaussian with this mode and inverse covariance, and the Hessian's eigenvalues.

    A direction along which the cost does not curve upward gets the prior's variance, 1: there the data say nothing that a Gaussian
    could hold.
    """
    values, vectors = np.linalg.eigh(hessian)
    upward = values > FLATTEST * np.max(np.abs(values))
    variance = 1.0 / np.where(upward, values, 1.0)
    return Gaussian(jnp.asarray(mode), jnp.asarray((vectors * variance) @ vectors.T)), values


class Laplace(Method):
    """The normal distribution that has the posterior's mode, and there its curvature.

    Needs a gradient. Gives a Gaussian. Costs a few damped Newton iterations from the best of `num_screened` prior draws (by
    Gauss–Newton where the problem has residuals, else by Hessians of 2n gradients), then one Hessian. Exact where the model is
    linear. Fails where the posterior is skewed, has several modes, or leans on a bound: compare with a sampler, or weigh its draws.
    Use it for a first look, and to see which directions the data inform.

    Args:
        num_starts: searches side by side; their lowest end is the mode.
        num_screened: prior draws to choose the starts from; 0 to start from the first draws.
        max_iterations: most iterations.
        tolerance: [log units] a search has converged when an undamped step promises less than this.

    Source: [tierney1986].
    """

    name: ClassVar[str] = "laplace"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.GAUSSIAN
    source: ClassVar[str] = "tierney1986"
    compiled: ClassVar[bool] = False
    num_starts: int = 8
    num_screened: int = 512
    max_iterations: int = 100
    tolerance: float = 1e-10

    @property
    def chunk(self) -> int:
        """A checkpoint after every iteration."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Starts, linearised.

        Raises:
            RunFailed: the model runs at none of them.
        """
        starts, screened = screened_starts(problem, key, self.num_starts, self.num_screened)
        descent, spent = begin(problem, starts, self.tolerance)
        if np.all(descent.status == FAILED):
            raise all_failed(self.num_starts)
        descent = Descent(*(jnp.asarray(field) for field in descent))
        return State(as_step(0), descent, jnp.array([screened + spent.runs, spent.gradients]))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One iteration of all starts that still run."""
        del key
        descent, spent = advance(problem, Descent(*(np.asarray(field) for field in state.descent)), self.tolerance)
        descent = Descent(*(jnp.asarray(field) for field in descent))
        spent = jnp.array([spent.runs, spent.gradients]) + state.unreported
        info = Info(descent.cost, descent.decrement, descent.status, spent[0], spent[1])
        return State(state.step + 1, descent, jnp.zeros_like(state.unreported)), info

    def done(self, state: State) -> bool:
        """All starts have ended, or the iterations are used up. The first iteration always runs, for the trace."""
        ended = not np.any(np.asarray(state.descent.status) == RUNNING)
        return (ended and int(state.step) > 0) or int(state.step) >= self.max_iterations

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Gaussian, tuple[Finding, ...]]:
        """The Gaussian at the lowest end point."""
        del trace
        cost, status = np.asarray(state.descent.cost), np.asarray(state.descent.status)
        best = int(np.argmin(cost))
        mode = np.asarray(state.descent.z[best])
        hessian = np.asarray(problem.hessian(jnp.asarray(mode)))
        findings = starts_findings(cost, status == CONVERGED, status == FAILED, self.max_iterations)
        if not np.all(np.isfinite(hessian)):
            hessian = np.asarray(state.descent.curvature[best])
            sentence = "The Hessian at the mode is not finite; the curvature of the last iteration stands for it."
            findings = (*findings, Finding("warning", "hessian", sentence))
        estimate, values = gaussian_at(mode, hessian)
        return estimate, (*findings, *_shape_findings(mode, values, problem))


def _shape_findings(
    mode: Float[np.ndarray, "n"], values: Float[np.ndarray, "n"], problem: AbstractProblem
) -> tuple[Finding, ...]:
    findings = []
    flat = int(np.sum(values <= FLATTEST * np.max(np.abs(values))))
    if flat:
        sentence = (
            f"Along {flat} of {len(values)} directions the cost does not curve upward at the best point; "
            "they were given the prior's spread. The point may be no minimum, or the cost is not smooth there."
        )
        findings.append(Finding("warning", "hessian", sentence))
    low, high = (np.asarray(bound) for bound in problem.bounds)
    leaning = [name for name, at in zip(problem.names, (mode <= low) | (mode >= high), strict=True) if at]
    if leaning:
        sentence = f"The mode lies on a bound of {', '.join(leaning)}: a Gaussian does not describe the posterior there."
        findings.append(Finding("warning", "bounds", sentence))
    return tuple(findings)
