"""The program answers quickly: help and imports load nothing heavy."""

from __future__ import annotations

import pkgutil
import resource
import subprocess
import sys

import pytest

from landpda.cli import verbs
from landpda.cli.main import ORDER, main

MOST_CPU = 0.6
"""[s]"""


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "landpda.cli", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["calibrate", "--help"], ["--version"]])
def test_help_is_quick(arguments):
    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = cpu()
    answer = program(*arguments)
    assert cpu() - before < MOST_CPU
    assert answer.returncode == 0
    assert answer.stderr == ""


def test_neither_help_nor_import_loads_anything_heavy():
    heavy = {"jax", "xarray", "numpy", "equinox", "pydantic", "scipy", "pandas"}
    check = f"import sys; print({heavy} & set(sys.modules))"
    for code in ("import landpda", "from landpda.cli.main import main; main(['--help'])"):
        answer = subprocess.run([sys.executable, "-c", f"{code}\n{check}"], capture_output=True, text=True, check=True)
        assert answer.stdout.splitlines()[-1] == "set()"


def test_every_verb_has_help_whose_first_sentence_fits(capsys):
    found = {info.name for info in pkgutil.iter_modules(verbs.__path__)}
    assert found == set(ORDER)
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:")[1]
    assert "..." not in listed
    for verb in found:
        assert verb in listed
        assert main([verb, "--help"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["calibrat"], "Did you mean calibrate?"),
        (["calibrate"], "Missing argument"),
        (["calibrate", "x.yaml", "--sed", "1"], "No such option"),
        (["calibrate", "x.yaml", "--seed", "-1"], "--seed"),
        (["calibrate", "x.yaml", "--seed", "one"], "--seed"),
        (["list", "modls"], "Did you mean models?"),
    ],
)
def test_a_command_line_that_cannot_be_read_gets_a_sentence(arguments, sentence, capsys):
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sentence in shown.err
    assert len(shown.err.strip().splitlines()) <= 3


def test_a_reader_who_leaves_early_is_no_error():
    writer = subprocess.Popen(
        [sys.executable, "-m", "landpda.cli", "list", "datasets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    writer.stdout.close()
    assert writer.stderr.read() == ""
    writer.stderr.close()
    writer.wait()
