"""Every key that the package cites is in its bibliography, and every entry there can be handed to a reader."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import landpda
from landpda.core.model import Model
from landpda.core.registry import discover
from landpda.execution.citation import KEY, bibliography, citation
from landpda.methods.method import Method

PACKAGE = Path(landpda.__file__).parent
TESTS = Path(__file__).resolve().parents[1]
CITED = re.compile(r"\[([a-z]+\d{4}[a-z]?)(?=[\],; ])")
DOI = re.compile(r"10\.\d{4,9}/\S+")
NEEDED = {
    "article": {"author", "title", "journal", "year", "volume", "pages"},
    "book": {"author", "title", "publisher", "year"},
    "incollection": {"author", "title", "booktitle", "publisher", "year"},
    "inproceedings": {"author", "title", "booktitle", "year"},
    "misc": {"author", "title", "year"},
    "techreport": {"author", "title", "institution", "year"},
}
ENTRIES = bibliography()


def cited_keys() -> set[str]:
    """Keys in brackets in any source file or test, and those that parameter tables name."""
    files = [*PACKAGE.rglob("*.py"), *TESTS.rglob("*.py")]
    keys = {key for file in files for key in CITED.findall(file.read_text(encoding="utf-8"))}
    for table in PACKAGE.rglob("*.csv"):
        with table.open(encoding="utf-8", newline="") as lines:
            keys |= {key for row in csv.DictReader(lines) for key in KEY.findall(row["source"])}
    return keys


def fields_of(entry: str) -> dict[str, str]:
    """Field → value of one entry."""
    return dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.MULTILINE))


def test_every_cited_key_has_an_entry():
    cited = cited_keys()
    assert {"bloom2016", "vrugt2016", "vitter1985"} <= cited
    missing = sorted(cited - set(ENTRIES))
    assert not missing


@pytest.mark.parametrize(("package", "kind"), [("landpda.methods", Method), ("landpda.models", Model)])
def test_what_is_registered_can_be_cited(package, kind):
    found = discover(package, kind)
    assert found
    for name, thing in found.items():
        assert KEY.findall(thing.source), f"{name} names no source"
        assert "not in the package's bibliography" not in citation([thing.source])


def test_a_parameter_without_a_source_says_so():
    for model in discover("landpda.models", Model).values():
        for row in model().parameters.values():
            assert KEY.search(row.source) or row.source.startswith("unconfirmed"), f"{model.name}.{row.name}: {row.source!r}"


def test_the_doi_of_a_data_set_is_in_the_bibliography():
    named = set(re.findall(r"doi:(10\.[^\s,;\"]+)", (PACKAGE / "sources" / "datasets.yaml").read_text(encoding="utf-8")))
    assert named
    assert named <= {fields_of(entry).get("doi") for entry in ENTRIES.values()}


def test_the_software_itself_has_an_entry():
    assert "landpda" in ENTRIES
    assert landpda.__version__ in ENTRIES["landpda"]


def test_keys_are_unique_and_in_order():
    keys = re.findall(r"^@\w+\{([^,\s]+),", (PACKAGE / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert keys == sorted(set(keys))
    assert set(keys) == set(ENTRIES), "an entry's closing brace does not stand alone on its line"


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_an_entry_is_whole(key):
    entry = ENTRIES[key]
    kind, fields = re.match(r"@(\w+)", entry)[1], fields_of(entry)
    missing = NEEDED[kind] - set(fields) - ({"volume", "pages"} if "eprint" in fields else set())
    assert not missing, f"{key} lacks {missing}"
    assert entry.count("{") == entry.count("}")
    assert len(fields) == len(entry.splitlines()) - 2, "a line that is no field"
    if key != "landpda":
        assert key.rstrip("abc").endswith(fields["year"])
    if "doi" in fields:
        assert DOI.fullmatch(fields["doi"])
