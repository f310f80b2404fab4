"""The No-U-Turn sampler, with BlackJAX's trees."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from landpda.core.errors import StudyError
from landpda.core.estimate import Samples
from landpda.core.types import Exact, Finding, Gives, Needs
from landpda.methods.method import Method
from landpda.methods.sample import many_chains
from landpda.problem.problem import AbstractProblem

FIRST_STEP = 0.5
"""Step length to begin with, divided by n^¼, which is how it scales for a Gaussian [neal2011]."""
DEEP = 0.05
"""[1] share of trees cut at their greatest depth from which the reader is told."""
DIVERGING = 0.01
"""[1] share of diverging trees beyond which they are a warning, not a note."""


class Place(NamedTuple):
    """Where chains are, along the axes."""

    v: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    gradient: Float[Array, "C n"]


class Tree(NamedTuple):
    """What a chain's trajectory was like.

    Args:
        leaps: leapfrog steps, each a gradient.
        depth: doublings.
        chance: sum of the probabilities of acceptance of its points.
        ran: how many of these could be run.
        diverged: whether it left the ridge.
        failed: whether it ended at a run that failed.
    """

    leaps: Int[Array, "C"]
    depth: Int[Array, "C"]
    chance: Float[Array, "C"]
    ran: Int[Array, "C"]
    diverged: Array
    failed: Array


def log_density_of(problem: AbstractProblem, frame: Float[Array, "n n"]) -> Callable[[Float[Array, "n"]], Float[Array, ""]]:
    """The log density as a function of v, whose derivative is asked of the problem; a batch of chains is asked at once."""
    # what is traced must come as an argument: a function with rules of its own may not close over it
    arrays, rest = eqx.partition((problem, frame), eqx.is_array)

    def ensemble(V: Float[Array, "C n"], arrays: Any) -> tuple[Float[Array, "C"], Float[Array, "C n"]]:
        problem, frame = eqx.combine(arrays, rest)
        with jax.disable_jit(False):
            cost, gradient = problem.value_and_grad_ensemble(V @ frame.T)
        return -cost, -(gradient @ frame)

    def alone(v: Float[Array, "n"], arrays: Any) -> tuple[Float[Array, ""], Float[Array, "n"]]:
        log_density, gradient = ensemble(v[None], arrays)
        return log_density[0], gradient[0]

    together = custom_vmap(alone)

    @together.def_vmap
    def _(size: int, batched: Any, V: Array, arrays: Any) -> tuple[tuple[Array, Array], tuple[bool, bool]]:
        del size, batched
        return ensemble(V, arrays), (True, True)

    # `together` traces the problem, which one that only takes numbers refuses; there, chains are asked one by one
    joint = together if problem.traceable else alone

    @jax.custom_vjp
    def log_density(v: Float[Array, "n"], arrays: Any) -> Float[Array, ""]:
        return joint(v, arrays)[0]

    log_density.defvjp(joint, lambda gradient, weight: (weight * gradient, None))
    return lambda v: log_density(v, arrays)


def tree(
    key: PRNGKeyArray, place: Place, log_density: Callable[..., Array], step: Array, variance: Array, max_depth: int
) -> tuple[Place, Tree]:
    """One draw of one chain: a trajectory that doubles until it turns back, and a point of it.

    A run that failed is an end of the trajectory with probability zero. Its part of it is left out, as where it diverges; but
    it says nothing of the step length, and is not counted in the acceptance.

    Source: [hoffman2014] algorithm 3, with the multinomial choice of a point of [betancourt2017].
    """
    import blackjax  # loaded late: half a second that only this method needs

    kernel = blackjax.nuts.build_kernel()
    start = blackjax.mcmc.hmc.HMCState(*place)  # pyright: ignore[reportArgumentType]  a float, it says of an array
    state, info = kernel(key, start, log_density, step, variance, max_depth)
    ends = jnp.stack([info.trajectory_leftmost_state.logdensity, info.trajectory_rightmost_state.logdensity])
    failed = ~jnp.all(jnp.isfinite(ends))
    leaps = jnp.asarray(info.num_integration_steps)
    depth, chance = jnp.asarray(info.num_trajectory_expansions), info.acceptance_rate * leaps
    seen = Tree(leaps, depth, chance, leaps - failed, info.is_divergent & ~failed, failed)
    return Place(state.position, state.logdensity, state.logdensity_grad), seen


class State(NamedTuple):
    """What the next step needs.

    Args:
        step: draws done.
        place: the chains.
        length: dual averaging of the step length, as BlackJAX has it.
        spread: variances along the axes, and the moments of the present window, as BlackJAX has them.
    """

    step: Int[Array, ""]
    place: Place
    length: Any
    spread: Any


class Info(NamedTuple):
    """What a reader wants to see of a step.

    Args:
        z: (C, n) where the chains are.
        log_density: (C,) there.
        acceptance: mean probability of acceptance along the trajectories.
        step_size: ε.
        depth: (C,) doublings of each trajectory.
        diverged: chains whose trajectory left the ridge.
        failed: chains whose trajectory ended at a run that failed.
        runs: model runs.
        gradients: those of them with a gradient: all.
    """

    z: Float[Array, "C n"]
    log_density: Float[Array, "C"]
    acceptance: Float[Array, ""]
    step_size: Float[Array, ""]
    depth: Int[Array, "C"]
    diverged: Int[Array, ""]
    failed: Int[Array, ""]
    runs: Int[Array, ""]
    gradients: Int[Array, ""]


class NUTS(Method):
    """The No-U-Turn sampler: Hamiltonian trajectories that go on until they turn back, so that no length has to be chosen.

    Needs the gradient. Gives samples. Costs up to 2^`max_depth` gradients a draw and chain, typically 7 to 63. Chains wait for
    the longest trajectory among them, so there are few. The best known sampler for smooth posteriors of up to hundreds of
    dimensions. Fails where J is not smooth, where modes are far apart (R-hat shows it), and where a ridge is so much narrower
    in one place than elsewhere that no step length suits both, which divergences show. `hmc` runs many short chains side by
    side, which is faster for a built-in model.

    In burn-in the step length adapts by dual averaging and the variances along the axes in windows of growing length, both
    shared by all chains; both are then fixed. Where a model cannot be compiled, chains run one after another.

    Args:
        num_chains: chains C.
        num_draws: draws per chain, burn-in included; rounded up to whole checkpoints.
        burn_in: [1] share of the draws that is dropped.
        max_depth: most doublings of a trajectory.
        target: [1] acceptance that ε is adapted to.
        checkpoint_every: draws between two checkpoints.
        starts: (S, n) points from which chains start; prior draws without rows.
        axes: (n, n) columns along which, and in whose lengths, momentum is drawn; the control vector's own without rows.

    Source: [hoffman2014]; [betancourt2017] for divergences; [cabezas2024] for the trees.
    """

    name: ClassVar[str] = "nuts"
    needs: ClassVar[Needs] = Needs.GRADIENT
    gives: ClassVar[Gives] = Gives.SAMPLES
    exact: ClassVar[Exact] = Exact.ALWAYS
    source: ClassVar[str] = "hoffman2014"
    compiled: ClassVar[bool] = True

    num_chains: int = 4
    num_draws: int = 2_000
    burn_in: float = 0.5
    max_depth: int = 10
    target: float = 0.8
    checkpoint_every: int = 20
    starts: Float[Array, "S n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))
    axes: Float[Array, "n n"] = eqx.field(converter=jnp.asarray, default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        """Refuse settings that cannot be run."""
        whole = {name: getattr(self, name) for name in ("num_chains", "num_draws", "max_depth", "checkpoint_every")}
        many_chains.refuse(self.name, whole, {"burn_in": self.burn_in, "target": self.target})

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
            StudyError: the starts, or the axes, are not of the problem's length.
        """
        pool_key, start_key = jr.split(key)
        many_chains.check_starts(self.name, self.starts, problem)
        if len(self.axes) and self.axes.shape != (problem.n, problem.n):
            asked = f"nuts was given axes of shape {self.axes.shape}."
            raise StudyError(asked, f"The problem has {problem.n} elements.", "Give one column of that length for each.")
        choices = self.starts if len(self.starts) else problem.initial_ensemble(pool_key, self.num_chains)
        z = many_chains.picked(start_key, choices, self.num_chains)
        cost, gradient = problem.value_and_grad_ensemble(z)
        at = many_chains.standing(-cost)
        frame = self._frame(problem.n)
        place = Place(jnp.linalg.solve(frame, z[at].T).T, -cost[at], -gradient[at] @ frame)
        length, spread = _adaptation(self.target)
        return State(jnp.asarray(0), place, length[0](FIRST_STEP / problem.n**0.25), spread[0](problem.n))

    def step(self, key: PRNGKeyArray, state: State, problem: AbstractProblem) -> tuple[State, Info]:
        """One draw of every chain; in burn-in, the step length and the variances follow."""
        burning = state.step < self.burn_in_steps
        size = jnp.exp(jnp.where(burning, state.length.log_step_size, state.length.log_step_size_avg))
        place, trees = self._trees(jr.split(key, self.num_chains), state, size, problem)
        ran = jnp.sum(trees.ran)
        acceptance = jnp.where(ran > 0, jnp.sum(trees.chance) / jnp.maximum(ran, 1), self.target)
        length, spread = _adapted(self, state, place, acceptance)
        runs = jnp.sum(trees.leaps) + self.num_chains * (state.step == 0)
        return State(state.step + 1, place, length, spread), Info(
            z=place.v @ self._frame(problem.n).T,
            log_density=place.log_density,
            acceptance=acceptance,
            step_size=size,
            depth=trees.depth,
            diverged=jnp.sum(trees.diverged),
            failed=jnp.sum(trees.failed),
            runs=runs,
            gradients=runs,
        )

    def done(self, state: State) -> bool:
        """After all draws."""
        return int(state.step) >= self.num_steps

    def finish(
        self, state: State, trace: Mapping[str, np.ndarray], problem: AbstractProblem
    ) -> tuple[Samples, tuple[Finding, ...]]:
        """The draws after burn-in, with what chains and trees say of themselves."""
        del state
        samples, findings = many_chains.kept_samples(trace, self.burn_in_steps, problem)
        return samples, (*findings, *_tree_findings(self, {name: of[self.burn_in_steps :] for name, of in trace.items()}))

    def _frame(self, n: int) -> Float[Array, "n n"]:
        return self.axes if len(self.axes) else jnp.eye(n)

    def _trees(self, keys: PRNGKeyArray, state: State, size: Array, problem: AbstractProblem) -> tuple[Place, Tree]:
        """One tree for every chain: side by side, or where the problem cannot be compiled one after another."""
        log_density = log_density_of(problem, self._frame(problem.n))
        variance = state.spread.inverse_mass_matrix

        def one(key: PRNGKeyArray, place: Place) -> tuple[Place, Tree]:
            return tree(key, place, log_density, size, variance, self.max_depth)

        if problem.traceable:
            return jax.vmap(one)(keys, state.place)
        # with compilation off, the loops of a tree are Python's, and the problem meets numbers
        with jax.disable_jit():
            grown = [one(keys[c], Place(*(field[c] for field in state.place))) for c in range(self.num_chains)]
        return jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(leaf) for leaf in leaves]), *grown)


def _adaptation(target: float) -> tuple[Any, Any]:
    """BlackJAX's dual averaging of the step length, and its variances in windows: each as (init, update, final)."""
    from blackjax.adaptation.mass_matrix import mass_matrix_adaptation
    from blackjax.adaptation.step_size import dual_averaging_adaptation

    return dual_averaging_adaptation(target), mass_matrix_adaptation()


def _windows(burn_in_steps: int) -> Bool[Array, "B 2"]:
    """(burn-in, 2) of each draw: whether its place counts for the variances, and whether a window ends with it."""
    from blackjax.adaptation.window_adaptation import build_schedule

    return jnp.asarray(build_schedule(burn_in_steps)).astype(bool)


@eqx.filter_jit
def _adapted(method: NUTS, state: State, place: Place, acceptance: Array) -> tuple[Any, Any]:
    """Step length and variances after a draw, in burn-in; as they were after it.

    Source: the windows of [carpenter2017], which all chains share here.
    """
    if not method.burn_in_steps:
        return state.length, state.spread
    (_, lengthened, average), (_, widened, closed) = _adaptation(method.target)
    windows = _windows(method.burn_in_steps)
    burning = state.step < method.burn_in_steps
    counts, ends = windows[jnp.minimum(state.step, method.burn_in_steps - 1)] & burning
    length = lengthened(state.length, acceptance)
    spread = state.spread
    for chain in range(method.num_chains):
        spread = widened(spread, place.v[chain])
    spread = _either(counts, spread, state.spread)
    begun = _adaptation(method.target)[0][0](average(length))
    return _either(burning, _either(ends, begun, length), state.length), _either(ends, closed(spread), spread)


def _either(condition: Array, new: Any, old: Any) -> Any:
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other).astype(jnp.asarray(other).dtype), new, old)


def _tree_findings(method: NUTS, kept: Mapping[str, np.ndarray]) -> tuple[Finding, ...]:
    draws = max(method.num_chains * len(kept["diverged"]), 1)
    findings = []
    diverged, deep = int(np.sum(kept["diverged"])), float(np.mean(kept["depth"] >= method.max_depth))
    if diverged:
        share = diverged / draws
        sentence = (
            f"{diverged} trajectories ({100 * share:.1f} %) diverged: the posterior may be too narrow in places for the step, "
            "and those places are missed. A higher `target` shortens the step."
        )
        findings.append(Finding("warning" if share > DIVERGING else "note", "convergence", sentence))
    if deep > DEEP:
        sentence = (
            f"{100 * deep:.0f} % of the trajectories were cut at {method.max_depth} doublings: draws follow each other closely."
        )
        findings.append(Finding("note", "convergence", sentence))
    return tuple(findings)
