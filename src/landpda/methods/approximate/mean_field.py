"""Mean-field variational inference: the nearest normal distribution without correlations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from landpda.core.estimate import Gaussian
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.approximate import variational
from landpda.methods.approximate.variational import FIRST_SD, Iteration, Search, Settings
from landpda.methods.method import Method
from landpda.methods.sample.many_chains import refuse
from landpda.problem.problem import AbstractProblem


class Uncorrelated(eqx.Module):
    """N(μ, diag σ²) by φ = (μ, log σ)."""

    def first(self, mean: Float[Array, "n"]) -> Float[Array, "d"]:
        """Narrow, around a point."""
        return jnp.concatenate([mean, jnp.full(len(mean), jnp.log(FIRST_SD))])

    def mean(self, phi: Float[Array, "d"], n: int) -> Float[Array, "n"]:
        """μ."""
        return phi[:n]

    def root(self, phi: Float[Array, "d"], n: int) -> Float[Array, "n n"]:
        """Diag σ."""
        return jnp.diag(jnp.exp(phi[n:]))


class MeanField(Method):
    """The normal distribution without correlations that is nearest to the posterior, by variational inference.

    Needs a gradient. Gives a Gaussian with a diagonal covariance (of the control vector). Costs `num_draws` gradients an
    evaluation, one or two evaluations an iteration, tens to hundreds of iterations; the one fit whose cost does not grow with
    the square of n. The divergence is averaged over base draws that are drawn once, so that the fit is an ordinary
    minimisation that says when it has converged. Fails where parameters are correlated: each spread is then that of a
    parameter while the others are held, which is too narrow, sometimes tenfold; the Pareto shape in its findings says so. Use
    it to see means in hundreds of dimensions; for intervals use `full_rank` or a sampler.

    Args:
        num_draws: base draws, at least 4 n.
        num_screened: prior draws of which the best is the start; not used with `starts`.
        max_iterations: most iterations.
        tolerance: norm of the gradient at which the fit has converged.
        num_checked: draws by which the fit is checked against the posterior at the end.
        starts: (S, n) points, of which the best is the start.

    Source: [kucukelbir2017]; [giordano2024] for base draws that are fixed; [yao2018] for the check.
    """

    name: ClassVar[str] = "mean_field"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.GAUSSIAN
    exact: ClassVar[Exact] = Exact.NEVER
    source: ClassVar[str] = "kucukelbir2017"
    compiled: ClassVar[bool] = False
    num_draws: int = 64
    num_screened: int = 512
    max_iterations: int = 500
    tolerance: float = 1e-5
    num_checked: int = 1_000
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

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

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> Search:
        """A narrow distribution around the best start.

        Raises:
            RunFailed: the model runs at none of them.
        """
        return variational.begin(key, Uncorrelated(), problem, self._settings, self.starts, self.name)

    def step(self, key: PRNGKeyArray, state: Search, problem: AbstractProblem) -> tuple[Search, Iteration]:
        """One iteration."""
        return variational.following(key, Uncorrelated(), problem, self._settings, state)

    def done(self, state: Search) -> bool:
        """The fit has ended, or the iterations are used up."""
        return variational.over(state, self._settings)

    def finish(
        self, state: Search, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Gaussian, tuple[Finding, ...]]:
        """The fit, and how far it is from the posterior."""
        advice = "Correlations are left out here: use full_rank, or a sampler."
        return variational.gaussian(Uncorrelated(), state, problem.n), variational.findings(trace, self._settings, advice)
