"""GLUE: generalised likelihood uncertainty estimation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt32

from landpda.core.errors import RunFailed, StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import many_chains
from landpda.methods.sample.chain_findings import fold_circular
from landpda.methods.sample.weighted import effective_size, equal_draws
from landpda.problem.control_space import ControlSpace
from landpda.problem.problem import AbstractProblem

FEW = 100
"""Effective behavioural runs below which the 5 and 95 % quantiles hang on a handful of them."""


def log_informal(
    log_likelihood: Float[np.ndarray, "N"], num_data: int, shaping: float, behavioural: float
) -> Float[np.ndarray, "N"]:
    """Log of the informal likelihood: the misfit a datum times the shaping factor N for behavioural runs, −∞ for the others.

        log L = −N J_o / m,   where −J_o = log p(y | Θ) up to a constant

    With N = m it is the formal likelihood.

    Args:
        log_likelihood: (N,) −J_o; −∞ where the run failed.
        num_data: m.
        shaping: [1] N, as how many independent data the m data count.
        behavioural: [1] share of the runs, the likeliest, that are behavioural.

    Source: [beven1992]; [beven2014] for exp(−N σ_e²/σ_o²), of which this is the like with whitened misfits.
    """
    threshold = np.quantile(log_likelihood[log_likelihood > -np.inf], 1.0 - behavioural)
    shaped = np.full(len(log_likelihood), -np.inf)
    kept = log_likelihood >= threshold
    shaped[kept] = shaping / max(num_data, 1) * log_likelihood[kept]
    return shaped


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: batches done.
        luck: key data, by which draws of equal weight are picked at the end.
    """

    step: Int[Array, ""]
    luck: UInt32[Array, "2"]


class Info(NamedTuple):
    """One batch.

    Args:
        z: (B, n) prior draws.
        log_density: (B,) log posterior there, as the problem has it.
        log_likelihood: (B,) the data's part of it.
        runs: model runs.
        gradients: none.
    """

    z: Float[Array, "B n"]
    log_density: Float[Array, "B"]
    log_likelihood: Float[Array, "B"]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class GLUE(Method):
    """Runs drawn from the prior are kept where they are behavioural, and weighted by an informal likelihood.

    It is not Bayes: the intervals are those of a likelihood that the user shapes, and narrow or widen with `shaping` and
    `behavioural`. Use it to compare with studies that used it, and where no error model is believed. Needs model runs only.
    Gives samples, of that informal posterior. Costs `batch` · `num_batches` runs, all independent. Fails in more than a few
    dimensions: prior draws come nowhere near the data, and the likeliest share of them is behavioural by name only. With
    `shaping` equal to the number of data and `behavioural: 1` the likelihood is the formal one, and this is importance
    sampling from the prior.

    Args:
        batch: runs side by side.
        num_batches: how often.
        shaping: [1] as how many independent data the data count (N in the paper): the larger, the more the best runs count.
        behavioural: [1] share of the runs, the likeliest, that are kept.
        num_kept: draws of equal weight that are kept of them.

    Source: [beven1992]; [beven2014].
    """

    name: ClassVar[str] = "glue"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.NEVER
    source: ClassVar[str] = "beven1992"
    compiled: ClassVar[bool] = False

    batch: int = 5_000
    num_batches: int = 20
    shaping: float = 10.0
    behavioural: float = 0.1
    num_kept: int = 4_000

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        many_chains.refuse(self.name, {name: getattr(self, name) for name in ("batch", "num_batches", "num_kept")}, {})
        if not 0.0 < self.behavioural <= 1.0:
            asked = f"glue was given behavioural: {self.behavioural}."
            raise StudyError(asked, "It is a share of the runs.", "Give more than 0, up to 1.")
        if self.shaping < 0.0:
            raise StudyError(f"glue was given shaping: {self.shaping}.", "It is a number of data.", "Give 0 or more.")

    @property
    def chunk(self) -> int:
        """A checkpoint after every batch."""
        return 1

    @property
    def num_steps(self) -> int:
        """Batches."""
        return self.num_batches

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Nothing is known yet."""
        del problem
        return State(jnp.asarray(0), jr.key_data(key))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One batch of prior draws.

        Raises:
            RunFailed: every run of the first batch fails.
        """
        z = problem.space.sample(key, self.batch)
        log_density = problem.log_density_ensemble(z)
        ran = log_density > -jnp.inf
        if int(state.step) == 0 and not bool(jnp.any(ran)):
            raise RunFailed(
                f"{self.batch} draws from the prior were run.",
                "The model gave no usable answer at any of them.",
                "Check the priors with a prior run (landpda check), or narrow them.",
            )
        log_density = jnp.where(ran, log_density, -jnp.inf)
        log_likelihood = jnp.where(ran, log_density - _log_prior(problem.space, z), -jnp.inf)
        return state._replace(step=state.step + 1), Info(
            z, log_density, log_likelihood, jnp.asarray(self.batch), jnp.asarray(0)
        )

    def done(self, state: State) -> bool:
        """After all batches."""
        return int(state.step) >= self.num_batches

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """Behavioural draws of equal weight, and what they are not."""
        z = np.asarray(trace["z"]).reshape(-1, problem.n)
        log_density, log_likelihood = (np.asarray(trace[name]).ravel() for name in ("log_density", "log_likelihood"))
        log_weights = log_informal(log_likelihood, len(problem.y), self.shaping, self.behavioural)
        key = jr.wrap_key_data(state.luck)
        samples = fold_circular(Samples(*equal_draws(key, z, log_density, log_weights, self.num_kept)), problem)
        return samples, _findings(self, log_weights, len(problem.y))


@eqx.filter_jit
def _log_prior(space: ControlSpace, z: Float[Array, "B n"]) -> Float[Array, "B"]:
    return jax.vmap(space.log_prior)(z)


def _findings(method: GLUE, log_weights: Float[np.ndarray, "N"], num_data: int) -> tuple[Finding, ...]:
    kept = int(np.sum(log_weights > -np.inf))
    effective = effective_size(log_weights)
    nature = (
        f"This is GLUE and not Bayes: the {num_data} data count as {method.shaping:g} independent ones, and the likeliest "
        f"{kept} of {len(log_weights)} runs as behavioural. The intervals follow from these two choices, not from the errors"
        " of the data."
    )
    worth = f"The {kept} behavioural runs are worth {effective:.0f} of equal weight."
    few = " That is too few for quantiles: draw more, or lower `shaping`." if effective < FEW else ""
    return (
        Finding("warning", "likelihood", nature),
        Finding("warning" if few else "note", "weights", worth + few),
    )
