"""Sequential Monte Carlo: a population that is led from the prior to the posterior, and measures the evidence on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from landpda.core.errors import RunFailed, StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import many_chains
from landpda.methods.sample.chain_findings import fold_circular
from landpda.methods.sample.natural import natural
from landpda.methods.sample.weighted import (
    HALVINGS,
    data_constant,
    effective_size,
    log_mean,
    moments,
    normalised,
    root_of,
    systematic,
)
from landpda.problem.problem import AbstractProblem

ACCEPTANCE = 0.234
"""[1] acceptance of random walks that is best in many dimensions [roberts2001]."""
SCALE_SPREAD = 0.5
"""Jumps are scaled by e^N(0, 0.5²), so that some are long and some short, whatever the population's shape."""
RIDGE = 1e-9
"""[1] share added to each variance, so that copies of few members leave a matrix that has a root."""
FORGOTTEN = 0.5
"""[1] correlation of the last population with the one it was resampled to, up to which its copies count as spread out."""


def next_tempering(log_likelihood: Float[np.ndarray, "N"], tempering: float, share: float) -> float:
    """β' > β at which weights L^(β' − β) are worth `share` of the members, by bisection; 1 where they are worth that there.

    Source: [jasra2011]; [delmoral2006].
    """
    wanted = share * len(log_likelihood)
    # members whose run failed have no weight at any β': they count among those lost, not against the step
    held = log_likelihood[log_likelihood > -np.inf]
    wanted = min(wanted, share * len(held))

    def worth(to: float) -> float:
        return effective_size((to - tempering) * held)

    if worth(1.0) >= wanted:
        return 1.0
    low, high = tempering, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if worth(middle) >= wanted else (low, middle)
    return low if low > tempering else high


class Population(NamedTuple):
    """Members with what the tempered density is made of.

    Args:
        u: (N, n) places, in natural coordinates.
        log_prior: (N,) there.
        log_likelihood: (N,) there.
    """

    u: Float[Array, "N n"]
    log_prior: Float[Array, "N"]
    log_likelihood: Float[Array, "N"]


class Kernel(NamedTuple):
    """How members move at one temperature.

    Args:
        tempering: β.
        root: (n, n) of the population's covariance.
        log_scale: logarithm of the factor on it.
        others: (N, n) the population as it was resampled, along whose differences some jump.
        swaps: share of moves along such differences.
    """

    tempering: Float[Array, ""]
    root: Float[Array, "n n"]
    log_scale: Float[Array, ""]
    others: Float[Array, "N n"]
    swaps: Float[Array, ""]


def sweep(key: PRNGKeyArray, members: Population, kernel: Kernel, problem: AbstractProblem) -> tuple[Population, Array]:
    """One Metropolis move of all members under p(y | u)^β p(u): a random walk, or a jump by the difference of two others.

    Returns:
        The population, and the share of random walks that were accepted.

    Source: [delmoral2006]; [terbraak2008] for the differences.
    """
    normal_key, stretch_key, which_key, pair_key, accept_key = jr.split(key, 5)
    num, n = members.u.shape
    stretch = jnp.exp(kernel.log_scale + SCALE_SPREAD * jr.normal(stretch_key, (num, 1)))
    noise = jr.normal(normal_key, (num, n)) @ kernel.root.T
    pairs = kernel.others[jr.randint(pair_key, (2, num), 0, num)]
    walks = jr.uniform(which_key, (num,)) >= kernel.swaps
    # a difference with a little noise, so that copies of few members do not only visit sums of each other
    jump = jnp.where(walks[:, None], stretch * noise, pairs[0] - pairs[1] + 0.01 * stretch * noise)
    low, high = problem.bounds
    inside = jnp.all((members.u + jump >= low) & (members.u + jump <= high), axis=1)
    u = jnp.where(inside[:, None], members.u + jump, members.u)
    proposed = evaluated(u, problem)
    now, then = (member.log_prior + kernel.tempering * member.log_likelihood for member in (members, proposed))
    usable = inside & (proposed.log_likelihood > -jnp.inf)
    accepted = usable & (jnp.log(jr.uniform(accept_key, (num,))) < then - now)
    moved = jax.tree.map(
        lambda new, old: jnp.where(accepted.reshape((-1,) + (1,) * (new.ndim - 1)), new, old), proposed, members
    )
    return moved, jnp.sum(accepted & walks) / jnp.maximum(jnp.sum(walks), 1)


def evaluated(u: Float[Array, "N n"], problem: AbstractProblem) -> Population:
    """The population at u; a run that failed has likelihood zero."""
    log_density, log_prior = problem.log_density_ensemble(u), jax.vmap(problem.space.log_prior)(u)
    log_likelihood = jnp.where(log_density > -jnp.inf, log_density - log_prior, -jnp.inf)
    return Population(u, log_prior, log_likelihood)


def remembered(u: Float[Array, "N n"], before: Float[Array, "N n"]) -> Float[Array, ""]:
    """Largest correlation, over elements, between where members are and where they were."""
    now, then = (values - jnp.mean(values, axis=0) for values in (u, before))
    both = jnp.sqrt(jnp.sum(now**2, axis=0) * jnp.sum(then**2, axis=0))
    return jnp.max(jnp.sum(now * then, axis=0) / jnp.where(both > 0.0, both, 1.0))


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: temperatures done.
        members: the population, in natural coordinates.
        tempering: β so far.
        log_evidence: of p(y)^β so far, with the constant of the data's density.
        log_scale: logarithm of the factor on the root of the population's covariance.
    """

    step: Int[Array, ""]
    members: Population
    tempering: Float[Array, ""]
    log_evidence: Float[Array, ""]
    log_scale: Float[Array, ""]


class Info(NamedTuple):
    """One temperature.

    Args:
        tempering: β.
        log_evidence: of the model with its prior, once β is 1.
        effective: members that the weights were worth before resampling.
        acceptance: mean acceptance of its random walks.
        moves: sweeps of the population.
        correlation: largest correlation of an element with where it was resampled to.
        failed: members whose run had failed before resampling.
        runs: model runs.
        gradients: none.
    """

    tempering: Float[Array, ""]
    log_evidence: Float[Array, ""]
    effective: Float[Array, ""]
    acceptance: Float[Array, ""]
    moves: Int[Array, ""]
    correlation: Float[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class SMC(Method):
    """A population of prior draws is led to the posterior through ever less tempered ones: weighted, resampled, moved.

    Needs model runs only, asked for `num_particles` at a time. Gives samples, and the evidence: how likely the data are under
    the model and its prior, by which models are compared. Costs `num_particles` runs a sweep; some ten to thirty temperatures
    of 5 to `max_moves` sweeps. The next temperature is that at which the weights are worth `share` of the members, the moves
    go on until members have forgotten where they were resampled to. Takes several modes, whose weights it finds from the prior
    on: it needs no starts. Fails where the posterior is so narrow, or bends so much, that the moves do not spread the copies
    within `max_moves`: its findings say so. Then more particles or more moves help, or `dream_zs` with starts.

    Departures: members move in the priors' natural coordinates (see `Natural`), and `swaps` of the moves are differences of two
    other members. The population's copies and covariance steer the moves, so that the evidence has a bias of order 1/N.

    Args:
        num_particles: members N.
        share: [1] of the members that the weights are to be worth at the next temperature.
        correlation: [1] with the place of resampling, down to which members are moved.
        max_moves: most sweeps at a temperature.
        swaps: [1] share of moves by the difference of two others, which can lead from mode to mode.
        max_temperatures: most temperatures.

    Source: [delmoral2006]; [jasra2011] for the temperatures; [kantas2014] for moves until members have forgotten.
    """

    name: ClassVar[str] = "smc"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "delmoral2006"
    compiled: ClassVar[bool] = False

    num_particles: int = 2_048
    share: float = 0.5
    correlation: float = 0.2
    max_moves: int = 100
    swaps: float = 0.2
    max_temperatures: int = 200

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = {name: getattr(self, name) for name in ("num_particles", "max_moves", "max_temperatures")}
        shares = {name: getattr(self, name) for name in ("share", "correlation", "swaps")}
        many_chains.refuse(self.name, whole, shares)
        if self.share == 0.0:
            raise StudyError("smc was given share: 0.", "No temperature could be left.", "Give more than 0, below 1.")

    @property
    def chunk(self) -> int:
        """A checkpoint after every temperature."""
        return 1

    @property
    def num_steps(self) -> int:
        """Most temperatures."""
        return self.max_temperatures

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Prior draws, run.

        Raises:
            RunFailed: the model fails at every one.
        """
        seen = natural(problem)
        members = evaluated(seen.from_control(problem.space.sample(key, self.num_particles)), seen.inner)
        if not bool(jnp.any(members.log_likelihood > -jnp.inf)):
            raise RunFailed(
                f"{self.num_particles} draws from the prior were run.",
                "The model gave no usable answer at any of them.",
                "Check the priors with a prior run (landpda check), or narrow them.",
            )
        return State(
            step=jnp.asarray(0),
            members=members,
            tempering=jnp.asarray(0.0),
            log_evidence=jnp.asarray(data_constant(len(problem.y))),
            log_scale=jnp.asarray(math.log(2.38 / math.sqrt(problem.n))),
        )

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """Weigh, resample, move."""
        resample_key, move_key = jr.split(key)
        log_likelihood = np.asarray(state.members.log_likelihood)
        tempering = next_tempering(log_likelihood, float(state.tempering), self.share)
        log_weights = np.where(log_likelihood > -np.inf, (tempering - float(state.tempering)) * log_likelihood, -np.inf)
        weights = normalised(log_weights)
        root = root_of(moments(state.members.u, weights)[1], RIDGE)
        picked = systematic(resample_key, weights, self.num_particles)
        resampled = Population(*(field[picked] for field in state.members))
        kernel = Kernel(jnp.asarray(tempering), jnp.asarray(root), state.log_scale, resampled.u, jnp.asarray(self.swaps))
        members, log_scale, rates, correlation = self._moved(move_key, resampled, kernel, problem)
        log_evidence = float(state.log_evidence) + log_mean(log_weights)
        after = State(state.step + 1, members, jnp.asarray(tempering), jnp.asarray(log_evidence), log_scale)
        return after, Info(
            tempering=after.tempering,
            log_evidence=after.log_evidence,
            effective=jnp.asarray(effective_size(log_weights)),
            acceptance=jnp.asarray(np.mean(rates)),
            moves=jnp.asarray(len(rates)),
            correlation=jnp.asarray(correlation),
            failed=jnp.asarray(np.sum(log_likelihood == -np.inf)),
            # the prior draws were run too, before the first step
            runs=jnp.asarray(self.num_particles * (len(rates) + (int(state.step) == 0))),
            gradients=jnp.asarray(0),
        )

    def done(self, state: State) -> bool:
        """The population is the posterior's, or the temperatures are used up."""
        return float(state.tempering) >= 1.0 or int(state.step) >= self.max_temperatures

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The last population, and whether it was led there without haste."""
        seen = natural(problem)
        z = seen.to_control(state.members.u)
        log_density = seen.log_density_of_control(state.members.log_prior + state.members.log_likelihood, state.members.u, z)
        samples = fold_circular(Samples(z[None], log_density[None]), problem)
        distinct = len(np.unique(np.asarray(state.members.u), axis=0))
        return samples, _findings(self, trace, distinct)

    def _moved(
        self, key: PRNGKeyArray, members: Population, kernel: Kernel, problem: AbstractProblem
    ) -> tuple[Population, Array, list[float], float]:
        """Sweeps until members have forgotten; the scale follows the acceptance."""
        once = _compiled_sweep if problem.traceable else _looped_sweep
        rates: list[float] = []
        correlation = 1.0
        while len(rates) < self.max_moves and correlation > self.correlation:
            members, rate, left = once(jr.fold_in(key, len(rates)), members, kernel, problem)
            rates.append(float(rate))
            kernel = kernel._replace(log_scale=kernel.log_scale + (rates[-1] - ACCEPTANCE))
            correlation = float(left)
        return members, kernel.log_scale, rates, correlation


@eqx.filter_jit
def _compiled_sweep(
    key: PRNGKeyArray, members: Population, kernel: Kernel, problem: AbstractProblem
) -> tuple[Population, Array, Array]:
    moved, rate = sweep(key, members, kernel, natural(problem).inner)
    return moved, rate, remembered(moved.u, kernel.others)


def _looped_sweep(
    key: PRNGKeyArray, members: Population, kernel: Kernel, problem: AbstractProblem
) -> tuple[Population, Array, Array]:
    moved, rate = sweep(key, members, kernel, natural(problem).inner)
    return moved, rate, remembered(moved.u, kernel.others)


def _findings(method: SMC, trace: Mapping[str, np.ndarray], distinct: int) -> tuple[Finding, ...]:
    reached, worst = float(trace["tempering"][-1]), float(trace["correlation"][-1])
    found = []
    if reached < 1.0:
        sentence = (
            f"The population came only to tempering {reached:.2g} in {method.max_temperatures} temperatures: these are not "
            "draws of the posterior. Allow more temperatures."
        )
        found.append(Finding("serious", "convergence", sentence))
    elif worst > FORGOTTEN:
        sentence = (
            f"After {int(trace['moves'][-1])} sweeps at the last temperature a parameter still had a correlation of {worst:.2f}"
            f" with where it was resampled to ({method.correlation:g} is wanted): the population may be copies of few members, "
            "and its intervals too narrow. Allow more moves (max_moves) or more particles."
        )
        found.append(Finding("serious" if worst > 0.8 else "warning", "convergence", sentence))
    elif worst > method.correlation:
        sentence = (
            f"Members nearly forgot where they were resampled to: a correlation of {worst:.2f} was left. Allow more moves."
        )
        found.append(Finding("note", "convergence", sentence))
    else:
        sentence = (
            f"The population reached the posterior in {len(trace['tempering'])} temperatures, and its members forgot where they"
            f" were resampled to at the last one; {distinct} of {method.num_particles} are distinct."
        )
        found.append(Finding("good", "convergence", sentence))
    failed = int(trace["failed"][0])
    aside = f" {failed} of {method.num_particles} prior runs failed and count as impossible." if failed else ""
    if reached >= 1.0:
        evidence = f"The log evidence of the model with this prior is {float(trace['log_evidence'][-1]):.2f}.{aside}"
        found.append(Finding("note", "evidence", evidence))
    return tuple(found)
