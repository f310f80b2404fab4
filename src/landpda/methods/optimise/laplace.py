"""Laplace's approximation: a Gaussian at the mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from landpda.core.estimate import Gaussian
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.optimise import many_descents
from landpda.methods.optimise.damped_newton import CONVERGED, SMALL_ENOUGH, Descent
from landpda.methods.optimise.many_descents import Iteration, Search
from landpda.methods.optimise.settings_check import need_at_least, need_positive
from landpda.problem.problem import AbstractProblem

FLATTEST = 1e-8
"""[1] share of the largest eigenvalue below which the cost does not curve upward."""


def gaussian_at(mode: Float[np.ndarray, "n"], hessian: Float[np.ndarray, "n n"]) -> tuple[Gaussian, Float[np.ndarray, "n"]]:
    """The Gaussian with this mode and inverse covariance, and the Hessian's eigenvalues.

    A direction along which the cost does not curve upward gets the prior's variance, 1: there the data say nothing that a
    Gaussian could hold.
    """
    values, vectors = np.linalg.eigh(hessian)
    upward = values > FLATTEST * np.max(np.abs(values))
    variance = 1.0 / np.where(upward, values, 1.0)
    return Gaussian(jnp.asarray(mode), jnp.asarray((vectors * variance) @ vectors.T)), values


class Laplace(Method):
    """The normal distribution that has the posterior's mode, and there its curvature.

    Needs a gradient. Gives a Gaussian. Costs a few damped Newton iterations from the best of `num_screened` prior draws (by
    Gauss–Newton where the problem has residuals, else by Hessians of 2n gradients), then one Hessian. Exact where the model
    is linear. Fails where the posterior is skewed, has several modes, or leans on a bound: compare with a sampler, or weigh
    its draws. Use it for a first look, and to see which directions the data inform.

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
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "tierney1986"
    compiled: ClassVar[bool] = False
    num_starts: int = 8
    num_screened: int = 512
    max_iterations: int = 100
    tolerance: float = 1e-10

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        need_at_least(self, 1, "num_starts", "max_iterations")
        need_at_least(self, 0, "num_screened")
        need_positive(self, "tolerance")

    @property
    def chunk(self) -> int:
        """A checkpoint after every iteration."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> Search:
        """Starts, linearised.

        Raises:
            RunFailed: the model runs at none of them.
        """
        return many_descents.first(self, key, problem)

    def step(self, key: PRNGKeyArray, state: Search, problem: AbstractProblem) -> tuple[Search, Iteration]:
        """One iteration of all starts that still run."""
        del key
        return many_descents.following(self, state, problem)

    def done(self, state: Search) -> bool:
        """All starts have ended, or the iterations are used up."""
        return many_descents.over(self, state)

    def finish(
        self, state: Search, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Gaussian, tuple[Finding, ...]]:
        """The Gaussian at the lowest end point."""
        del trace
        best = many_descents.lowest(state)
        mode = np.asarray(state.descent.z[best])
        findings = many_descents.findings(self, state)
        hessian = np.asarray(problem.hessian(jnp.asarray(mode)))
        if not np.all(np.isfinite(hessian)):
            hessian = np.asarray(state.descent.curvature[best])
            sentence = "The Hessian at the mode is not finite; the curvature of the last iteration stands for it."
            findings = (*findings, Finding("warning", "hessian", sentence))
        estimate, values = gaussian_at(mode, hessian)
        findings = (*findings, *_shape_findings(mode, values, problem))
        return _at_the_bottom(estimate, state.descent, best, problem), findings


def _at_the_bottom(estimate: Gaussian, descent: Descent, best: int, problem: AbstractProblem) -> Gaussian:
    """The Gaussian moved by one Newton step where its search had converged: its mean is then that of the Hessian's parabola."""
    gradient = np.asarray(descent.gradient[best])
    low, high = problem.bounds
    # An element on a bound stays there.
    inside = (estimate.mean > low) & (estimate.mean < high)
    step = -estimate.covariance @ jnp.where(inside, gradient, 0.0)
    promised = 0.5 * float(jnp.sum(jnp.square(gradient @ jnp.linalg.cholesky(estimate.covariance))))
    if int(descent.status[best]) != CONVERGED or promised > SMALL_ENOUGH:
        return estimate
    return estimate._replace(mean=jnp.clip(estimate.mean + jnp.where(inside, step, 0.0), low, high))


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
