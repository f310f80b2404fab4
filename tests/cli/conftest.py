"""A folder with a small site, a study of it with a toy model, and the program that runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import toy_model
from landpda.cli.main import main
from small_study import write_site, write_study

TOY = {
    "model": "toy",
    "parameters": {"warming": {"fixed": 0.04}},
    "constraints": "none",
    "method": {"name": "dream_zs", "num_chains": 16, "num_generations": 400},
}


class Answer(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def toys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        toy_model.install(patch)
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toys: None) -> Path:
    write_site(tmp_path)
    write_study(tmp_path, **TOY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def landpda(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        status = main([*map(str, arguments)])
        shown = capsys.readouterr()
        return Answer(status, shown.out, shown.err)

    return run
