"""No file names the machine that it was written on, or anything else that means nothing to a reader elsewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each is put together here, so that this file does not hold it.
FOLDERS = ["".join(parts) for parts in (("wo", "rk"), ("ro", "ot"), ("ho", "me"), ("Us", "ers"), ("t", "mp/bash"))]
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"))]
HOSTS += [".".join(parts) for parts in (("conda", "anaconda", "org"), ("proxy", "golang", "org"), ("static", "crates", "io"))]
WORDS = ["".join(parts) for parts in (("sub", "-?agent"), ("chat", "bot"), ("cl", "aude"), ("anth", "ropic"), ("chat", "gpt"))]
WORDS += [" ".join(parts) for parts in (("language", "model"), ("AI", "assistant"), ("index", "url"))]
FORBIDDEN = {
    "a path of one machine": re.compile(rf"(?<![\w.\-}}])/(?:{'|'.join(FOLDERS)})/"),
    "a package registry": re.compile("|".join(map(re.escape, HOSTS)), re.IGNORECASE),
    "a word that is none of the reader's business": re.compile(rf"\b(?:{'|'.join(WORDS)})s?\b", re.IGNORECASE),
}


def written() -> list[Path]:
    """Every file that git holds or would take."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no git, or no checkout: which files are the project's is not known")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def lines() -> list[tuple[str, str]]:
    """(place, text) of every line of every text file."""
    found = []
    for file in written():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        place = file.relative_to(ROOT)
        found += [(f"{place}:{number}", line) for number, line in enumerate(text.splitlines(), start=1)]
    assert len(found) > 1000
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what, lines):
    assert not [f"{place}: {line.strip()[:120]}" for place, line in lines if FORBIDDEN[what].search(line)]


def test_the_patterns_find_what_they_forbid():
    path, host, word = FORBIDDEN.values()
    assert all(path.search(f'open("/{folder}/x")') for folder in FOLDERS)
    assert not path.search(f"https://example.org/{FOLDERS[2]}/x")
    assert all(host.search(f"https://{name}/simple") for name in HOSTS)
    assert word.search(f"a {WORDS[0].replace('-?', '')} did it")
