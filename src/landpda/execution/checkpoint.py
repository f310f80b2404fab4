"""Checkpoints of a run: the last state and the trace so far, as plain arrays; a crash never leaves half a file."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from landpda.core.errors import LandpdaError

STATE = "state.npz"
PIECE = "trace_{:06d}.npz"


class Checkpoint:
    """Checkpoints of one method in one folder.

    Args:
        folder: where they go; made at the first save.

    The state counts the pieces of trace that belong to it, so that a piece written just before a crash is written again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pieces = 0

    def load(self, like: Any) -> tuple[Any, dict[str, np.ndarray]] | None:
        """The last state, in the structure of `like`, and the whole trace; None where nothing was saved.

        Raises:
            LandpdaError: the checkpoint belongs to another question, or is damaged.
        """
        path = self._folder / STATE
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                leaves = [stored[f"leaf_{index:04d}"] for index in range(len(stored.files) - 1)]
                self._pieces = int(stored["pieces"])
            trace = self._trace()
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise LandpdaError(
                f"The run in {self._folder.parent} was to be resumed.",
                f"Its checkpoint cannot be read ({error}).",
                "Start it again in a new folder (--out DIR).",
            ) from None
        expected, structure = jax.tree.flatten(like)
        if [np.shape(leaf) for leaf in leaves] != [tuple(leaf.shape) for leaf in expected]:
            raise LandpdaError(
                f"The run in {self._folder.parent} was to be resumed.",
                "Its checkpoint is of another problem or other settings.",
                "Resume with the study as it was, or start in a new folder (--out DIR).",
            )
        return jax.tree.unflatten(structure, [jax.numpy.asarray(leaf) for leaf in leaves]), trace

    def save(self, state: Any, trace: Mapping[str, np.ndarray]) -> None:
        """Keep a piece of trace, then the state that it led to."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write(PIECE.format(self._pieces), dict(trace))
        self._pieces += 1
        leaves = {f"leaf_{index:04d}": np.asarray(leaf) for index, leaf in enumerate(jax.tree.leaves(state))}
        self._write(STATE, {**leaves, "pieces": np.asarray(self._pieces)})

    def _trace(self) -> dict[str, np.ndarray]:
        pieces = []
        for index in range(self._pieces):
            with np.load(self._folder / PIECE.format(index), allow_pickle=False) as stored:
                pieces.append({name: stored[name] for name in stored.files})
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]} if pieces else {}

    def _write(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        part = self._folder / f"{name}.part"
        with part.open("wb") as file:
            np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
