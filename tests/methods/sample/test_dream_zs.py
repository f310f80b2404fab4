"""Laws of DREAM(zs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from dream_targets import correlated_gaussian, starting_in, values

from landpda.core.errors import RunFailed, StudyError
from landpda.methods.driver import run
from landpda.methods.sample.dream_zs import DreamZS
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.half_normal import HalfNormal
from landpda.parameters.priors.log_uniform import LogUniform
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem
from landpda.problem.untraced import Untraced

SHORT = DreamZS(num_chains=8, num_generations=60, thin=3, checkpoint_every=5)


def assert_moments(draws: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> None:
    """Mean and every second moment within 4.5 of their Monte Carlo standard errors."""
    centred = draws - mean
    for i in range(len(mean)):
        assert abs(centred[..., i].mean()) < 4.5 * array_stats.mcse(draws[..., i], method="mean")
        for j in range(i + 1):
            product = centred[..., i] * centred[..., j]
            assert abs(product.mean() - covariance[i, j]) < 4.5 * array_stats.mcse(product, method="mean")


@pytest.mark.parametrize("snooker", [0.1, 0.9])
def test_moments_are_exact_within_monte_carlo_error(snooker: float):
    problem, mean, covariance = correlated_gaussian()
    method = DreamZS(num_chains=32, num_generations=2000, thin=5, snooker=snooker)
    result = run(method, problem, jr.key(0))
    assert_moments(values(problem.space, np.asarray(result.estimate.draws)), mean, covariance)
    assert result.findings[0].severity == "good"


def test_the_loop_walks_as_the_scan_does():
    problem, _, _ = correlated_gaussian()
    scanned, looped = run(SHORT, problem, jr.key(1)), run(SHORT, Untraced(problem), jr.key(1))
    np.testing.assert_allclose(scanned.trace["z"], looped.trace["z"], rtol=1e-9, atol=1e-12)
    assert scanned.runs_used == looped.runs_used == SHORT.num_chains * (60 + 1)


def test_the_same_key_gives_the_same_bits_and_another_key_others():
    problem, _, _ = correlated_gaussian()
    first, again, other = (run(SHORT, problem, jr.key(key)).trace["z"] for key in (2, 2, 3))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


class Interrupted:
    """A store that keeps what it is given in memory, and a run that is cut off after some saves."""

    def __init__(self, saves: int) -> None:
        self.left, self.state, self.trace = saves, None, {}

    def load(self, like: Any) -> tuple[Any, dict[str, np.ndarray]] | None:
        return None if self.state is None else (self.state, dict(self.trace))

    def save(self, state: Any, trace: Mapping[str, np.ndarray]) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.state = state
        joined = {name: np.concatenate([self.trace[name], piece]) if self.trace else piece for name, piece in trace.items()}
        self.trace = joined


def test_a_resumed_run_has_the_bits_of_an_uninterrupted_one():
    problem, _, _ = correlated_gaussian()
    whole = run(SHORT, problem, jr.key(4))
    store = Interrupted(saves=2)
    with pytest.raises(KeyboardInterrupt):
        run(SHORT, problem, jr.key(4), store=store)
    store.left = 100
    resumed = run(SHORT, problem, jr.key(4), store=store)
    assert np.array_equal(resumed.estimate.draws, whole.estimate.draws)
    assert resumed.runs_used == whole.runs_used


def test_failed_runs_are_never_accepted_and_stored_states_are_accepted_ones():
    problem, mean, _ = correlated_gaussian()
    spoil = lambda Z: values(problem.space, Z)[:, 0] < mean[0]  # noqa: E731
    result = run(SHORT, Untraced(problem, spoil), jr.key(5))
    visited = result.trace["z"].reshape(-1, problem.n)
    assert not spoil(visited).any()
    density = np.asarray(problem.log_density_ensemble(jnp.asarray(visited)))
    np.testing.assert_allclose(result.trace["log_density"].ravel(), density, rtol=1e-9)


def test_a_density_that_is_not_a_number_is_never_accepted():
    problem = DensityProblem(lambda x: jnp.where(x[0] > 0.5, jnp.nan, -0.5 * x[0] ** 2), starting_in(1, 1.0))
    draws = np.asarray(run(SHORT, problem, jr.key(6)).estimate.draws)
    assert np.isfinite(draws).all()
    assert (draws <= 0.5).all()


def test_when_every_start_fails_it_says_so_at_once():
    problem, _, _ = correlated_gaussian()
    with pytest.raises(RunFailed, match="no usable answer"):
        run(SHORT, Untraced(problem, lambda Z: np.ones(len(Z), bool)), jr.key(7))


def test_chains_within_walls_have_the_density_between_them():
    """A uniform prior has two walls, where jumps wrap, a half-normal one has one, where they are rejected."""
    space = ParameterSpace([Parameter("a", "1", Uniform(-1.0, 1.0)), Parameter("b", "1", HalfNormal(1.0))])
    problem = DensityProblem(lambda x: 0.5 * x[0] - x[1], space)
    method = DreamZS(num_chains=32, num_generations=1500, thin=5)
    draws = values(space, np.asarray(run(method, problem, jr.key(8)).estimate.draws))
    assert draws[..., 0].min() >= -1.0 and draws[..., 0].max() <= 1.0 and draws[..., 1].min() >= 0.0
    tilted = 1.0 / np.tanh(0.5) - 2.0  # mean of exp(x/2) on [−1, 1]
    for draw, expected in ((draws[..., 0], tilted), (draws[..., 1], 1.0), (draws[..., 1] ** 2, 2.0)):
        assert abs(draw.mean() - expected) < 4.5 * array_stats.mcse(draw, method="mean")


def test_densities_are_told_per_unit_of_the_control_vector_though_chains_walk_elsewhere():
    space = ParameterSpace([Parameter("a", "1", Uniform(0.0, 5.0)), Parameter("b", "1", LogUniform(0.1, 9.0))])
    problem = DensityProblem(lambda x: -0.5 * jnp.sum((x - 2.0) ** 2), space)
    trace = run(SHORT, problem, jr.key(13)).trace
    z = jnp.asarray(trace["z"].reshape(-1, 2))
    np.testing.assert_allclose(trace["log_density"].ravel(), problem.log_density_ensemble(z), atol=1e-6)


def test_adaptation_ends_with_burn_in():
    problem, _, _ = correlated_gaussian()
    trace = run(DreamZS(num_chains=8, num_generations=400, thin=5, checkpoint_every=10, burn_in=0.5), problem, jr.key(9)).trace
    kinds = trace["kinds"]
    assert not np.array_equal(kinds[10], kinds[30])
    assert np.all(kinds[40:] == kinds[40])
    assert trace["lost"][40:].sum() == 0
    np.testing.assert_allclose(kinds.sum(axis=1), 1.0)


def test_a_lost_chain_takes_the_place_of_another_in_burn_in_and_the_reader_is_told():
    problem, _, _ = correlated_gaussian()
    state = SHORT.init(jr.key(10), problem)
    low = state._replace(late_log_density=state.late_log_density.at[3].set(-1e6))
    in_burn_in, after_burn_in = low._replace(step=jnp.asarray(8)), low._replace(step=jnp.asarray(15))
    step = eqx.filter_jit(SHORT.step)
    moved, info = step(jr.key(11), in_burn_in, problem)
    assert int(info.lost) == 1
    assert any(np.array_equal(moved.u[3], moved.u[other]) for other in (0, 1, 2, 4, 5, 6, 7))
    assert moved.late_log_density[3] > -1e6
    assert int(step(jr.key(11), after_burn_in, problem)[1].lost) == 0
    trace = {name: np.stack([value] * 20) for name, value in info._asdict().items()}
    assert any("20 times in burn-in" in finding.sentence for finding in SHORT.finish(moved, trace, problem)[1])


def test_chains_start_at_the_starts_and_every_one_of_them_is_used():
    problem, _, _ = correlated_gaussian()
    starts = np.random.default_rng(1).normal(size=(5, 3))
    state = DreamZS(num_chains=12, starts=starts).init(jr.key(11), problem)
    used = np.unique(np.asarray(state.u).round(9), axis=0)  # under normal priors u is z
    np.testing.assert_allclose(used, np.unique(starts.round(9), axis=0), atol=1e-8)
    np.testing.assert_allclose(state.archive.rows[:5], starts, atol=1e-12)
    assert int(state.archive.filled) == 30


def test_starts_of_another_length_are_refused():
    problem, _, _ = correlated_gaussian()
    with pytest.raises(StudyError, match="The problem has 3 elements"):
        DreamZS(starts=np.zeros((4, 2))).init(jr.key(12), problem)


@pytest.mark.parametrize("setting", [{"num_chains": 0}, {"thin": 0}, {"burn_in": 1.0}, {"snooker": -0.1}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        DreamZS(**setting)
