"""Laws of the two moves and of the bounds."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from landpda.methods.sample.archive import Archive, new_archive
from landpda.methods.sample.dream_luck import Luck, draw_luck
from landpda.methods.sample.dream_moves import JITTER, Proposal, parallel_direction, snooker, within


def walkers(num: int = 200, n: int = 4) -> tuple[jnp.ndarray, Archive, Luck]:
    rng = np.random.default_rng(0)
    luck = jax.tree.map(lambda field: field[0], draw_luck(jr.key(1), 1, num, n, 3))
    return jnp.asarray(rng.normal(size=(num, n))), new_archive(jnp.asarray(rng.normal(size=(50, n))), 60), luck


def test_luck_is_uniform_and_no_number_serves_two_purposes():
    luck = draw_luck(jr.key(0), 7, 40, 5, 2)
    assert luck.rows.shape == (7, 40, 4)
    assert luck.kind.shape == (7, 40)
    numbers = np.concatenate([np.ravel(field) for field in luck])
    assert len(np.unique(numbers)) == len(numbers) == 7 * 40 * (8 + 3 + 4 + 5 + 5)
    assert abs(numbers.mean() - 0.5) < 4.0 / np.sqrt(12 * len(numbers))
    assert 0.0 <= numbers.min() and numbers.max() < 1.0


def test_the_share_of_elements_that_move_is_the_crossover_value():
    z, archive, luck = walkers(2000, 6)
    for crossover in (1.0, 0.5):
        moved = np.asarray(parallel_direction(luck, z, archive, jnp.full(2000, crossover)).z != z)
        assert abs(moved.mean() - crossover) < 0.02
        assert moved.any(axis=1).all()


def test_one_element_moves_when_chance_chose_none():
    z, archive, luck = walkers(500, 6)
    moved = np.asarray(parallel_direction(luck, z, archive, jnp.full(500, 1e-9)).z != z)
    assert (moved.sum(axis=1) == 1).all()
    assert set(np.flatnonzero(moved.any(axis=0))) == set(range(6))


def test_jumps_stay_in_the_plane_of_the_archive_up_to_the_jitter():
    """Stretching a jump must not turn it: what the archive says is impossible to change stays as it is."""
    z, archive, luck = walkers()
    flat = archive._replace(rows=archive.rows.at[:, 0].set(archive.rows[:, 1]))
    jump = np.asarray(parallel_direction(luck, z, flat, jnp.ones(200)).z - z)
    assert np.abs(jump[:, 0] - jump[:, 1]).max() < 10 * JITTER
    assert np.abs(jump).max() > 1.0


def test_jumps_have_no_preferred_sign():
    z, archive, luck = walkers(4000)
    jump = np.asarray(parallel_direction(luck, z, archive, jnp.ones(4000)).z - z)
    assert np.all(np.abs(jump.mean(axis=0)) < 4.0 * jump.std(axis=0) / np.sqrt(4000))


def test_snooker_stays_on_a_line_to_a_past_state():
    z, archive, luck = walkers()
    proposal = snooker(luck, z, archive)
    step = np.asarray(proposal.z - z)
    moved = np.linalg.norm(step, axis=1) > 0.0  # two equal rows make no jump
    assert moved.mean() > 0.9
    z, step, correction = np.asarray(z)[moved], step[moved], np.asarray(proposal.log_correction)[moved]
    lines = np.asarray(archive.rows[:50])[None] - z[:, None]
    along = np.abs(np.einsum("cn,ckn->ck", step, lines)) / np.linalg.norm(step, axis=1)[:, None] / np.linalg.norm(lines, axis=2)
    assert np.all(along.max(axis=1) > 1.0 - 1e-9)
    anchor = np.asarray(archive.rows)[along.argmax(axis=1)]
    ratio = np.linalg.norm(z + step - anchor, axis=1) / np.linalg.norm(z - anchor, axis=1)
    np.testing.assert_allclose(correction, 3.0 * np.log(ratio), rtol=1e-6, atol=1e-9)


def test_a_chain_on_the_past_state_itself_stays():
    z, _, luck = walkers(5, 3)
    z = jnp.ones_like(z)
    proposal = snooker(luck, z, new_archive(jnp.ones((4, 3)), 4))
    assert jnp.all(proposal.z == z)
    assert jnp.all(proposal.log_correction == 0.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-50.0, 50.0), min_size=3, max_size=3), st.booleans())
def test_what_is_proposed_lies_within_the_bounds(place: list[float], wraps: bool):
    bounds = (jnp.array([0.0, -jnp.inf, 2.0]), jnp.array([1.0, jnp.inf, jnp.inf]))
    here = jnp.array([[0.5, 0.0, 3.0]])
    folded, inside = within(Proposal(jnp.array([place]), jnp.zeros(1)), here, bounds, jnp.array([wraps]))
    assert bool(jnp.all((folded.z >= bounds[0]) & (folded.z <= bounds[1])))
    if not bool(inside[0]):
        assert bool(jnp.all(folded.z == here))
    if wraps and place[2] >= 2.0:
        assert bool(inside[0])
        moved = (float(folded.z[0, 0]) - place[0]) % 1.0
        assert min(moved, 1.0 - moved) < 1e-9
        assert float(folded.z[0, 1]) == place[1]
