"""Laws of the archive of past states."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from landpda.methods.sample.archive import new_archive, pick_rows, remember


def states(first: int, num: int) -> jnp.ndarray:
    """States that carry their own number."""
    return jnp.arange(first, first + num, dtype=float)[:, None]


next_archive = jax.jit(remember)


def filled_with(num_batches: int, *, sliding: bool, capacity: int = 10, batch: int = 4, key: int = 0) -> np.ndarray:
    archive = new_archive(states(0, batch), capacity)
    for k in range(1, num_batches):
        archive = next_archive(jr.uniform(jr.fold_in(jr.key(key), k), (batch,)), archive, states(batch * k, batch), sliding)
    return np.asarray(archive.rows[: int(archive.filled), 0])


def test_everything_is_kept_while_there_is_room():
    for sliding in (True, False):
        assert sorted(filled_with(2, sliding=sliding)) == list(range(8))


def test_a_sliding_archive_keeps_the_newest():
    assert sorted(filled_with(7, sliding=True)) == list(range(18, 28))


def test_a_full_archive_is_a_fair_sample_of_all_that_was_offered():
    counts = np.zeros(40)
    for key in range(400):
        rows = filled_with(10, sliding=False, key=key).astype(int)
        assert len(set(rows)) == 10
        counts[rows] += 1
    # each of 40 states is among 10 with probability ¼: 100 ± 8.7 of 400
    assert np.all(np.abs(counts - 100.0) < 4.5 * 8.7)


def test_rows_not_yet_used_are_never_drawn():
    archive = new_archive(1.0 + states(0, 3), 100)
    drawn = np.asarray(pick_rows(jnp.linspace(0.0, 1.0 - 1e-12, 300), archive))[:, 0]
    assert [int(np.sum(drawn == value)) for value in (1.0, 2.0, 3.0)] == [100, 100, 100]
