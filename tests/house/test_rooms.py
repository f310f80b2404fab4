"""How the house is built: rooms say what they are, files stay small, and what is not needed is not loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import landpda

PACKAGE = Path(landpda.__file__).parent
TESTS = Path(__file__).resolve().parents[1]
MOST_LINES = 400
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base2"}
"""Names that say nothing of what is inside."""
HEAVY = ("jax", "jaxlib", "xarray", "scipy", "matplotlib", "pandas", "equinox")
"""What takes seconds to load."""
SOURCES = sorted(PACKAGE.rglob("*.py"))
ALL = [*SOURCES, *sorted(TESTS.rglob("*.py"))]


def calls_of_print(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call of the built-in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node


def where(file: Path) -> str:
    """A file's place, for a message."""
    return str(file.relative_to(TESTS if file.is_relative_to(TESTS) else PACKAGE.parent))


def test_every_room_says_in_one_line_what_it_is():
    rooms = {file.parent for file in SOURCES}
    rooms |= {above for room in rooms for above in room.parents if above.is_relative_to(PACKAGE)}
    assert len(rooms) > 10
    for room in sorted(rooms):
        door = room / "__init__.py"
        assert door.is_file(), f"{where(room)} has no __init__.py"
        words = ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or ""
        first, *rest = words.split("\n\n")[0].splitlines() or [""]
        assert first.endswith("."), f"{where(door)} does not say in a line what the room is"
        assert not rest, f"{where(door)} takes more than a line to say what the room is"


def test_every_file_says_what_it_is():
    silent = [where(file) for file in SOURCES if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))]
    assert set(silent) <= {"landpda/cli/__main__.py"}


def test_names_say_what_is_inside():
    named = {file.stem for file in ALL} | {file.parent.name for file in ALL}
    assert not named & NO_NAMES


@pytest.mark.parametrize("file", ALL, ids=where)
def test_files_are_small_and_quiet(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    tree = ast.parse(text)
    wild = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    assert not wild, f"import * in line {wild}"
    if file in SOURCES and not file.is_relative_to(PACKAGE / "cli"):
        assert not [call.lineno for call in calls_of_print(tree)]


ASK_FOR_HELP = """
from landpda.cli.main import main
sys.argv = ["landpda", "--help"]
try:
    main()
except SystemExit:
    pass
"""


@pytest.mark.parametrize("code", ["import landpda", ASK_FOR_HELP], ids=["import", "help"])
def test_nothing_heavy_is_loaded_for_nothing(code):
    end = f"loaded = sorted(set({HEAVY!r}) & set(sys.modules)); sys.exit('loaded: ' + ' '.join(loaded) if loaded else 0)"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{code}\n{end}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if code == ASK_FOR_HELP:
        assert "calibrate" in done.stdout
