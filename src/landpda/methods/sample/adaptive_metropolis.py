"""Adaptive Metropolis with delayed rejection (DRAM), many chains side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import burn_in, many_chains
from landpda.methods.sample.frame import Frame, frame_of_covariance
from landpda.methods.sample.natural import natural
from landpda.problem.problem import AbstractProblem

SCALE = 2.38
"""Jumps of 2.38/√n posterior standard deviations are best for a Gaussian of many dimensions [haario2001], [roberts2001]."""
ACCEPTANCE = 0.234
"""[1] acceptance of the first stage that goes with it [roberts2001]."""
DECAY = 0.6
"""Step t moves the log scale by t^−0.6 times what the acceptance missed [andrieu2008]."""
BACKLOG = 20.0
"""Steps that the starting covariance counts as, so that few chains do not leave it without a root."""
UNDISTURBED = 0.1
"""Share of the burn-in before lost chains are looked for: all are far away at first."""


class Moments(NamedTuple):
    """Of the states of all chains, later steps weighing more."""

    mean: Float[Array, "n"]
    covariance: Float[Array, "n n"]


def followed(moments: Moments, u: Float[Array, "C n"], step: Array) -> Moments:
    """The moments with the states of one more step, whose weight 2/(t + 2) lets the late half of the past count three times.

    Source: [haario2001], there for one chain and with all of the past alike; [craiu2009] for chains that share it.
    """
    weight = 2.0 / (step + 2.0 + BACKLOG)
    away = u - moments.mean
    shift = weight * jnp.mean(away, axis=0)
    second = (1.0 - weight) * moments.covariance + weight * away.T @ away / len(u)
    return Moments(moments.mean + shift, second - jnp.outer(shift, shift))


def acceptance(log_ratio: Float[Array, "C"]) -> Float[Array, "C"]:
    """Metropolis: α = min(1, π(y)/π(x)); 0 where the run failed at y."""
    return jnp.where(jnp.isnan(log_ratio), 0.0, jnp.exp(jnp.minimum(log_ratio, 0.0)))


class Stages(NamedTuple):
    """Log densities and places of a move in two stages: from x, first to y1, then to y2."""

    x: Float[Array, "C n"]
    y1: Float[Array, "C n"]
    y2: Float[Array, "C n"]
    at_x: Float[Array, "C"]
    at_y1: Float[Array, "C"]
    at_y2: Float[Array, "C"]


def second_acceptance(stages: Stages, inverse: Float[Array, "n n"]) -> Float[Array, "C"]:
    """Probability of accepting y2 after y1 was rejected.

        α2 = min{1, π(y2) q1(y2 → y1) [1 − α1(y2, y1)] / (π(x) q1(x → y1) [1 − α1(x, y1)])}

    The first proposal is q1(a → b) = N(b; a, L Lᵀ), of which `inverse` is L⁻¹; the second is symmetric in x and y2.

    Source: [haario2006]; [green2001].
    """

    def log_q1(start: Array) -> Array:
        return -0.5 * jnp.sum(jnp.square((stages.y1 - start) @ inverse.T), axis=1)

    back = acceptance(stages.at_y1 - stages.at_y2)
    forth = acceptance(stages.at_y1 - stages.at_x)
    log_ratio = stages.at_y2 - stages.at_x + log_q1(stages.y2) - log_q1(stages.x) + jnp.log1p(-back) - jnp.log1p(-forth)
    return jnp.where(stages.at_y2 > -jnp.inf, acceptance(log_ratio), 0.0)


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: steps done, of `thin` generations each.
        u: (C, n) where the chains are, in natural coordinates.
        log_density: (C,) there, per unit of u.
        moments: of the chains' past; as they were when burn-in ended.
        frame: root of that covariance.
        log_scale: logarithm of the factor on the root.
        late_log_density: (C,) mean log density of each chain, later steps weighing more.
    """

    step: Int[Array, ""]
    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    moments: Moments
    frame: Frame
    log_scale: Float[Array, ""]
    late_log_density: Float[Array, "C"]


class Info(NamedTuple):
    """What a reader wants to see of a step.

    Args:
        z: (C, n) control vectors where the chains are after the step.
        log_density: (C,) there, per unit of z.
        acceptance: share of the generations in which a chain moved, in the first stage or the second.
        first_stage: share of the first proposals that were accepted.
        scale: factor on the root of the chains' covariance.
        lost: chains that were moved to another chain's place (burn-in only).
        runs: model runs.
        gradients: none.
    """

    z: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    acceptance: Float[Array, ""]
    first_stage: Float[Array, ""]
    scale: Float[Array, ""]
    lost: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class Walk(NamedTuple):
    """What the generations of one step hand on."""

    u: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    moved: Float[Array, ""]
    first: Float[Array, ""]


class Luck(NamedTuple):
    """All that chance decides in a generation, for each of the two stages."""

    normal: Float[Array, "*G 2 C n"]
    uniform: Float[Array, "*G 2 C"]


class AdaptiveMetropolis(Method):
    """DRAM: chains propose with the covariance of their past, and where that is rejected, they try nearer by.

    Needs model runs only, no gradient. Gives samples. Costs 2 · `num_chains` · `num_generations` runs, asked for `num_chains`
    at a time. Simple and robust for posteriors that are roughly normal, in up to some 20 dimensions. Fails where the posterior
    bends (one covariance fits nowhere: R-hat in the findings shows it) and where it has several modes, between which it does
    not jump. `dream_zs` takes both.

    All chains share one covariance and one scale. Both adapt in burn-in, which is dropped, and are then fixed, so that the
    draws that are kept are those of an ordinary Markov chain. Departures from the papers: the covariance is that of all
    chains, its late past counts more, and the scale follows the acceptance [andrieu2008]; the second stage is tried by all
    chains, for a block of members costs what one would, and counts where the first was rejected. Chains walk in the priors'
    natural coordinates (see `Natural`).

    Args:
        num_chains: chains C.
        num_generations: generations per chain, rounded up to whole checkpoints.
        thin: generations per step; every thin-th state is kept.
        burn_in: [1] share of the generations that is dropped.
        second_scale: [1] length of the second stage's jump, as a share of the first's (γ in the paper).
        checkpoint_every: steps between two checkpoints.
        starts: (S, n) points from which chains start, and whose covariance is the first one; without rows all are prior draws.

    Source: [haario2006]; [haario2001] for the covariance, [craiu2009] for chains that share it.
    """

    name: ClassVar[str] = "adaptive_metropolis"
    needs: ClassVar[Needs] = Needs.FORWARD
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "haario2006"
    compiled: ClassVar[bool] = True

    num_chains: int = 64
    num_generations: int = 20_000
    thin: int = 10
    burn_in: float = 0.5
    second_scale: float = 0.2
    checkpoint_every: int = 20
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = {name: getattr(self, name) for name in ("num_chains", "num_generations", "thin", "checkpoint_every")}
        many_chains.refuse(self.name, whole, {"burn_in": self.burn_in})
        if self.second_scale <= 0.0:
            raise StudyError(
                f"adaptive_metropolis was given second_scale: {self.second_scale}.", "It is a length.", "Give more than 0."
            )

    @property
    def chunk(self) -> int:
        """Steps between two checkpoints."""
        return self.checkpoint_every

    @property
    def num_steps(self) -> int:
        """Steps in all: whole checkpoints."""
        return self.chunk * math.ceil(self.num_generations / (self.thin * self.chunk))

    @property
    def burn_in_steps(self) -> int:
        """Steps that are dropped."""
        return math.ceil(self.burn_in * self.num_steps)

    def init(self, key: PRNGKeyArray, problem: AbstractProblem) -> State:
        """Chains at the starts, or at prior draws.

        Raises:
            RunFailed: the model fails at every start.
            StudyError: the starts are not of the problem's length.
        """
        pool_key, start_key = jr.split(key)
        many_chains.check_starts(self.name, self.starts, problem)
        seen = natural(problem)
        pool = seen.from_control(many_chains.starting_pool(pool_key, problem, self.num_chains, self.starts))
        choices = seen.from_control(self.starts) if len(self.starts) else pool
        u = many_chains.picked(start_key, choices, self.num_chains)
        log_density = seen.inner.log_density_ensemble(u)
        place = many_chains.standing(log_density)
        # few starts span no space: prior draws among them do
        spread = choices if len(choices) > problem.n else pool
        moments = Moments(jnp.mean(spread, axis=0), jnp.cov(spread.T).reshape(problem.n, problem.n))
        return State(
            step=jnp.asarray(0),
            u=u[place],
            log_density=log_density[place],
            moments=moments,
            frame=_frame(moments),
            log_scale=jnp.asarray(math.log(SCALE / math.sqrt(problem.n))),
            late_log_density=log_density[place],
        )

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """`thin` generations; then, in burn-in, the covariance and the scale follow, and lost chains are moved."""
        normal_key, uniform_key, rescue_key = jr.split(key, 3)
        seen = natural(problem)
        luck = Luck(
            jr.normal(normal_key, (self.thin, 2, self.num_chains, problem.n)),
            jr.uniform(uniform_key, (self.thin, 2, self.num_chains)),
        )
        first = Walk(state.u, state.log_density, jnp.asarray(0.0), jnp.asarray(0.0))
        walk = self._generations(luck, first, state, seen.inner)
        burning = state.step < self.burn_in_steps
        late = burn_in.late_mean(state.late_log_density, walk.log_density, state.step)
        lost = burn_in.lost_chains(late, problem.n) & burning & (state.step >= UNDISTURBED * self.burn_in_steps)
        place = burn_in.rescue(jr.uniform(rescue_key, lost.shape), lost)
        u, log_density = walk.u[place], walk.log_density[place]
        first_stage = walk.first / self.thin
        after = State(
            step=state.step + 1,
            u=u,
            log_density=log_density,
            moments=_if(burning, followed(state.moments, u, state.step), state.moments),
            frame=state.frame,
            log_scale=state.log_scale + jnp.where(burning, (first_stage - ACCEPTANCE) / (state.step + 1.0) ** DECAY, 0.0),
            late_log_density=late[place],
        )
        after = after._replace(frame=_followed(burning, after.moments, state.frame))
        z = seen.to_control(u)
        return after, Info(
            z=z,
            log_density=seen.log_density_of_control(log_density, u, z),
            acceptance=walk.moved / self.thin,
            first_stage=first_stage,
            scale=jnp.exp(state.log_scale),
            lost=jnp.sum(lost),
            # the starts were run too, before the first step
            runs=jnp.asarray(self.num_chains * (2 * self.thin + (state.step == 0))),
            gradients=jnp.asarray(0),
        )

    def done(self, state: State) -> bool:
        """After all generations."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The states after burn-in, with what the chains say of themselves."""
        del state
        return many_chains.kept_samples(trace, self.burn_in_steps, problem)

    def _generations(self, luck: Luck, walk: Walk, state: State, problem: AbstractProblem) -> Walk:
        scale = jnp.exp(state.log_scale)

        def generation(walk: Walk, luck: Luck) -> tuple[Walk, None]:
            y1, inside1 = _jump(luck.normal[0], walk.u, state.frame, scale, problem.bounds)
            at_y1 = jnp.where(inside1, problem.log_density_ensemble(y1), -jnp.inf)
            y2, inside2 = _jump(luck.normal[1], walk.u, state.frame, scale * self.second_scale, problem.bounds)
            at_y2 = jnp.where(inside2, problem.log_density_ensemble(y2), -jnp.inf)
            return _settle(luck, walk, Stages(walk.u, y1, y2, walk.log_density, at_y1, at_y2), state.frame, scale), None

        if problem.traceable:
            return jax.lax.scan(generation, walk, luck)[0]
        for k in range(self.thin):
            walk, _ = generation(walk, jax.tree.map(lambda field, k=k: field[k], luck))
        return walk


def _if(condition: Bool[Array, ""], new: Moments, old: Moments) -> Moments:
    return Moments(*(jnp.where(condition, one, other) for one, other in zip(new, old, strict=True)))


@eqx.filter_jit
def _frame(moments: Moments) -> Frame:
    return frame_of_covariance(moments.covariance)


@eqx.filter_jit
def _followed(now: Bool[Array, ""], moments: Moments, frame: Frame) -> Frame:
    """The frame of the moments, if it is to follow now; else the one so far."""
    return jax.lax.cond(now, lambda: frame_of_covariance(moments.covariance), lambda: frame)


@eqx.filter_jit
def _jump(
    normal: Float[Array, "C n"],
    u: Float[Array, "C n"],
    frame: Frame,
    scale: Array,
    bounds: tuple[Float[Array, "n"], Float[Array, "n"]],
) -> tuple[Float[Array, "C n"], Bool[Array, "C"]]:
    """Where to, and whether that is inside the bounds; what is not stays where it is, and is to be rejected."""
    proposed = u + scale * normal @ frame.root.T
    inside = jnp.all((proposed >= bounds[0]) & (proposed <= bounds[1]), axis=1)
    return jnp.where(inside[:, None], proposed, u), inside


@eqx.filter_jit
def _settle(luck: Luck, walk: Walk, stages: Stages, frame: Frame, scale: Array) -> Walk:
    at_y1 = jnp.where(jnp.isnan(stages.at_y1), -jnp.inf, stages.at_y1)
    stages = stages._replace(at_y1=at_y1)
    first = luck.uniform[0] < acceptance(at_y1 - stages.at_x)
    second = ~first & (luck.uniform[1] < second_acceptance(stages, frame.inverse / scale))
    u = jnp.where(first[:, None], stages.y1, jnp.where(second[:, None], stages.y2, stages.x))
    log_density = jnp.where(first, at_y1, jnp.where(second, stages.at_y2, stages.at_x))
    return Walk(u, log_density, walk.moved + jnp.mean(first | second), walk.first + jnp.mean(first))
