"""The folder that a run leaves: whose it is, whether it is whole, and who is writing in it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from landpda.core.errors import LandpdaError

STUDY, RESULT, LOG, LOCK, REPORT, CHECKPOINTS = "study.yaml", "result.nc", "log.txt", ".lock", "report.html", "checkpoints"
OWN_NAMES = frozenset({STUDY, RESULT, LOG, LOCK, REPORT, CHECKPOINTS})


class FolderError(LandpdaError):
    """A run cannot use the folder it was given."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class RunFolder:
    """A folder that this process alone writes in, until it is closed.

    Args:
        path: the folder; made if it is not there.
        study: text of the resolved study that the run is of.
        resume: go on with an unfinished run of the same study.
        clock: tells the time for the log.

    Raises:
        FolderError: it cannot be written, another process writes in it, or it holds something that a run would spoil.
    """

    def __init__(self, path: Path | str, study: str, *, resume: bool = False, clock: Callable[[], datetime] = now) -> None:
        self.path = Path(path).absolute()
        self._clock = clock
        _refuse_other_files(self.path)
        _make(self.path)
        self._lock = _locked(self.path)
        try:
            self._log = _open_log(self.path)
            self.resumed = self._claim(study, resume)
        except BaseException:
            self.close()
            raise

    @property
    def finished(self) -> bool:
        """Whether it holds a whole result."""
        return (self.path / RESULT).exists()

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints go."""
        return self.path / CHECKPOINTS

    def log(self, *sentences: str) -> None:
        """Note what was done, and when."""
        for sentence in sentences:
            for line in sentence.splitlines() or [""]:
                self._log.write(f"{self._clock():%Y-%m-%dT%H:%M:%SZ} {line}\n")
        self._log.flush()

    def write_text(self, name: str, text: str) -> Path:
        """Write a file whole, or not at all."""
        return write_whole(self.path / name, lambda part: part.write_text(text, encoding="utf-8"))

    def close(self) -> None:
        """Let others write in it."""
        if hasattr(self, "_log"):
            self._log.close()
        self._lock.close()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _claim(self, study: str, resume: bool) -> bool:
        """Make the folder this study's; True where it was before."""
        written = self.path / STUDY
        if not written.exists():
            self.write_text(STUDY, study)
            return False
        before = written.read_text(encoding="utf-8")
        if before != study:
            raise FolderError(
                f"The run was to be kept in {self.path}.",
                f"It holds a run of another study: {_difference(before, study)}.",
                "Choose another folder (--out DIR).",
            )
        if self.finished and not resume:
            raise FolderError(
                f"The run was to be kept in {self.path}.",
                "It holds a finished run of this study.",
                f"Read {self.path / REPORT}, or choose another folder (--out DIR) to run it again.",
            )
        if not resume:
            raise FolderError(
                f"The run was to be kept in {self.path}.",
                "It holds an unfinished run of this study.",
                "Add --resume to go on with it, or choose another folder (--out DIR).",
            )
        return True


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """A file that is whole when it is there: written beside its place, flushed to the disk, then renamed.

    Args:
        path: of the file.
        write: writes to the path that it is given.

    Raises:
        FolderError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as refused:
        part.unlink(missing_ok=True)
        raise FolderError(
            f"{path} was to be written.", f"{refused.strerror or refused}.", _advice(refused, path.parent)
        ) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def _refuse_other_files(path: Path) -> None:
    """A folder with files that no run made is somebody's: leave it alone."""
    if path.exists() and not path.is_dir():
        raise FolderError(
            f"The run was to be kept in {path}.", "That is a file, not a folder.", "Choose another folder (--out DIR)."
        )
    try:
        names = {entry.name for entry in path.iterdir()} if path.exists() else set()
    except OSError as refused:
        raise _refused(path, refused) from None
    others = sorted(name for name in names - OWN_NAMES if not name.endswith(".part"))
    if others and STUDY not in names:
        raise FolderError(
            f"The run was to be kept in {path}.",
            f"It holds other files, such as {others[0]}, and no run.",
            "Choose a new or an empty folder (--out DIR).",
        )


def _make(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        # Whether a folder can be written is best asked by writing: rights, quotas and read-only disks all answer.
        probe = path / f".write-test-{os.getpid()}.part"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as refused:
        raise _refused(path, refused) from None


def _locked(path: Path) -> IO[bytes]:
    """An open file that the system locks for this process, and frees whatever becomes of it."""
    lock = (path / LOCK).open("ab")
    try:
        _lock(lock)
    except OSError as held:
        lock.close()
        if held.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise _refused(path, held) from None
        raise FolderError(
            f"The run was to be kept in {path}.",
            "Another run is writing there now.",
            "Wait for it, or choose another folder (--out DIR).",
        ) from None
    return lock


def _lock(file: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _open_log(path: Path) -> IO[str]:
    try:
        return (path / LOG).open("a", encoding="utf-8")
    except OSError as refused:
        raise _refused(path, refused) from None


def _refused(path: Path, refused: OSError) -> FolderError:
    return FolderError(f"The run was to be kept in {path}.", f"{refused.strerror or refused}.", _advice(refused, path))


def _advice(refused: OSError, folder: Path) -> str:
    if refused.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some space, or choose a folder on another disk (--out DIR)."
    if refused.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Choose a folder that you may write in (--out DIR), or give yourself the right to write in {folder}."
    return "Choose another folder (--out DIR)."


def _difference(before: str, after: str) -> str:
    """The first line that differs, of both."""
    old, new = before.splitlines(), after.splitlines()
    for one, other in zip(old, new, strict=False):
        if one != other:
            return f"it has {one.strip()[:60]!r} where this one has {other.strip()[:60]!r}"
    return "one is longer than the other"
