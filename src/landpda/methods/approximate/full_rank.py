"""Full-rank variational inference: the nearest normal distribution, correlations and all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Gaussian
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.approximate import variational
from landpda.methods.approximate.variational import FIRST_SD, Iteration, Search, Settings
from landpda.methods.method import Method
from landpda.methods.sample.many_chains import refuse
from landpda.problem.problem import AbstractProblem


class Correlated(eqx.Module):
    """N(μ, F T Tᵀ Fᵀ) by φ = (μ along F, log diag T, the rest of T row by row), T lower triangular.

    Args:
        frame: (n, n) lower triangular F, in whose axes the fit is made: the nearer its F Fᵀ to the covariance, the fewer
            iterations.
        first_sd: [1] spread to begin with, along the axes.
    """

    frame: Float[Array, "n n"]
    first_sd: float

    def first(self, mean: Float[Array, "n"]) -> Float[Array, "d"]:
        """Narrow, around a point."""
        n = len(mean)
        along = jnp.linalg.solve(self.frame, mean)
        return jnp.concatenate([along, jnp.full(n, jnp.log(self.first_sd)), jnp.zeros(n * (n - 1) // 2)])

    def mean(self, phi: Float[Array, "d"], n: int) -> Float[Array, "n"]:
        """μ."""
        return self.frame @ phi[:n]

    def root(self, phi: Float[Array, "d"], n: int) -> Float[Array, "n n"]:
        """F T."""
        triangle = jnp.diag(jnp.exp(phi[n : 2 * n])).at[jnp.tril_indices(n, -1)].set(phi[2 * n :])
        return self.frame @ triangle


class FullRank(Method):
    """The normal distribution that is nearest to the posterior, by variational inference.

    Needs a gradient. Gives a Gaussian. Costs `num_draws` gradients an evaluation, one or two evaluations an iteration, tens to
    hundreds of iterations. Unlike `laplace` it is not the curvature at one point but an average over where the posterior is,
    so that a skewed posterior gets a better mean and a wider spread. The divergence is averaged over base draws that are drawn
    once, so that the fit is an ordinary minimisation that says when it has converged. Fails where the posterior bends or has
    several modes: it covers one, and is too narrow; the Pareto shape in its findings says so. Above some hundred dimensions
    its n²/2 unknowns are too many.

    Args:
        num_draws: base draws, at least 4 n.
        num_screened: prior draws of which the best is the start; not used with `starts`.
        max_iterations: most iterations.
        tolerance: norm of the gradient at which the fit has converged.
        num_checked: draws by which the fit is checked against the posterior at the end.
        starts: (S, n) points, of which the best is the start.
        axes: (n, n) root of a first guess of the covariance, in whose axes the fit is made; the control vector's without rows.

    Source: [kucukelbir2017]; [giordano2024] for base draws that are fixed; [yao2018] for the check.
    """

    name: ClassVar[str] = "full_rank"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.GAUSSIAN
    exact: ClassVar[Exact] = Exact.LINEAR
    source: ClassVar[str] = "kucukelbir2017"
    compiled: ClassVar[bool] = False
    num_draws: int = 128
    num_screened: int = 512
    max_iterations: int = 500
    tolerance: float = 1e-5
    num_checked: int = 1_000
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))
    axes: Float[Array, "n n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = ("num_draws", "num_screened", "max_iterations", "num_checked")
        refuse(self.name, {name: getattr(self, name) for name in whole}, {})

    @property
    def chunk(self) -> int:
        """Iterations between two checkpoints."""
        return 5

    @property
    def num_steps(self) -> int:
        """Most iterations."""
        return self.max_iterations

    @property
    def _settings(self) -> Settings:
        return Settings(self.num_draws, self.num_screened, self.max_iterations, self.tolerance, self.num_checked)

    def _family(self, n: int) -> Correlated:
        if not len(self.axes):
            return Correlated(jnp.eye(n), FIRST_SD)
        if self.axes.shape != (n, n):
            asked = f"full_rank was given axes of shape {self.axes.shape}."
            raise StudyError(asked, f"The problem has {n} elements.", "Give one column of that length for each.")
        # any root serves; the triangular one leaves the diagonal of the whole root positive
        covariance = np.asarray(self.axes) @ np.asarray(self.axes).T
        return Correlated(jnp.asarray(np.linalg.cholesky(covariance)), 0.5)

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> Search:
        """A narrow distribution around the best start.

        Raises:
            RunFailed: the model runs at none of them.
        """
        return variational.begin(key, self._family(problem.n), problem, self._settings, self.starts, self.name)

    def step(self, key: PRNGKeyArray, state: Search, problem: AbstractProblem) -> tuple[Search, Iteration]:
        """One iteration."""
        return variational.following(key, self._family(problem.n), problem, self._settings, state)

    def done(self, state: Search) -> bool:
        """The fit has ended, or the iterations are used up."""
        return variational.over(state, self._settings)

    def finish(
        self, state: Search, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Gaussian, tuple[Finding, ...]]:
        """The fit, and how far it is from the posterior."""
        advice = "A normal distribution does not describe it: use a sampler."
        estimate = variational.gaussian(self._family(problem.n), state, problem.n)
        return estimate, variational.findings(trace, self._settings, advice)
