"""`explain`, and the refusal of a field that does not exist: both from the same declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segops_tui.api.condition_types import condition_types
from segops_tui.sandbox.openapi.fields import NOUNS, fields_of, is_open

if TYPE_CHECKING:
    from tests.cli.conftest import Program


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_fields_that_are_required_and_fields_the_server_sets(noun: str) -> None:
    fields = {field.name: field for field in fields_of(noun)}

    assert any(field.is_required for field in fields.values())
    assert not fields["id"].is_set
    assert fields["created_at"].type == "time"
    assert is_open(noun) is (noun == "product")


def test_a_noun_is_explained_field_by_field_without_a_request(program: Program) -> None:
    program.environ["SEGOPS_API_URL"] = "http://127.0.0.1:9/api"

    rows = {row["name"]: row for row in program("explain", "queries", "-o", "json").data}

    assert rows["schedule"]["type"] == "one of hourly, daily, weekly"
    assert rows["query_text"]["set_by"] == "create, required"
    assert rows["last_run_at"]["set_by"] == "the server"
    assert program("explain", "queries.schedule").out.startswith("Field     schedule\n")


def test_a_rule_is_explained_by_its_conditions_and_operators(program: Program) -> None:
    types = program("explain", "segments.definition", "-o", "name").out.split()
    one = program("explain", "segment.definition.event_property", "-o", "json").data

    assert types == list(condition_types("user"))
    assert {"name": "event_type", "type": "text", "required": True} in one["fields"]
    assert {"name": "between", "words": "is between", "value": "value and value2"} in one[
        "operators"
    ]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("segmets", "Did you mean 'segments'?"),
        ("segments.descripton", "Did you mean 'description'?"),
        ("segments.definition.event_cuont", "Did you mean 'event_count'?"),
        ("segments.name.first", "is text, without fields of its own"),
    ],
)
def test_what_does_not_exist_names_the_nearest(program: Program, place: str, words: str) -> None:
    ended = program("explain", place)

    assert ended.code == 2
    assert words in ended.err


def test_an_unknown_field_is_refused_before_anything_is_sent(program: Program) -> None:
    ended = program("segments", "update", "1", "--set", "descripton=x")
    created = program("competitors", "create", "--set", "nmae=x")

    assert (ended.code, created.code) == (2, 2)
    assert "A segment has no field 'descripton'. Did you mean 'description'?" in ended.err
    assert "Did you mean 'name'?" in created.err
    assert "See: segops-tui explain competitors" in created.err


def test_a_product_has_the_fields_of_its_workspace(program: Program) -> None:
    line = ("products", "update", "1", "--set", "colour=red", "--dry-run")

    assert program(*line).data["dry_run"]["body"] == {"colour": "red"}
