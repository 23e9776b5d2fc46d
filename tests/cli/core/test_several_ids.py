"""Several ids at once, and ids from standard input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program


def test_several_objects_are_a_list_and_one_is_an_object(program: Program) -> None:
    one = program("segments", "get", "1", "-o", "json").data
    several = program("segments", "get", "1", "3", "1", "-o", "json").data
    piped = program("segments", "get", "-", "-o", "json", input="3\n").data

    assert one["id"] == 1
    assert [segment["id"] for segment in several] == [1, 3]
    assert [segment["id"] for segment in piped] == [3]


def test_what_is_not_there_does_not_stop_the_others(program: Program) -> None:
    ended = program("segments", "get", "1", "999", "3", "-o", "name")

    assert (ended.code, ended.out) == (5, "1\n3\n")
    assert "/segments/999/" in ended.err


def test_names_come_from_a_pipe_as_ids_do(program: Program) -> None:
    ended = program("segments", "get", "-", "-o", "name", input="2\n\n High LTV buyers \n")

    assert ended.out == "2\n1\n"


def test_no_ids_in_a_pipe_are_nothing_to_do(program: Program) -> None:
    ended = program("segments", "recompute", "-", input="\n")

    assert (ended.code, ended.out) == (0, "")
    assert "no ids on standard input: nothing to do" in ended.err
    assert program("jobs", "list", "-o", "json").data == []


def test_ids_in_a_pipe_are_recomputed_and_updated(changing: Program) -> None:
    done = changing("segments", "recompute", "-", "-o", "json", input="1\n2\n").data
    words = changing(
        "segments", "update", "-", "--set", "description=piped", "-o", "json", input="1\n2\n"
    ).data

    assert {row["id"] for row in done} == {1, 2}
    assert [segment["description"] for segment in words] == ["piped", "piped"]


def test_a_file_after_several_ids_has_the_fields(changing: Program, tmp_path: Path) -> None:
    file = tmp_path / "changes.json"
    file.write_text(json.dumps({"description": "from a file"}))

    several = changing("segments", "update", "1", "2", str(file), "-o", "json").data
    piped = changing(
        "segments", "update", "3", "-", "-o", "json", input='{"description": "from a pipe"}'
    ).data

    assert [segment["description"] for segment in several] == ["from a file"] * 2
    assert piped["description"] == "from a pipe"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("segments update - -", "Standard input has either the ids or the fields"),
        ("segments estimate -", "this one takes one"),
    ],
)
def test_a_pipe_that_cannot_be_meant_is_refused(program: Program, line: str, words: str) -> None:
    ended = program(*line.split(), input="1\n")

    assert ended.code == 2
    assert words in ended.err
