"""`segments members --traits`: traits of members as columns, in every format."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.cli.commands.segments.members import warn_of_many

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program


def test_traits_are_columns_of_the_table_and_of_csv(program: Program) -> None:
    """A trait that a member does not have is empty, one that nobody has is named."""
    table = program("segments", "members", "4", "--traits", "email,computed_at", "--limit", "2")
    asked = ("segments", "members", "4", "--traits", "email,agee", "--limit", "60", "-o", "csv")
    ended = program(*asked)

    assert table.out.splitlines()[0].split()[2:] == ["EMAIL", "TRAITS.COMPUTED_AT"]
    header, *rows = csv.reader(ended.out.splitlines())
    assert header == ["user_id", "computed_at", "email", "agee"]
    assert len(rows) == 60
    assert {agee for *_, agee in rows} == {""}
    user, _, email, _ = rows[55]
    properties = program("users", "get", user, "-o", "json").data["properties"]
    assert email == properties.get("email", "")
    assert "none of these members has a trait 'agee'" in ended.err
    assert "showing 60; there are more" in ended.err


def test_json_has_the_traits_that_were_asked_for_in_an_object_of_their_own(
    program: Program,
) -> None:
    ended = program(
        "segments", "members", "4", "--traits", "email,plan", "--limit", "1", "-o", "json"
    )

    (row,) = ended.data
    assert list(row) == ["user_id", "computed_at", "traits"]
    assert list(row["traits"]) == ["email", "plan"]


def test_fields_choose_among_traits_and_columns(program: Program) -> None:
    asked = ("segments", "members", "4", "--traits", "plan,email", "--limit", "1")
    ended = program(*asked, "--fields", "email,user_id", "-o", "json")

    assert list(ended.data[0]) == ["email", "user_id"]


def test_a_condition_on_a_trait_reads_the_traits_of_all(program: Program) -> None:
    asked = ("segments", "members", "4", "--traits", "country", "-o", "csv")
    everyone = list(csv.reader(program(*asked, "--all").out.splitlines()))[1:]
    some = program(*asked, "--where", "country=US", "--no-header").out.splitlines()

    assert len(some) == sum(row[2] == "US" for row in everyone)
    assert 0 < len(some) < len(everyone)


@pytest.mark.parametrize(
    ("most", "warned"), [(None, "1,500"), (1_200, "1,200"), (1_000, None), (2_000, "1,500")]
)
def test_more_than_a_thousand_requests_are_warned_of(most: int | None, warned: str | None) -> None:
    said: list[str] = []
    segments = SimpleNamespace(get=lambda _key: SimpleNamespace(member_count=1_500))
    run: Any = SimpleNamespace(
        client=SimpleNamespace(segments=segments), talk=SimpleNamespace(warn=said.append)
    )

    warn_of_many(run, ["4"], most)

    words = f"reading traits sends {warned} requests, one for each member"
    assert said == ([] if warned is None else [words])


def test_cells_that_a_spreadsheet_would_evaluate_are_made_safe_where_asked(
    changing: Program,
) -> None:
    [user] = changing("segments", "members", "4", "--limit", "1", "-o", "name").out.split()
    traits = {"user_id": user, "event_type": "context_identified"}
    payload = {"email": "=cmd()", "city": "a\x1b[31m\nb"}
    event = json.dumps({**traits, "payload": payload})
    assert changing("events", "track", "-", input=event).code == 0

    asked = ("segments", "members", "4", "--traits", "email,city", "--limit", "1")
    ended = changing(*asked, "-o", "csv", "--safe", "--fields", "email,city")

    assert list(csv.reader(ended.out.splitlines()))[1][0] == "'=cmd()"
    assert "\x1b" not in ended.out


def test_a_name_that_is_empty_is_refused(program: Program) -> None:
    ended = program("segments", "members", "4", "--traits", "email,,city")

    assert ended.code == 2
    assert "give names, separated by commas" in ended.err


def test_an_export_has_traits_as_columns(program: Program, tmp_path: Path) -> None:
    to = tmp_path / "members.csv"
    ended = program("segments", "export", "1", "--traits", "email,plan", "--to", str(to))
    several = program("segments", "export", "1", "2", "--traits", "email", "--to", str(tmp_path))

    assert ended.code == 0, ended.err
    header, *rows = csv.reader(to.read_text().splitlines())
    assert header == ["user_id", "computed_at", "email", "plan"]
    count = program("segments", "get", "1", "-o", "json").data["member_count"]
    assert len(rows) == count
    assert program("jobs", "list", "--limit", "1", "-o", "json").data[0]["kind"] == "export-traits"
    assert (several.code, "--traits is for one segment, as CSV." in several.err) == (2, True)
