"""Importance sampling with Pareto-smoothed weights, from proposals that learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.scipy.special import gammaln, logsumexp
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt32

from landpda.core.errors import RunFailed, StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import many_chains
from landpda.methods.sample.chain_findings import fold_circular
from landpda.methods.sample.weighted import (
    data_constant,
    effective_size,
    equal_draws,
    flattening,
    log_mean,
    moments,
    normalised,
    pareto_smoothed,
    root_of,
    weight_findings,
)
from landpda.problem.problem import AbstractProblem

WORTH_FITTING = 10.0
"""Effective draws per element from which a proposal's mean and covariance are fitted; with fewer the weights are flattened."""


class Proposal(NamedTuple):
    """A share of N(0, I), the prior, and for the rest Student's t.

    Args:
        prior_share: [1] of N(0, I).
        mean: (n,) of the t distribution.
        root: (n, n) of its scale matrix.
    """

    prior_share: Float[Array, "*R"]
    mean: Float[Array, "*R n"]
    root: Float[Array, "*R n n"]


def log_normal(z: Float[Array, "N n"]) -> Float[Array, "N"]:
    """Log density of N(0, I)."""
    return -0.5 * jnp.sum(jnp.square(z), axis=-1) - 0.5 * z.shape[-1] * jnp.log(2.0 * jnp.pi)


def log_student(z: Float[Array, "N n"], mean: Array, root: Array, nu: float) -> Float[Array, "N"]:
    """Log density of Student's t with ν degrees of freedom and scale matrix L Lᵀ."""
    n = z.shape[-1]
    away = jnp.linalg.solve(root, (z - mean).T)
    constant = gammaln(0.5 * (nu + n)) - gammaln(0.5 * nu) - 0.5 * n * jnp.log(nu * jnp.pi)
    log_root = jnp.sum(jnp.log(jnp.abs(jnp.diag(root))))
    return constant - log_root - 0.5 * (nu + n) * jnp.log1p(jnp.sum(jnp.square(away), axis=0) / nu)


def draw(key: PRNGKeyArray, proposal: Proposal, num: int, nu: float) -> Float[Array, "N n"]:
    """(num, n) from the proposal."""
    normal_key, chi_key, which_key = jr.split(key, 3)
    normal = jr.normal(normal_key, (num, len(proposal.mean)))
    stretch = jnp.sqrt(nu / (2.0 * jr.gamma(chi_key, 0.5 * nu, (num, 1))))
    from_prior = jr.uniform(which_key, (num, 1)) < proposal.prior_share
    return jnp.where(from_prior, normal, proposal.mean + stretch * normal @ proposal.root.T)


@eqx.filter_jit
def log_mixture(z: Float[Array, "N n"], proposals: Proposal, done: Array | int, nu: float) -> Float[Array, "N"]:
    """Log density of the mixture of the first `done` rounds' proposals: the weights' denominator, whichever a draw is from.

    Source: [cornuet2012], the deterministic mixture of [owen2000].
    """
    rounds = []
    for number, (share, mean, root) in enumerate(zip(*proposals, strict=True)):
        parts = jnp.stack([jnp.log(share) + log_normal(z), jnp.log1p(-share) + log_student(z, mean, root, nu)])
        rounds.append(jnp.where(number < done, logsumexp(parts, axis=0), -jnp.inf))
    return logsumexp(jnp.stack(rounds), axis=0) - jnp.log(done)


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: rounds done.
        luck: key data, by which draws of equal weight are picked at the end.
        proposals: of each round, those to come as zeros.
        z: (R, B, n) draws of each round.
        log_density: (R, B) there.
    """

    step: Int[Array, ""]
    luck: UInt32[Array, "2"]
    proposals: Proposal
    z: Float[Array, "R B n"]
    log_density: Float[Array, "R B"]


class Info(NamedTuple):
    """What a reader wants to see of a round, of all draws up to it.

    Args:
        effective: draws that they are worth.
        shape: k̂, the Pareto shape of the weights.
        log_evidence: log of the mean likelihood under the prior.
        failed: runs of the round that failed.
        runs: model runs.
        gradients: none.
    """

    effective: Float[Array, ""]
    shape: Float[Array, ""]
    log_evidence: Float[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class Importance(Method):
    """Draws from a simple distribution count by how likely they are under the posterior and how easily they were drawn.

    Needs model runs only. Gives samples, and the evidence. Costs `batch` · `num_rounds` runs, all of a round at once: the best
    method for a cluster, as nothing waits. The first round draws from the prior, or around `starts`; each later one from a
    heavy-tailed t distribution fitted to all draws so far, with a share of the prior. Draws of all rounds are weighed against
    the mixture of all proposals. The weights' Pareto shape k̂ says whether they can be trusted: below 0.7 they can, whatever
    the proposal. Fails, and k̂ says so, in more than some ten dimensions and where the posterior is bent or in several pieces.

    Args:
        batch: draws a round B.
        num_rounds: rounds R; with one and no `starts` it is sampling from the prior.
        prior_share: [1] share of later rounds that is drawn from the prior, so that nothing is missed for ever.
        heaviness: degrees of freedom ν of the t distribution; fewer have heavier tails.
        num_kept: draws of equal weight that are kept.
        starts: (S, n) points whose mean and covariance are the first proposal's; see `starting_points.around_optima`.

    Source: [vehtari2024]; [cornuet2012] for rounds that learn; [owen2000] for the share of the prior.
    """

    name: ClassVar[str] = "importance"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "vehtari2024"
    compiled: ClassVar[bool] = False

    batch: int = 4_096
    num_rounds: int = 10
    prior_share: float = 0.1
    heaviness: float = 5.0
    num_kept: int = 4_000
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = {name: getattr(self, name) for name in ("batch", "num_rounds", "num_kept")}
        many_chains.refuse(self.name, whole, {"prior_share": self.prior_share})
        if self.heaviness <= 2.0:
            asked = f"importance was given heaviness: {self.heaviness}."
            raise StudyError(asked, "The t distribution then has no covariance.", "Give more than 2.")

    @property
    def chunk(self) -> int:
        """A checkpoint after every round."""
        return 1

    @property
    def num_steps(self) -> int:
        """Rounds."""
        return self.num_rounds

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """The first proposal; no model is run.

        Raises:
            StudyError: the starts are not of the problem's length.
        """
        many_chains.check_starts(self.name, self.starts, problem)
        n, rounds = problem.n, self.num_rounds
        proposals = Proposal(jnp.ones(rounds), jnp.zeros((rounds, n)), jnp.broadcast_to(jnp.eye(n), (rounds, n, n)))
        if len(self.starts):
            starts = np.asarray(self.starts)
            weights = np.full(len(starts), 1.0 / len(starts))
            root = root_of(moments(starts, weights)[1]) if len(starts) > n else np.eye(n)
            proposals = _placed(
                proposals, 0, Proposal(jnp.asarray(self.prior_share), jnp.asarray(starts.mean(axis=0)), jnp.asarray(root))
            )
        return State(
            step=jnp.asarray(0),
            luck=jr.key_data(key),
            proposals=proposals,
            z=jnp.zeros((rounds, self.batch, n)),
            log_density=jnp.full((rounds, self.batch), -jnp.inf),
        )

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One round, and the next one's proposal.

        Raises:
            RunFailed: the model fails at every draw of the first round.
        """
        at = int(state.step)
        z = draw(key, Proposal(*(field[at] for field in state.proposals)), self.batch, self.heaviness)
        log_density = np.array(problem.log_density_ensemble(z))
        low, high = problem.bounds
        log_density[np.isnan(log_density) | np.asarray(jnp.any((z < low) | (z > high), axis=1))] = -np.inf
        failed = int(np.sum(log_density == -np.inf))
        state = state._replace(
            step=jnp.asarray(at + 1), z=state.z.at[at].set(z), log_density=state.log_density.at[at].set(log_density)
        )
        if not np.any(np.asarray(state.log_density[: at + 1]) > -np.inf):
            raise RunFailed(
                f"{self.batch} draws were to be weighed.",
                "The model gave no usable answer at any of them.",
                "Check the priors with a prior run (landpda check), or narrow them.",
            )
        z_all, _, log_weights = self._weighed(state)
        _, shape = pareto_smoothed(log_weights)
        # N(0, I) has a constant that the cost leaves out
        constant = data_constant(problem.n) + data_constant(len(problem.y))
        info = Info(
            effective=jnp.asarray(effective_size(log_weights)),
            shape=jnp.asarray(shape),
            log_evidence=jnp.asarray(log_mean(log_weights) + constant),
            failed=jnp.asarray(failed),
            runs=jnp.asarray(self.batch),
            gradients=jnp.asarray(0),
        )
        if at + 1 < self.num_rounds:
            flat = flattening(log_weights, WORTH_FITTING * problem.n) * log_weights
            mean, covariance = moments(z_all, normalised(flat))
            root = root_of(covariance * (1.0 - 2.0 / self.heaviness))
            fitted = Proposal(jnp.asarray(self.prior_share), jnp.asarray(mean), jnp.asarray(root))
            state = state._replace(proposals=_placed(state.proposals, at + 1, fitted))
        return state, info

    def done(self, state: State) -> bool:
        """After all rounds."""
        return int(state.step) >= self.num_rounds

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """Draws of equal weight, and how far the weights can be trusted."""
        z, log_density, log_weights = self._weighed(state)
        smoothed, shape = pareto_smoothed(log_weights)
        key = jr.wrap_key_data(state.luck)
        samples = fold_circular(Samples(*equal_draws(key, z, log_density, smoothed, self.num_kept)), problem)
        findings = weight_findings(shape, effective_size(smoothed), len(z), "the proposals")
        sentence = f"The log evidence of the model with this prior is {trace['log_evidence'][-1]:.2f}."
        return samples, (*findings, Finding("note", "evidence", sentence))

    def _weighed(self, state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draws of all rounds so far, their log densities and log weights."""
        used = int(state.step) * self.batch
        z, log_density = state.z.reshape(-1, state.z.shape[-1]), state.log_density.reshape(-1)
        # the rounds to come are in it, too, so that one compiled function serves all
        log_weights = log_density - log_mixture(z, state.proposals, jnp.asarray(state.step), self.heaviness)
        return np.asarray(z)[:used], np.asarray(log_density)[:used], np.asarray(log_weights)[:used]


def _placed(proposals: Proposal, at: int, one: Proposal) -> Proposal:
    return Proposal(*(field.at[at].set(value) for field, value in zip(proposals, one, strict=True)))
