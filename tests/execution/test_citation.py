"""What a run cites: each key once, in order, and those that are missing are named."""

from __future__ import annotations

from landpda.core.registry import discover
from landpda.execution import citation as module
from landpda.execution.citation import READERS, bibliography, citation
from landpda.sources.source import Source

BIB = """% comment
@article{bloom2015,
  title = {Constraining {C}},
}

@book{
  griewank2000,
  title = {Evaluating},
}
"""


def test_entries_come_once_and_in_order(tmp_path, monkeypatch):
    (tmp_path / "references.bib").write_text(BIB)
    monkeypatch.setattr(module, "_file", lambda: tmp_path / "references.bib")
    text = citation(["griewank2000 eq. 3; bloom2015", "", "bloom2015", "nobody1999"])
    assert text.index("griewank2000") < text.index("bloom2015")
    assert text.count("@article{bloom2015") == 1
    assert "title = {Constraining {C}}" in text
    assert "% nobody1999: not in" in text


def test_data_are_cited_by_readers_and_entries_that_there_are():
    assert set(READERS) <= set(discover("landpda.sources", Source))
    assert set(READERS.values()) <= set(bibliography())
