"""Hamiltonian Monte Carlo: many chains side by side that follow the gradient along curved ridges."""

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
from landpda.methods.sample import burn_in, step_length
from landpda.methods.sample.chain_findings import chain_findings, fold_circular
from landpda.methods.sample.metric import WINDOWS, Metric, new_metric, relearnt, seen, solve_lower
from landpda.methods.sample.step_length import Adaptation
from landpda.problem.problem import AbstractProblem

DIVERGED = 1000.0
"""[log units] error of the energy from which a trajectory has left the ridge that it was to follow [betancourt2017]."""
MEMORY = 0.9
"""Share of the past in a chain's mean acceptance: it looks back about ten draws."""
STUCK = 0.25
"""[1] share of the target acceptance below which a chain counts as stuck."""


class Particle(NamedTuple):
    """Where chains are, and how steep it is there.

    Args:
        v: (C, n) places along the axes.
        cost: (C,) J.
        gradient: (C, n) of J with respect to v.
    """

    v: Float[Array, "C n"]
    cost: Float[Array, "C"]
    gradient: Float[Array, "C n"]


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: draws done.
        particle: the chains, along the axes of `metric`.
        metric: those axes, and what was seen since they were set.
        adaptation: of the step length.
        chance: (C,) mean probability of acceptance of each chain, later draws weighing more.
    """

    step: Int[Array, ""]
    particle: Particle
    metric: Metric
    adaptation: Adaptation
    chance: Float[Array, "C"]


class Info(NamedTuple):
    """What a reader wants to see of a step.

    Args:
        z: (C, n) where the chains are.
        log_density: (C,) there.
        acceptance: mean probability of acceptance.
        step_size: ε.
        diverged: chains whose trajectory left the ridge.
        lost: chains that were moved to another chain's place (burn-in only).
        runs: model runs.
        gradients: those of them with a gradient: all.
    """

    z: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    acceptance: Float[Array, ""]
    step_size: Float[Array, ""]
    diverged: Int[Array, ""]
    lost: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class HMC(Method):
    """Hamiltonian Monte Carlo: each draw is the end of a trajectory along which the energy J(v) + ½‖p‖² is nearly kept.

    Needs the gradient. Gives samples. Costs `num_chains` gradients a leapfrog step, about `trajectory` / ε of them a draw.
    Follows curved, narrow ridges, along which a sampler without gradient diffuses. All chains share ε and the trajectory's
    length, so that a block of members stays together; the length is drawn anew for each draw, so that no period of the target
    can trap the chains. In burn-in ε adapts to an acceptance of `target`; the axes along which momentum is drawn are set twice
    by where all chains have been; and a chain that sits where no trajectory of that ε is accepted is put where another is.
    After burn-in nothing adapts.

    Fails where J is not smooth, where modes are far apart (chains stay in the mode where they start, which R-hat shows), and
    where a ridge is so much narrower in one place than elsewhere that no ε suits both, which divergences show.

    Args:
        num_chains: chains C.
        num_draws: draws per chain, burn-in included; rounded up to whole checkpoints.
        burn_in: [1] share of the draws that is dropped.
        trajectory: longest trajectory; π/2 crosses a Gaussian of unit width, the width along `axes`.
        max_leapfrog: most leapfrog steps a draw.
        target: [1] acceptance that ε is adapted to.
        checkpoint_every: draws between two checkpoints.
        starts: (S, n) points from which chains start; prior draws without rows.
        axes: (n, n) columns along which, and in whose lengths, momentum is first drawn; the control vector's own without rows.

    Source: [neal2011]; [hoffman2014] for ε; [carpenter2017] for the windows of burn-in; [betancourt2017] for divergences.
    """

    name: ClassVar[str] = "hmc"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "neal2011"
    compiled: ClassVar[bool] = True

    num_chains: int = 32
    num_draws: int = 1_000
    burn_in: float = 0.5
    trajectory: float = 0.5 * math.pi
    max_leapfrog: int = 32
    target: float = 0.8
    checkpoint_every: int = 20
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))
    axes: Float[Array, "n n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        for name in ("num_chains", "num_draws", "max_leapfrog", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise StudyError(f"hmc was given {name}: {getattr(self, name)}.", "It must be at least 1.", "Give 1 or more.")
        for name in ("trajectory", "target"):
            if not getattr(self, name) > 0.0:
                raise StudyError(
                    f"hmc was given {name}: {getattr(self, name)}.", "It has to be positive.", "Give a number above 0."
                )
        for name in ("burn_in", "target"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise StudyError(f"hmc was given {name}: {getattr(self, name)}.", "It is a share.", "Give 0 to below 1.")

    @property
    def chunk(self) -> int:
        """Draws between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Draws in all: whole checkpoints."""
        return self.chunk * math.ceil(self.num_draws / self.chunk)

    @property
    def burn_in_steps(self) -> int:
        """Draws that are dropped."""
        return math.ceil(self.burn_in * self.num_steps)

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Chains at the starts, or at prior draws.

        Raises:
            RunFailed: the model fails at every start.
            StudyError: the starts are not of the problem's length.
        """
        choices = self.starts if len(self.starts) else problem.initial_ensemble(key, self.num_chains)
        if choices.shape[1:] != (problem.n,):
            raise StudyError(
                f"hmc was given starts of shape {choices.shape}.",
                f"The problem has {problem.n} elements.",
                "Give one row a start.",
            )
        z = choices[jr.permutation(key, len(choices))[jnp.arange(self.num_chains) % len(choices)]]
        usable = jnp.flatnonzero(jnp.isfinite(problem.log_density_ensemble(z)))
        if not len(usable):
            raise RunFailed(
                f"{self.num_chains} chains were to start.",
                "The model gave no usable answer at any of their starts.",
                "Check the priors with a prior run (landpda check), or narrow them.",
            )
        z = z[usable[jnp.arange(self.num_chains) % len(usable)]]
        metric = new_metric(self.axes if len(self.axes) else jnp.eye(problem.n))
        particle = _at(jnp.linalg.solve(metric.axes, z.T).T, metric.axes, problem)
        first = jnp.log(0.5 / problem.n**0.25)
        adaptation = Adaptation(first, first, jnp.asarray(0.0), jnp.asarray(0))
        return State(jnp.asarray(0), particle, metric, adaptation, jnp.full(self.num_chains, self.target))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One trajectory of every chain."""
        momentum_key, length_key, accept_key, rescue_key = jr.split(key, 4)
        burning = state.step < self.burn_in_steps
        size = jnp.exp(jnp.where(burning, state.adaptation.log_step, state.adaptation.averaged))
        length = self.trajectory * jr.uniform(length_key, minval=0.1)
        leaps = jnp.clip(jnp.ceil(length / size), 1, self.max_leapfrog).astype(int)
        momentum = jr.normal(momentum_key, state.particle.v.shape)
        end, end_momentum = _leapfrog(state.particle, momentum, size, leaps, state.metric.axes, problem)
        before = state.particle.cost + 0.5 * jnp.sum(jnp.square(momentum), axis=1)
        after = end.cost + 0.5 * jnp.sum(jnp.square(end_momentum), axis=1)
        error = jnp.where(jnp.isfinite(after), after - before, jnp.inf)
        chance = jnp.exp(-jnp.maximum(error, 0.0))
        taken = jr.uniform(accept_key, chance.shape) < chance
        particle = jax.tree.map(
            lambda new, old: jnp.where(taken.reshape((-1,) + (1,) * (new.ndim - 1)), new, old), end, state.particle
        )
        # a failed run says nothing of the step length, which would shrink without end where many fail
        ran = jnp.isfinite(after)
        missed = jnp.where(jnp.any(ran), self.target - jnp.sum(jnp.where(ran, chance, 0.0)) / jnp.maximum(jnp.sum(ran), 1), 0.0)
        adapted = step_length.adapted(state.adaptation, missed, state.step)
        adaptation = jax.tree.map(lambda new, old: jnp.where(burning, new, old), adapted, state.adaptation)
        lately = MEMORY * state.chance + (1.0 - MEMORY) * jnp.where(ran, chance, self.target)
        lost = burning & (lately < STUCK * self.target)
        place = burn_in.rescue(jr.uniform(rescue_key, lost.shape), lost)
        particle = jax.tree.map(lambda leaf: leaf[place], particle)
        lately = jnp.where(lost, self.target, lately)
        runs = self.num_chains * (leaps + (state.step == 0))
        info = Info(
            z=particle.v @ state.metric.axes.T,
            log_density=-particle.cost,
            acceptance=jnp.mean(chance),
            step_size=size,
            diverged=jnp.sum(error > DIVERGED),
            lost=jnp.sum(lost),
            runs=runs,
            gradients=runs,
        )
        return self._learnt(State(state.step + 1, particle, state.metric, adaptation, lately)), info

    def done(self, state: State) -> bool:
        """After all draws."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The draws after burn-in, with what the chains say of themselves."""
        kept = slice(self.burn_in_steps, None)
        samples = Samples(jnp.asarray(np.swapaxes(trace["z"][kept], 0, 1)), jnp.asarray(trace["log_density"][kept].T))
        samples = fold_circular(samples, problem)
        findings = chain_findings(np.asarray(samples.draws), problem.names, float(np.mean(trace["acceptance"][kept])))
        diverged = int(np.sum(trace["diverged"][kept]))
        if diverged:
            share = 100.0 * diverged / (self.num_chains * len(trace["diverged"][kept]))
            sentence = (
                f"{diverged} trajectories ({share:.1f} %) diverged: the posterior may be too narrow in places for the step."
            )
            findings = (*findings, Finding("warning" if share > 1.0 else "note", "convergence", sentence))
        return samples, tuple(findings)

    def _learnt(self, state: State) -> State:
        """In burn-in, note where the chains are, and at the end of a window set the axes by that."""
        (from_1, to_1), (from_2, to_2) = (tuple(round(share * self.burn_in_steps) for share in window) for window in WINDOWS)
        done = state.step
        watching = ((done > from_1) & (done <= to_1)) | ((done > from_2) & (done <= to_2))
        metric = jax.tree.map(
            lambda new, old: jnp.where(watching, new, old), seen(state.metric, state.particle.v), state.metric
        )
        state = state._replace(metric=metric)
        return jax.lax.cond(((done == to_1) | (done == to_2)) & (metric.num > 0), _turned, lambda state: state, state)


def _turned(state: State) -> State:
    """The same chains along axes learnt from what was seen."""
    metric, turn = relearnt(state.metric)
    particle = state.particle
    particle = Particle(solve_lower(turn, particle.v), particle.cost, particle.gradient @ turn)
    adaptation = state.adaptation._replace(averaged=state.adaptation.log_step, since=state.step)
    return state._replace(particle=particle, metric=metric, adaptation=adaptation)


def _at(v: Float[Array, "C n"], axes: Float[Array, "n n"], problem: AbstractProblem) -> Particle:
    cost, gradient = problem.value_and_grad_ensemble(v @ axes.T)
    return Particle(v, cost, gradient @ axes)


def _leapfrog(
    start: Particle,
    momentum: Float[Array, "C n"],
    size: Float[Array, ""],
    leaps: Int[Array, ""],
    axes: Float[Array, "n n"],
    problem: AbstractProblem,
) -> tuple[Particle, Float[Array, "C n"]]:
    def leap(_: int, carry: tuple[Particle, Array]) -> tuple[Particle, Array]:
        particle, p = carry
        half = p - 0.5 * size * particle.gradient
        particle = _at(particle.v + size * half, axes, problem)
        return particle, half - 0.5 * size * particle.gradient

    if problem.traceable:
        return jax.lax.fori_loop(0, leaps, leap, (start, momentum))
    carry = (start, momentum)
    for index in range(int(leaps)):
        carry = leap(index, carry)
    return carry
