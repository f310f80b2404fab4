"""Laws of DE-MC(z)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from dream_targets import correlated_gaussian, starting_in, values

from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.sample.archive import new_archive
from landpda.methods.sample.demcz import DEMCz, parallel_jump
from landpda.methods.sample.dream_luck import draw_luck
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem
from landpda.problem.untraced import Untraced

TINY = DEMCz(num_chains=8, num_generations=60, thin=3, checkpoint_every=5)


def test_jumps_turn_and_stretch_with_the_archive():
    """A linear map of the archive maps the jumps: no setting knows the posterior's shape."""
    rng = np.random.default_rng(0)
    rows, turn = jnp.asarray(rng.normal(size=(50, 3))), jnp.asarray(rng.normal(size=(3, 3)))
    luck = jax.tree.map(lambda field: field[0], draw_luck(jr.key(1), 1, 20, 3, 1))._replace(jitter=jnp.full((20, 3), 0.5))
    u, rate = jnp.zeros((20, 3)), jnp.full(20, 0.9)
    plain = parallel_jump(luck, u, new_archive(rows, 50), rate).z
    turned = parallel_jump(luck, u, new_archive(rows @ turn.T, 50), rate).z
    np.testing.assert_allclose(turned, plain @ turn.T, atol=1e-12)


def test_failed_runs_are_never_accepted_and_stored_states_are_accepted_ones():
    problem, mean, _ = correlated_gaussian()
    spoil = lambda Z: values(problem.space, Z)[:, 0] < mean[0]  # noqa: E731
    result = run(TINY, Untraced(problem, spoil), jr.key(2))
    visited = result.trace["z"].reshape(-1, problem.n)
    assert not spoil(visited).any()
    density = np.asarray(problem.log_density_ensemble(jnp.asarray(visited)))
    np.testing.assert_allclose(result.trace["log_density"].ravel(), density, rtol=1e-9)


def test_chains_stay_within_walls():
    space = ParameterSpace([Parameter("a", "1", Uniform(-1.0, 1.0))])
    draws = values(space, np.asarray(run(TINY, DensityProblem(lambda x: 0.5 * x[0], space), jr.key(3)).estimate.draws))
    assert draws.min() >= -1.0 and draws.max() <= 1.0


def test_chains_start_at_the_starts():
    problem = DensityProblem(lambda x: -0.5 * jnp.sum(x**2), starting_in(3, 1.0))
    starts = np.random.default_rng(4).normal(size=(5, 3))
    state = DEMCz(num_chains=12, starts=starts).init(jr.key(5), problem)
    np.testing.assert_allclose(np.unique(np.asarray(state.u).round(9), axis=0), np.unique(starts.round(9), axis=0), atol=1e-8)
    with pytest.raises(StudyError, match="The problem has 3 elements"):
        DEMCz(starts=np.zeros((4, 2))).init(jr.key(6), problem)


@pytest.mark.parametrize("setting", [{"num_chains": 0}, {"thin": 0}, {"burn_in": 1.0}, {"snooker": -0.1}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        DEMCz(**setting)
