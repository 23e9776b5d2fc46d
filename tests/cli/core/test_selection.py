"""--where, --sort, --fields, --no-header and --jq: which rows, in which order, how written."""

from __future__ import annotations

import builtins
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.record import Record
from segops_tui.cli.core.command_table import TABLE, Branch
from segops_tui.cli.core.printing.conditions import Condition, read_condition
from segops_tui.cli.core.printing.selection import RowSelection, sort_key
from segops_tui.cli.core.program import Root
from segops_tui.nouns.column import Column, Context, Noun

if TYPE_CHECKING:
    from tests.cli.conftest import Program

NOW = datetime(2026, 6, 1, tzinfo=UTC)
THINGS: Noun[Any] = Noun(
    name="thing",
    plural="things",
    title="Things",
    key=lambda row: row.raw["id"],
    label=lambda row: str(row.raw["id"]),
    empty="None.",
    columns=(
        Column("id", "ID", lambda r: r.raw["id"]),
        Column("worth", "WHAT IT COSTS", lambda r: r.raw.get("worth")),
        Column("status", "STATE", lambda r: "raw", words=lambda r, _: f"● {r.raw.get('word', '')}"),
    ),
)


def selected(rows: list[dict[str, Any]], *where: str, sort: str = "") -> list[Any]:
    selection: RowSelection[Any] = RowSelection(
        [read_condition(text) for text in where],
        tuple(sort.split(",")) if sort else (),
        Context(now=NOW),
    )
    return [row["id"] for row in selection.applied([Record(r) for r in rows], THINGS)]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("members>1000", Condition("members", ">", "1000")),
        ("members >= 1,000", Condition("members", ">=", "1,000")),
        ("name == 'High LTV'", Condition("name", "=", "High LTV")),
        ("price=", Condition("price", "=", "")),
        ("state!=stale", Condition("state", "!=", "stale")),
        ("url:https://a=b", Condition("url", ":", "https://a=b")),
        ("AI CRAWL<2d", Condition("AI CRAWL", "<", "2d")),
    ],
)
def test_a_condition_is_a_field_an_operator_and_a_value(text: str, condition: Condition) -> None:
    assert read_condition(text) == condition


@pytest.mark.parametrize("text", ["", "brand", "=5", ">", " = x"])
def test_what_is_no_condition_is_told_what_one_looks_like(program: Program, text: str) -> None:
    ended = program("segments", "list", "--where", text)

    assert ended.code == 2
    assert "members>1000" in ended.err


def test_numbers_compare_as_numbers_and_times_as_times() -> None:
    rows = [
        {"id": 1, "worth": 9}, {"id": 2, "worth": "10.50"}, {"id": 3},
        {"id": 4, "worth": {"amount": "200", "currency": "USD"}},
    ]  # fmt: skip
    times = [{"id": 1, "worth": "2026-05-31T00:00:00Z"}, {"id": 2, "worth": "2025-01-01"}]

    assert selected(rows, "worth>9.5") == [2, 4]
    assert selected(rows, "worth=") == [3]
    assert selected(rows, "worth!=") == [1, 2, 4]
    assert selected(times, "worth<2026-01-01") == [2]
    assert selected(times, "worth<2d") == [1]


def test_a_heading_a_key_and_what_the_table_says_of_a_row_are_understood() -> None:
    rows = [{"id": 1, "worth": 1, "word": "stale"}, {"id": 2, "worth": 2, "word": "draft"}]

    assert selected(rows, "what it costs>1") == [2]
    assert selected(rows, "What-It_Costs>1") == [2]
    assert selected(rows, "STATE=stale") == [1]
    assert selected(rows, "state!=stale") == [2]
    assert selected(rows, "worth>0", "state:DRA") == [2]


@pytest.mark.parametrize("sort", ["worth", "-worth"])
def test_missing_values_sort_last_either_way(sort: str) -> None:
    rows = [{"id": 1}, {"id": 2, "worth": 5}, {"id": 3, "worth": ""}, {"id": 4, "worth": 40}]

    order = [4, 2] if sort[0] == "-" else [2, 4]
    assert selected(rows, sort=sort) == [*order, 1, 3]


def test_several_fields_sort_one_after_the_other() -> None:
    rows = [
        {"id": 1, "worth": "b"}, {"id": 2, "worth": "A"}, {"id": 3, "worth": "B"},
    ]  # fmt: skip

    assert selected(rows, sort="worth,-id") == [2, 3, 1]


value = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes()


@given(st.lists(value | st.lists(value, max_size=2)))
def test_any_values_sort_and_what_is_missing_is_last(values: list[Any]) -> None:
    rows = [{"id": number, "worth": value} for number, value in enumerate(values)]

    order = selected(rows, sort="worth")

    keys = [sort_key(values[place]) for place in order]
    there = [key for key in keys if key is not None]
    assert sorted(order) == list(range(len(values)))
    assert keys == [*sorted(there), *[None] * (len(keys) - len(there))]


@given(st.text(), st.sampled_from(["=", "<", ">=", ":", "!="]), st.text())
def test_any_condition_is_decided_or_refused(value: str, operator: str, text: str) -> None:
    assert selected([{"id": 1, "worth": value}], f"worth{operator}{text}") in ([], [1])


def test_a_sorted_list_is_cut_after_sorting(program: Program) -> None:
    ended = program("segments", "list", "--sort", "-members", "--limit", "2", "-o", "name")
    rows = program("segments", "list", "-o", "json").data

    largest = sorted(rows, key=lambda row: -(row["member_count"] or 0))[:2]
    assert ended.out.split() == [str(row["id"]) for row in largest]
    assert ended.err == "showing 2 of 14; --all for the rest\n"


def test_every_page_is_compared_and_the_server_where_it_can(program: Program) -> None:
    ended = program(
        "products", "list", "--where", "brand=Northwind", "--where", "price<20", "--all",
        "-o", "json", "--debug",
    )  # fmt: skip

    assert "--where brand=Northwind: asked of the server" in ended.err
    assert "--where price<20: compared here, over all pages" in ended.err
    assert ended.data
    for product in ended.data:
        assert product["data"]["brand"] == "Northwind"
        assert float(product["data"]["price"]["amount"]) < 20


@pytest.mark.usefixtures("whole_shop")
def test_the_server_looks_for_part_of_a_name_and_for_one_type_of_events(program: Program) -> None:
    named = program("products", "list", "--where", "name:parka", "-o", "json", "--debug")
    typed = program(
        "users", "events", "u_00005", "--where", "event_type=order_placed", "-o", "json", "--debug"
    )

    assert "--where name:parka: asked of the server" in named.err
    assert "--where event_type=order_placed: asked of the server" in typed.err
    assert {event["event_type"] for event in typed.data} == {"order_placed"}


@pytest.mark.parametrize("option", ["--where", "--sort", "--fields"])
def test_a_bad_field_names_the_nearest_and_prints_no_rows(program: Program, option: str) -> None:
    value = "membrs>3" if option == "--where" else "membrs"
    ended = program("segments", "list", option, value)

    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'member_count'?" in ended.err


def test_nothing_that_matches_is_not_called_nothing_at_all(program: Program) -> None:
    for words in (["--where", "id>999999"], ["-q", "no such name"]):
        assert program("products", "list", *words).err == "No products match.\n"


def test_every_list_takes_both_and_nothing_else_does(program: Program) -> None:
    root = Root()
    context = click.Context(root)
    taking = set()
    for name, entry in TABLE.items():
        for verb in entry.verbs if isinstance(entry, Branch) else [""]:
            group = root.get_command(context, name)
            found = group.get_command(context, verb) if isinstance(group, click.Group) else group
            assert found is not None
            flags = {flag for param in found.params for flag in param.opts}
            if {"--where", "--sort"} <= flags:
                taking.add(f"{name} {verb}".strip())

    lists = {f"{n} list" for n, e in TABLE.items() if isinstance(e, Branch) and "list" in e.verbs}
    assert taking >= lists | {"segments members", "users search", "users events"}
    assert not {"segments recompute", "segments delete", "segments get"} & taking
    assert program("segments", "delete", "1", "--where", "id=1").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["users", "search"], ["users", "events", "u_00066"], ["users", "segments", "u_00066"],
        ["segments", "members", "1"], ["segments", "membership", "u_00066"],
        ["segments", "versions", "1"], ["queries", "results", "1"], ["queries", "win-rate"],
        ["analytics", "segments"], ["analytics", "overlap"], ["analytics", "activations"],
        ["products", "imports"], ["products", "search", "jacket"], ["jobs", "list"],
        ["profiles", "list"], ["config", "show"], ["webhooks", "deliveries"], ["commands"],
        ["webhooks", "list"], ["schemas", "list"], ["pages", "list"], ["activations", "list"],
    ],
)  # fmt: skip
@pytest.mark.usefixtures("whole_shop")
def test_lists_of_every_kind_sort_and_compare(program: Program, words: list[str]) -> None:
    whole = program(*words, "--all", "-o", "csv", "--limit", "40").out.splitlines()
    first = whole[0].split(",")[0]

    ended = program(*words, "--sort", f"-{first}", "--where", f"{first}!=", "-o", "csv",
                    "--fields", first, "--no-header", "--limit", "40")  # fmt: skip

    assert ended.code == 0, ended.err
    assert len(ended.out.splitlines()) <= 40
    keys = [sort_key(cell) for cell in ended.out.splitlines()]
    assert keys == sorted(keys, reverse=True)


def test_fields_take_headings_and_no_header_drops_the_line_of_headings(program: Program) -> None:
    words = ("segments", "list", "--limit", "1", "--fields", "NAME,members")

    assert program(*words, "-o", "csv").out.splitlines()[0] == "name,member_count"
    assert program(*words).out.splitlines()[0] == "NAME             MEMBERS"
    for form in ("table", "csv", "tsv"):
        [line] = program(*words, "-o", form, "--no-header").out.splitlines()
        assert line.startswith("High LTV buyers")


def test_jq_filters_what_json_would_be(program: Program) -> None:
    names = program("segments", "list", "--jq", ".[:2][] | .name")
    lines = program("segments", "list", "-o", "ndjson", "--limit", "2", "--jq", "{id}")
    one = program("segments", "get", "1", "--jq", ".id")
    api = program("api", "GET", "/segments/", "--jq", ".count")

    assert names.out == "High LTV buyers\nLapsed VIPs\n"
    assert lines.out == '{"id":1}\n{"id":2}\n'
    assert (one.out, api.out) == ("1\n", "14\n")


@pytest.mark.parametrize("form", ["csv", "tsv", "yaml", "name"])
def test_jq_is_for_json(program: Program, form: str) -> None:
    ended = program("segments", "list", "--jq", ".", "-o", form)

    assert (ended.code, ended.out) == (2, "")


def test_a_bad_expression_is_refused_before_anything_is_sent(changing: Program) -> None:
    ended = changing("segments", "delete", "1", "--yes", "--jq", ".[")

    assert (ended.code, ended.out) == (2, "")
    assert ended.error["message"].startswith("--jq: ")
    assert "$ENV" not in ended.error["message"]
    assert changing("segments", "get", "1").code == 0


def test_an_expression_that_does_not_suit_the_data_is_one_line(program: Program) -> None:
    ended = program("segments", "list", "--jq", ".name")

    assert ended.code == 2
    assert "Cannot index array" in ended.error["message"]


@pytest.mark.parametrize("expression", ["env", "$ENV", "env.SEGOPS_SECRET", "$ENV.PATH"])
def test_an_expression_does_not_reach_the_environment(program: Program, expression: str) -> None:
    program.environ["SEGOPS_SECRET"] = "sk_test_0123456789abcdef"

    assert program("segments", "get", "1", "--jq", expression).out in {"{}\n", "null\n"}


def test_without_the_library_one_line_says_how_to_get_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "jq":
            raise ImportError
        return real(name, *args, **more)

    monkeypatch.delitem(sys.modules, "jq", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)

    ended = program("segments", "list", "--jq", ".")

    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert ended.error["hint"].startswith("Install it: pip install 'segops-tui[jq]'")


def test_a_text_with_control_characters_is_harmless_when_jq_prints_it(changing: Program) -> None:
    made = changing("segments", "create", "-", "--jq", ".name",
                    input=json.dumps({"name": "a\x1b[2J\u202eb\tc"}))  # fmt: skip

    assert made.out == "a\ufffd[2Jb\tc\n"


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("flag", ["-o {}", "-o{}", "--output={}", "--output {}"])
def test_errors_are_json_with_ndjson_too(program: Program, form: str, flag: str) -> None:
    for words in (["segments", "get", "999"], ["segments", "lisst"], ["segments", "list", "--no"]):
        ended = program(*words, *flag.format(form).split())

        assert ended.error["exit_code"] == ended.code


def test_fields_complete_with_their_headings(program: Program) -> None:
    def completed(*words: str) -> list[str]:
        program.environ["_SEGOPS_TUI_COMPLETE"] = "fish_complete"
        program.environ["COMP_WORDS"] = " ".join(["segops-tui", *words])
        program.environ["COMP_CWORD"] = words[-1]
        return [line.partition("\t")[0].partition(",")[2] for line in program().out.splitlines()]

    assert completed("segments", "list", "--fields", "mem") == ["member_count"]
    assert completed("segments", "list", "--fields", "id,na") == ["id,name"]
    assert completed("segments", "list", "--sort", "comp") == ["last_computed_at"]
    assert completed("segments", "get", "--fields", "na") == ["name"]
