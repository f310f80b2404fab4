"""A run that is killed without warning goes on with --resume, to the bits of a run that was left alone."""

import signal
import subprocess
import sys
import time

import pytest

from small_study import write_site, write_study

METHOD = {"name": "dream_zs", "num_chains": 32, "num_generations": 6000, "checkpoint_every": 5}


def landpda(*arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "landpda.cli", *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(process: subprocess.Popen) -> None:
    _, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors.decode()


@pytest.mark.slow
def test_kill_minus_nine_then_resume_gives_the_same_bits(tmp_path):
    write_site(tmp_path)
    study = write_study(tmp_path, method=METHOD)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finished(landpda("calibrate", study, "--out", whole))
    process = landpda("calibrate", study, "--out", killed)
    state = killed / "checkpoints" / "answer" / "state.npz"
    deadline = time.monotonic() + 300
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "result.nc").exists()
    finished(landpda("calibrate", study, "--out", killed, "--resume"))
    assert (killed / "posterior.csv").read_bytes() == (whole / "posterior.csv").read_bytes()
    assert (killed / "summary.csv").read_bytes() == (whole / "summary.csv").read_bytes()
