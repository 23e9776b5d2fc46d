"""The YAML of workspace files: any JSON value comes back, and a fault has its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.jobs.workspace.yaml_text import NotReadable, read_yaml, write_yaml

TEXT = st.text(st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


@given(JSON)
def test_any_json_value_comes_back(value: object) -> None:
    assert read_yaml(write_yaml(value))[0] == value


@pytest.mark.parametrize("text", ["no", "007", "1e5", "0x1F", "2026-01-01", "null", "1_000", "~"])
def test_a_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    written = write_yaml({"a": text})
    assert written == f"a: '{text}'\n"
    assert read_yaml(written)[0] == {"a": text}


def test_keys_are_sorted_and_a_text_of_lines_is_a_block() -> None:
    assert write_yaml({"b": "x\ny\n", "a": [{"d": 1, "c": True}]}) == (
        "a:\n  - c: true\n    d: 1\nb: |\n  x\n  y\n"
    )


def test_what_an_editor_does_not_show_is_written_as_an_escape() -> None:
    assert write_yaml({"a": "x\u202ey\u200b"}) == 'a: "x\\u202ey\\u200b"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n\tb: 1", 2, "a tab cannot indent: use spaces."),
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' is given twice, first on line 1."),
        ("a: &x 1\nb: *x", 2, "anchors and aliases are not read here: write the value out."),
        ("a: !!python/object:os.system x", 1, "the tag !!python/object:os.system is not read"),
        ("a: 1\n---\nb: 2", 2, "a file has one document"),
        ("a: [1,\nb", 2, "not YAML:"),
        ("? [a]\n: 1", 1, "a key is a word"),
        ("a: 1\nb: \x07", 2, "a control character (U+0007)."),
        ("a: 1e999", 1, "1e999 is too large a number"),
        ("- " * 5000, 1, "it is nested too deeply."),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(NotReadable, match=r".") as fault:
        read_yaml(text)
    assert words in str(fault.value)
    assert fault.value.line == line


def test_every_value_has_the_line_of_its_key() -> None:
    _, lines = read_yaml("a: 1\nb:\n  - x\n  - c: 2\n")
    assert lines["b",] == 2
    assert lines["b", 1, "c"] == 4
