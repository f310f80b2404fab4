"""Laws of the run folder: one study, one writer, and nothing half-written that looks whole."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from landpda.execution.run_folder import LOG, RESULT, STUDY, FolderError, RunFolder, write_whole

TEXT = "name: one\nseed: 1\n"


def test_a_new_folder_holds_the_study_and_a_log(tmp_path):
    def clock() -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    with RunFolder(tmp_path / "a" / "run", TEXT, clock=clock) as folder:
        folder.log("started", "two\nlines")
        assert not folder.resumed
        assert not folder.finished
    assert (folder.path / STUDY).read_text() == TEXT
    stamp = "2026-01-02T03:04:05Z"
    assert (folder.path / LOG).read_text() == f"{stamp} started\n{stamp} two\n{stamp} lines\n"
    assert not list(folder.path.glob("*.part")) + list(folder.path.glob(".*.part"))


def test_the_same_study_resumes_only_when_asked(tmp_path):
    RunFolder(tmp_path / "run", TEXT).close()
    with pytest.raises(FolderError) as refused:
        RunFolder(tmp_path / "run", TEXT)
    assert "unfinished" in refused.value.found
    assert "--resume" in refused.value.do
    with RunFolder(tmp_path / "run", TEXT, resume=True) as folder:
        assert folder.resumed


def test_resuming_where_nothing_was_begun_begins(tmp_path):
    with RunFolder(tmp_path / "run", TEXT, resume=True) as folder:
        assert not folder.resumed


@pytest.mark.parametrize("resume", [False, True])
def test_the_run_of_another_study_is_left_alone(tmp_path, resume):
    RunFolder(tmp_path / "run", TEXT).close()
    with pytest.raises(FolderError) as refused:
        RunFolder(tmp_path / "run", TEXT.replace("1", "2"), resume=resume)
    assert "another study" in refused.value.found
    assert "'seed: 1' where this one has 'seed: 2'" in refused.value.found
    assert (tmp_path / "run" / STUDY).read_text() == TEXT


def test_a_finished_run_is_not_written_over(tmp_path):
    with RunFolder(tmp_path / "run", TEXT) as folder:
        folder.write_text(RESULT, "whole")
    with pytest.raises(FolderError, match=r"finished run") as refused:
        RunFolder(tmp_path / "run", TEXT)
    assert "report.html" in refused.value.do
    with RunFolder(tmp_path / "run", TEXT, resume=True) as folder:
        assert folder.finished


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(FolderError, match=r"thesis.tex"):
        RunFolder(tmp_path, TEXT)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(FolderError, match=r"a file, not a folder"):
        RunFolder(tmp_path / "run", TEXT)


def test_two_writers_do_not_share_a_folder(tmp_path):
    with RunFolder(tmp_path / "run", TEXT):
        with pytest.raises(FolderError, match=r"Another run is writing"):
            RunFolder(tmp_path / "run", TEXT, resume=True)
        program = (
            f"from landpda.execution.run_folder import RunFolder; RunFolder({str(tmp_path / 'run')!r}, {TEXT!r}, resume=True)"
        )
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "Another run is writing" in other.stderr
    RunFolder(tmp_path / "run", TEXT, resume=True).close()


def test_a_run_that_died_frees_its_folder(tmp_path):
    program = f"""
import os
from landpda.execution.run_folder import RunFolder
folder = RunFolder({str(tmp_path / "run")!r}, {TEXT!r})
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    with RunFolder(tmp_path / "run", TEXT, resume=True) as folder:
        assert folder.resumed


def test_where_writing_is_refused_it_is_said_before_any_work(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(FolderError) as refused:
        RunFolder(tmp_path / "run", TEXT)
    assert refused.value.found == "Permission denied."
    assert "may write in" in refused.value.do


def test_where_nobody_may_write_not_even_root():
    with pytest.raises(FolderError) as refused:
        RunFolder("/proc/landpda_run", TEXT)
    assert "--out" in refused.value.do


def test_a_full_disk_leaves_the_old_file_and_no_half_of_the_new(tmp_path):
    target = tmp_path / "x.txt"
    target.write_text("old")

    def fill(part: Path) -> None:
        part.write_text("ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(FolderError) as refused:
        write_whole(target, fill)
    assert "Free some space" in refused.value.do
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_an_interruption_while_writing_leaves_nothing(tmp_path):
    def interrupt(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x.txt", interrupt)
    assert list(tmp_path.iterdir()) == []
