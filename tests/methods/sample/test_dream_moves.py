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
from landpda.methods.sample.dream_moves import (
    JITTER,
    Kind,
    Proposal,
    parallel_direction,
    pick_kind,
    snooker,
    whole_jump,
    within,
)
from landpda.methods.sample.frame import Frame, frame_of

NUM, N = 1000, 5
STRAIGHT = Frame(jnp.eye(N), jnp.eye(N))


@jax.jit
def jump(luck: Luck, z: jnp.ndarray, archive: Archive, crossover: jnp.ndarray, frame: Frame = STRAIGHT) -> Proposal:
    return parallel_direction(luck, z, archive, frame, Kind(jnp.zeros(NUM, int), crossover, jnp.ones(NUM)))


def walkers() -> tuple[jnp.ndarray, Archive, Luck]:
    """Chains, an archive with unused rows, and luck."""
    rng = np.random.default_rng(0)
    luck = Luck(*(rng.random((NUM, *width)) for width in ((),) * 7 + ((3,), (6,), (N,), (N,))))
    return jnp.asarray(rng.normal(size=(NUM, N))), new_archive(jnp.asarray(rng.normal(size=(50, N))), 60), luck


def test_luck_is_uniform_and_no_number_serves_two_purposes():
    luck = draw_luck(jr.key(0), 7, 40, 5, 2)
    assert luck.rows.shape == (7, 40, 4)
    assert luck.move.shape == (7, 40)
    numbers = np.concatenate([np.ravel(field) for field in luck])
    assert len(np.unique(numbers)) == len(numbers) == 7 * 40 * (7 + 3 + 4 + 5 + 5)
    assert abs(numbers.mean() - 0.5) < 4.0 / np.sqrt(12 * len(numbers))
    assert 0.0 <= numbers.min() and numbers.max() < 1.0


def test_the_share_of_elements_that_move_is_the_crossover_value():
    z, archive, luck = walkers()
    for crossover in (1.0, 0.5):
        moved = np.asarray(jump(luck, z, archive, jnp.full(NUM, crossover)).z != z)
        assert abs(moved.mean() - crossover) < 0.02
        assert moved.any(axis=1).all()


def test_one_element_moves_when_chance_chose_none():
    z, archive, luck = walkers()
    moved = np.asarray(jump(luck, z, archive, jnp.full(NUM, 1e-9)).z != z)
    assert (moved.sum(axis=1) == 1).all()
    assert set(np.flatnonzero(moved.any(axis=0))) == set(range(N))


def test_jumps_stay_in_the_plane_of_the_archive_up_to_the_jitter():
    """Stretching a jump must not turn it: what the archive says is impossible to change stays as it is."""
    z, archive, luck = walkers()
    flat = archive._replace(rows=archive.rows.at[:, 0].set(archive.rows[:, 1]))
    jumps = np.asarray(jump(luck, z, flat, jnp.ones(NUM)).z - z)
    assert np.abs(jumps[:, 0] - jumps[:, 1]).max() < 10 * JITTER
    assert np.abs(jumps).max() > 1.0


def test_the_published_jump_does_not_depend_on_the_frame():
    """With every axis used, cutting along axes cuts nothing."""
    z, archive, luck = walkers()
    in_frame = jump(luck, z, archive, jnp.ones(NUM), frame_of(archive)).z
    np.testing.assert_allclose(in_frame, jump(luck, z, archive, jnp.ones(NUM)).z, atol=1e-4)


def test_a_jump_along_one_axis_of_the_frame_is_along_a_column_of_its_root():
    z, archive, luck = walkers()
    frame = frame_of(archive)
    steps = np.asarray((jump(luck, z, archive, jnp.full(NUM, 1e-9), frame).z - z) @ frame.inverse.T)
    assert (np.sum(np.abs(steps) > 1e-12, axis=1) <= 1).all()


def test_kinds_are_picked_as_often_as_their_probability_says_and_cover_all_values():
    _, _, luck = walkers()
    probability = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.1])
    kind = pick_kind(luck, jnp.asarray(probability), 3, (1.0, 0.5))
    np.testing.assert_allclose(np.bincount(kind.number, minlength=6) / NUM, probability, atol=0.05)
    pairs = {(round(float(cr), 6), float(scale)) for cr, scale in zip(kind.crossover, kind.scale, strict=True)}
    assert pairs == {(round(cr, 6), scale) for cr in (1.0, N**-0.5, 1.0 / N) for scale in (1.0, 0.5)}


def test_a_whole_jump_is_the_difference_of_two_past_states():
    z, archive, luck = walkers()
    steps = np.asarray(whole_jump(luck, z, archive).z - z)
    rows = np.asarray(archive.rows[:50])
    differences = (rows[:, None] - rows[None]).reshape(-1, N)
    assert np.abs(steps[:50, None] - differences[None]).max(axis=2).min(axis=1).max() <= JITTER


def test_jumps_have_no_preferred_sign():
    z, archive, luck = walkers()
    jumps = np.asarray(jump(luck, z, archive, jnp.ones(NUM)).z - z)
    assert np.all(np.abs(jumps.mean(axis=0)) < 4.0 * jumps.std(axis=0) / np.sqrt(NUM))


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
    np.testing.assert_allclose(correction, (N - 1) * np.log(ratio), rtol=1e-6, atol=1e-9)


def test_a_chain_on_the_past_state_itself_stays():
    z, _, luck = walkers()
    z = jnp.ones_like(z)
    proposal = snooker(luck, z, new_archive(jnp.ones((4, N)), 4))
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
