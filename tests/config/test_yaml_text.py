"""Laws of reading YAML: plain data, each key once, nothing that is not what it looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landpda.config.yaml_text import parse, read_yaml, write_yaml
from landpda.core.errors import StudyError

WORDS = st.text(max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


def read(text: str):
    return parse(text, asked="Asked.")


@given(PLAIN)
def test_what_is_written_is_read_back(content):
    assert read(write_yaml(content)) == content


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("12:30", "12:30"),
        ("2001-01-01", "2001-01-01"),
        ("1e-5", 1e-5),
        ("1.", 1.0),
        ("-3", -3),
        ("true", True),
        ("yes", "yes"),
        ("~", None),
        ("[1, a]", [1, "a"]),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
    ],
)
def test_words_and_numbers_are_what_they_look_like(text, value):
    assert read(text) == value
    assert type(read(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: 1\na: 2", "twice"),
        ("a: {b: 1, b: 2}", "twice"),
        ("a: [1, 2", "line"),
        ("a: b: c", "line 1"),
        ("\tx: 1", "YAML"),
        ("a: !!python/object/apply:os.system ['true']", "YAML"),
        ("a: !!set {x, y}", "YAML"),
        ("a: !!binary aGk=", "YAML"),
        ("a: !!timestamp 2001-01-01", "YAML"),
        ("1: a", "not a word"),
        ("[a, b]: c", ""),
        ("a: &x [*x]", "recursive"),
        ("a: " + "[" * 500 + "]" * 500, "deep"),
        ("a: " + "9" * 5000, "digits"),
        ("--- 1\n--- 2", "YAML"),
        ("a: \x00", "YAML"),
        ("a: !!int x", ""),
        ("a: !!float ''", ""),
    ],
)
def test_what_is_not_plain_is_refused_in_a_sentence(text, word):
    with pytest.raises(StudyError) as refused:
        read(text)
    assert word in refused.value.found
    assert len(str(refused.value).splitlines()) <= 3


def test_anchors_that_stand_for_billions_are_refused_at_once():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(StudyError, match="too large"):
        read("\n".join(lines))


def test_anchors_that_share_a_few_lines_are_fine():
    assert read("a: &x {b: 1}\nc: {<<: *x, d: 2}") == {"a": {"b": 1}, "c": {"b": 1, "d": 2}}


def test_files_that_are_no_study_are_told_apart(tmp_path: Path):
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "binary.yaml").write_bytes(b"\x89HDF\xff\xfe")
    (tmp_path / "large.yaml").write_text("a: 1\n" + "#" * 1_100_000)
    for name, word in (
        ("empty.yaml", "empty"),
        ("list.yaml", "key: value"),
        ("binary.yaml", "UTF-8"),
        ("large.yaml", "too large"),
        (".", "folder"),
        ("emptyy.yaml", "no such file"),
        ("a\0b", "cannot open"),
    ):
        with pytest.raises(StudyError) as refused:
            read_yaml(tmp_path / name)
        assert word in refused.value.found
    with pytest.raises(StudyError) as refused:
        read_yaml(tmp_path / "emptyy.yaml")
    assert "beside it there is empty.yaml" in refused.value.do
