"""What a checkpoint survives, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from landpda.core.errors import LandpdaError
from landpda.execution.checkpoint import STATE, Checkpoint


class State(NamedTuple):
    step: jnp.ndarray
    z: jnp.ndarray


def state(step: int, n: int = 3) -> State:
    return State(jnp.asarray(step), jnp.arange(float(n)) + step)


def piece(step: int) -> dict[str, np.ndarray]:
    return {"cost": np.array([float(step)]), "z": np.full((1, 3), float(step))}


def saved(folder: Path, steps: int) -> Checkpoint:
    checkpoint = Checkpoint(folder)
    for step in range(1, steps + 1):
        checkpoint.save(state(step), piece(step))
    return checkpoint


def test_nothing_saved_is_nothing_loaded(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path / "new").load(state(0)) is None


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    loaded = Checkpoint(tmp_path).load(state(0))
    assert loaded is not None
    found, trace = loaded
    assert int(found.step) == 3
    assert found.step.dtype == state(0).step.dtype
    np.testing.assert_array_equal(found.z, state(3).z)
    np.testing.assert_array_equal(trace["cost"], [1.0, 2.0, 3.0])
    assert trace["z"].shape == (3, 3)


def test_a_crash_between_piece_and_state_repeats_the_step(tmp_path: Path) -> None:
    saved(tmp_path, 2)
    before = (tmp_path / STATE).read_bytes()
    Checkpoint(tmp_path).load(state(0))
    again = Checkpoint(tmp_path)
    again.load(state(0))
    again.save(state(3), piece(3))
    (tmp_path / STATE).write_bytes(before)
    resumed = Checkpoint(tmp_path)
    found, trace = resumed.load(state(0)) or pytest.fail("nothing loaded")
    assert int(found.step) == 2
    np.testing.assert_array_equal(trace["cost"], [1.0, 2.0])
    resumed.save(state(3), piece(30))
    _, trace = Checkpoint(tmp_path).load(state(0)) or pytest.fail("nothing loaded")
    np.testing.assert_array_equal(trace["cost"], [1.0, 2.0, 30.0])


def test_half_a_write_leaves_the_last_state(tmp_path: Path) -> None:
    saved(tmp_path, 2)
    (tmp_path / f"{STATE}.part").write_bytes(b"PK half")
    found, _ = Checkpoint(tmp_path).load(state(0)) or pytest.fail("nothing loaded")
    assert int(found.step) == 2


@pytest.mark.parametrize("name", [STATE, "trace_000001.npz"])
@pytest.mark.parametrize("damage", ["cut", "garbage", "empty"])
def test_a_damaged_checkpoint_is_an_error_for_people(tmp_path: Path, name: str, damage: str) -> None:
    saved(tmp_path, 2)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes({"cut": content[: len(content) // 2], "garbage": b"not an archive", "empty": b""}[damage])
    with pytest.raises(LandpdaError, match="cannot be read"):
        Checkpoint(tmp_path).load(state(0))


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    saved(tmp_path, 2)
    content = bytearray((tmp_path / STATE).read_bytes())
    at = content.find(np.asarray(state(2).z).tobytes())
    content[at + 3] ^= 0xFF
    (tmp_path / STATE).write_bytes(bytes(content))
    with pytest.raises(LandpdaError, match="cannot be read"):
        Checkpoint(tmp_path).load(state(0))


def test_a_lost_piece_is_an_error_for_people(tmp_path: Path) -> None:
    saved(tmp_path, 2)
    (tmp_path / "trace_000000.npz").unlink()
    with pytest.raises(LandpdaError, match="cannot be read"):
        Checkpoint(tmp_path).load(state(0))


@pytest.mark.parametrize("other", [state(0, n=4), (state(0), jnp.zeros(2))])
def test_another_problem_is_refused(tmp_path: Path, other: object) -> None:
    saved(tmp_path, 1)
    with pytest.raises(LandpdaError, match="another problem"):
        Checkpoint(tmp_path).load(other)
