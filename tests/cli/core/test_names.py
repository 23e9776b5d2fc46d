"""Names wherever an id goes: found, ambiguous, missing, completed; numbers stay ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.record import Record
from segops_tui.cli.commands.commands import program_reference
from segops_tui.cli.core.names import LOOKUPS, NoSuchName, with_ids
from segops_tui.cli.core.params import ObjectId
from segops_tui.cli.core.program import Root
from segops_tui.wording import plain

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def requests(err: str) -> list[str]:
    """The requests that --debug told of."""
    return [line.partition("?")[0] for line in err.splitlines() if line.startswith("GET ")]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["segments", "get", "High LTV buyers"], "1"),
        (["segments", "get", "  high ltv   BUYERS "], "1"),
        (["segments", "get", "name:High LTV buyers"], "1"),
        (["product-segments", "get", "Boots"], None),
        (["products", "get", "NW-JKT-00001"], "1"),
        (["schemas", "get", "order_placed"], None),
        (["queries", "get", "What are the best waterproof hiking boots?"], "1"),
        (["activations", "get", "klaviyo"], "1"),
        (["activations", "get", "Braze for Cart abandoners this week"], "2"),
        (["activations", "get", "Lapsed VIPs"], "3"),
        (["webhooks", "get", "https://hooks.example.com/segops"], "1"),
        (["pages", "get", "trail-running-shoes-under-150"], "2"),
        (["pages", "get", "Rain jackets for people who live in the rain"], "3"),
    ],
)
def test_an_object_is_found_by_its_name(
    program: Program, words: list[str], key: str | None
) -> None:
    if words[0] == "product-segments":
        words = [*words[:2], program(words[0], "list", "-o", "json").data[0]["name"]]

    ended = program(*words, "-o", "name")

    assert (ended.code, ended.err) == (0, "")
    assert key is None or ended.out == f"{key}\n"


def test_a_competitor_is_found_by_its_name(program: Program) -> None:
    first = program("competitors", "list", "-o", "json").data[0]

    assert program("competitors", "get", first["name"], "-o", "name").out == f"{first['id']}\n"


def test_a_number_is_an_id_and_nothing_more_is_asked(program: Program) -> None:
    ended = program("segments", "get", "1", "-o", "name", "--debug")

    assert len(requests(ended.err)) == 1


def test_several_names_are_found_in_one_walk(program: Program) -> None:
    ended = program(
        "segments", "delete", "High LTV buyers", "2", "Newsletter readers", "--dry-run", "--debug"
    )

    assert [line.split()[1] for line in requests(ended.err)] == ["/segments/"]
    assert "segments/1/" in ended.out


def test_an_option_takes_a_name_as_well(program: Program) -> None:
    named = program("segments", "preview", "--id", "Newsletter readers", "-o", "json")

    by_id = program("segments", "preview", "--id", "4", "-o", "json")
    assert named.data["matched_users"] == by_id.data["matched_users"]


def test_one_unknown_name_of_several_stops_before_anything_is_sent(changing: Program) -> None:
    ended = changing("segments", "delete", "1", "Newsleter readers", "--yes", "-o", "json")

    assert ended.code == 5
    assert "There is no segment 'Newsleter readers'" in ended.error["message"]
    assert "'Newsletter readers'" in ended.error["message"]
    assert "segops-tui segments list" in ended.error["hint"]
    assert changing("segments", "get", "1").code == 0


def test_a_name_of_two_objects_lists_both_and_changes_neither(changing: Program) -> None:
    changing("segments", "create", "--set", "name=Newsletter readers")

    ended = changing("segments", "delete", "Newsletter readers", "--yes", "-o", "json")

    assert ended.code == 2
    assert "2 segments are called 'Newsletter readers'" in ended.error["message"]
    assert "4 (Newsletter readers) and 15 (Newsletter readers)" in ended.error["message"]


def test_the_same_letters_count_before_the_same_name_in_other_case(changing: Program) -> None:
    made = changing("segments", "create", "--set", "name=NEWSLETTER readers", "-o", "json")

    found = changing("segments", "get", "NEWSLETTER readers", "-o", "name")

    assert found.out == f"{made.data['id']}\n"
    assert changing("segments", "get", "newsletter READERS").code == 2


def test_a_segment_named_like_a_number_needs_the_prefix(changing: Program) -> None:
    made = changing("segments", "create", "--set", 'name="2024"', "-o", "json")

    assert changing("segments", "get", "2024").code == 5
    assert changing("segments", "get", "name:2024", "-o", "name").out == f"{made.data['id']}\n"


def test_what_a_table_shows_of_an_odd_name_finds_it(changing: Program) -> None:
    made = changing(
        "segments", "create", "-", "-o", "json", input=json.dumps({"name": "a\x1b[2J\u202eb"})
    )

    assert changing("segments", "get", "a\ufffd[2Jb", "-o", "name").out == f"{made.data['id']}\n"


@pytest.mark.parametrize("text", ["name:", "", " ", "..", "%s [red]"])
def test_a_text_that_names_nothing_is_told_so(program: Program, text: str) -> None:
    assert program("segments", "get", text).code in {2, 5}


def test_a_description_of_a_command_tells_of_the_listing_it_may_read() -> None:
    told = {each["command"]: each for each in program_reference(Root())["commands"]}

    sync = told["activations sync"]
    assert sync["arguments"][0]["noun"] == "activation"
    assert "activations.list" in {each["call"] for each in sync["endpoints"]}
    assert "segments.list" in {each["call"] for each in told["users explain"]["endpoints"]}
    assert not told["segments estimate"]["arguments"][0]["multiple"]


def test_names_complete_once_they_are_begun(program: Program) -> None:
    program("segments", "list")
    program("products", "list", "--limit", "3")

    def completed(*words: str) -> list[str]:
        program.environ["_SEGOPS_TUI_COMPLETE"] = "fish_complete"
        program.environ["COMP_WORDS"] = " ".join(["segops-tui", *words])
        program.environ["COMP_CWORD"] = words[-1]
        ended = program()
        return [line.partition("\t")[0].partition(",")[2] for line in ended.out.splitlines()]

    assert completed("segments", "get", "hig") == ["High LTV buyers"]
    assert completed("products", "score", "NW-JKT-00001")[0] == "NW-JKT-00001"


@pytest.mark.parametrize(
    ("word", "inserted"),
    [
        ("Hi", "High\\ LTV\\ buyers"),
        ("'Hi", "High LTV buyers"),
        ('"High L', "High LTV buyers"),
        ("High\\ L", "High\\ LTV\\ buyers"),
    ],
)
def test_bash_is_handed_a_name_as_one_word(program: Program, word: str, inserted: str) -> None:
    program("segments", "list")
    program.environ["_SEGOPS_TUI_COMPLETE"] = "bash_complete"
    program.environ["COMP_WORDS"] = "\n".join(["segops-tui", "segments", "get", word])
    program.environ["COMP_CWORD"] = "3"

    assert program().out == f"plain,{inserted}\n"


def test_the_script_of_bash_keeps_backslashes_and_expands_no_pattern(program: Program) -> None:
    script = program("completion", "bash").out

    assert "read -r type value" in script
    assert 'COMPREPLY+=("$value")' in script


class _Listing:
    """A client of one noun, which counts what is read of it."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows, self.read = rows, 0

    def __getattr__(self, _space: str) -> _Listing:
        return self

    def list(self) -> Any:
        for row in self.rows:
            self.read += 1
            yield Record(row)


class _Run:
    def __init__(self, client: _Listing) -> None:
        self.client = client


def looked_up(noun: str, rows: list[dict[str, Any]], text: str) -> tuple[str, int]:
    client = _Listing(rows)
    command = click.Command("x", params=[click.Argument(["id"], type=ObjectId(noun))])
    run: Any = _Run(client)
    return with_ids(run, command, {"id": text})["id"], client.read


def test_a_sku_ends_the_walk_and_counts_before_a_name() -> None:
    rows = [
        {"id": 1, "sku": "A", "name": "B"},
        {"id": 2, "sku": "B", "name": "A"},
        {"id": 3, "sku": "C", "name": "C"},
    ]

    assert looked_up("product", rows, "B") == ("2", 2)
    assert looked_up("product", rows, "c") == ("3", 3)


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=8, unique=True))
def test_every_name_that_is_alone_finds_its_own_object(names: list[str]) -> None:
    rows = [{"id": number, "name": name} for number, name in enumerate(names, 1)]

    for name in names:
        try:
            found, _ = looked_up("segment", rows, f"name:{name}")
        except (click.UsageError, NoSuchName):
            # Surrounded by spaces, or equal to another but for what a terminal does not show.
            continue
        assert plain(names[int(found) - 1]).strip() == plain(name).strip()


def test_every_noun_with_ids_has_a_way_to_be_found() -> None:
    assert set(LOOKUPS) == {
        "segment", "product segment", "page", "product", "schema", "query", "activation",
        "competitor", "webhook", "import",
    }  # fmt: skip
