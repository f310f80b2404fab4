"""Laws of what chains do only in burn-in."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from landpda.methods.sample.burn_in import KEPT_FOR_ALL, count_jumps, late_mean, lost_chains, new_kinds, rescue


def test_kinds_of_jump_that_carry_farther_are_used_more_and_none_dies():
    kinds = new_kinds(3)
    picked = jnp.array([0, 1, 2, 2])
    jump = jnp.array([[0.0, 0.0], [1.0, 0.0], [3.0, 6.0], [3.0, 6.0]])
    for _ in range(50):
        kinds = count_jumps(kinds, picked, jnp.ones(4, bool), jump)
    probability = np.asarray(kinds.probability)
    assert np.isclose(probability.sum(), 1.0)
    assert probability[0] < probability[1] < probability[2]
    assert probability.min() >= KEPT_FOR_ALL / 3 > 0.0


def test_other_moves_do_not_count():
    before = new_kinds(3)
    after = count_jumps(before, jnp.array([0, 1]), jnp.zeros(2, bool), jnp.ones((2, 2)))
    assert np.array_equal(before.tried, after.tried)
    assert np.array_equal(before.gained, after.gained)


def test_the_late_mean_weighs_steps_by_their_number():
    series = np.random.default_rng(0).normal(size=(30, 1))
    mean = jnp.asarray(series[0])
    for step, value in enumerate(series):
        mean = late_mean(mean, jnp.asarray(value), step)
    weights = np.arange(1, 31)
    np.testing.assert_allclose(mean, np.average(series, axis=0, weights=weights), rtol=1e-12)


def test_a_minor_mode_is_not_lost_and_a_chain_without_mass_is():
    good = -10.0 + 0.1 * np.random.default_rng(1).normal(size=50)
    minor, hopeless = np.array([-14.0, -18.0]), np.array([-90.0])
    lost = lost_chains(jnp.asarray(np.concatenate([good, minor, hopeless])), n=5)
    assert np.flatnonzero(lost).tolist() == [52]


def test_only_the_lost_move_and_only_to_the_others():
    lost = jnp.array([False, True, False, True, False])
    for u, taken in ((0.0, 0), (0.34, 2), (0.999, 4)):
        assert rescue(jnp.full(5, u), lost).tolist() == [0, taken, 2, taken, 4]
