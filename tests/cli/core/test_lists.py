"""Lists: every form of output, which columns, how many rows, and what is said on stderr."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def test_a_table_has_a_header_numbers_to_the_right_and_iso_times_when_piped(
    program: Program,
) -> None:
    ended = program("segments", "list", "--limit", "4")

    header, first, *_, fourth = ended.out.splitlines()
    members = program("segments", "get", "4", "-o", "json").data["member_count"]
    assert header == "ID  NAME                STATE       MEMBERS  COMPUTED"
    assert re.fullmatch(r" 1  High LTV buyers     ● computed  {4,}\d+  2.*Z", first)
    assert f"{members:,}  " in fourth
    assert fourth.index(f"{members:,}  ") + len(f"{members:,}") == header.index("S  COMPUTED") + 1
    assert not any(line.endswith(" ") for line in ended.out.splitlines())


def test_json_is_one_array_of_the_servers_own_objects(program: Program) -> None:
    listed = program("segments", "list", "-o", "json")
    raw = program("api", "GET", "/segments/")

    assert listed.err == ""
    assert listed.data == raw.data["results"]
    assert "tenant" in listed.data[0]


def test_an_object_in_json_is_an_object(program: Program) -> None:
    assert program("segments", "get", "1", "-o", "json").data["name"] == "High LTV buyers"


def test_ndjson_is_one_object_a_line(program: Program) -> None:
    lines = program("segments", "list", "-o", "ndjson", "--all").out.splitlines()

    assert [json.loads(line)["id"] for line in lines] == list(range(1, 15))


def test_yaml_holds_the_same_as_json(program: Program) -> None:
    as_yaml = yaml.safe_load(program("segments", "list", "-o", "yaml").out)

    assert as_yaml == program("segments", "list", "-o", "json").data


def test_csv_has_plain_values(program: Program) -> None:
    rows = list(csv.DictReader(io.StringIO(program("segments", "list", "-o", "csv").out)))

    assert rows[3]["name"] == "Newsletter readers"
    members = program("segments", "get", "4", "-o", "json").data["member_count"]
    assert rows[3]["member_count"] == str(members)
    assert rows[3]["is_active"] == "true"
    assert rows[12]["member_count"] == ""


def test_tsv_has_a_tab_between_cells(program: Program) -> None:
    lines = program("segments", "list", "-o", "tsv", "--fields", "id,name").out.splitlines()

    assert lines[:2] == ["id\tname", "1\tHigh LTV buyers"]


def test_name_is_an_id_a_line(program: Program) -> None:
    assert program("segments", "list", "-o", "name", "--limit", "2").out == "1\n2\n"


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "tsv", "yaml", "name"])
def test_what_was_left_out_is_said_on_stderr_in_every_form(program: Program, form: str) -> None:
    ended = program("products", "list", "--limit", "3", "-o", form)

    assert ended.code == 0
    assert ended.err == "showing 3 of 421; --all for the rest\n"


@pytest.mark.usefixtures("whole_shop")
def test_a_list_shows_a_hundred_unless_told_otherwise(program: Program) -> None:
    ended = program("products", "list", "-o", "name")

    assert len(ended.out.splitlines()) == 100
    assert "showing 100 of 2,104" in ended.err


def test_all_walks_every_page(program: Program) -> None:
    ended = program("products", "list", "-o", "name", "--all")

    assert len(set(ended.out.split())) == 421
    assert ended.err == ""


def test_a_cursor_paged_list_says_that_there_is_more(program: Program) -> None:
    ended = program("segments", "members", "4", "--limit", "5", "-o", "name")

    assert len(ended.out.split()) == 5
    assert ended.err == "showing 5; there are more; --all for the rest\n"


@pytest.mark.usefixtures("whole_shop")
def test_all_members_come_across_pages(program: Program) -> None:
    ended = program("segments", "members", "4", "--all", "-o", "name")

    members = program("segments", "get", "4", "-o", "json").data["member_count"]
    assert members > 1_000
    assert len(set(ended.out.split())) == members
    assert ended.err == ""


def test_quiet_says_nothing_of_what_was_left_out(program: Program) -> None:
    assert program("segments", "list", "--limit", "1", "--quiet").err == ""


def test_fields_choose_columns_and_raw_fields_in_the_order_given(program: Program) -> None:
    ended = program("segments", "list", "--fields", "name,tenant,definition.logic,id", "-o", "csv")

    assert ended.out.splitlines()[:2] == [
        "name,tenant,definition.logic,id",
        "High LTV buyers,1,AND,1",
    ]


def test_fields_choose_keys_of_json(program: Program) -> None:
    ended = program("segments", "list", "--fields", "id,name", "--limit", "1", "-o", "json")

    assert ended.data == [{"id": 1, "name": "High LTV buyers"}]


@pytest.mark.parametrize("form", ["table", "json", "csv", "ndjson"])
def test_an_unknown_field_names_the_nearest_and_prints_no_data(program: Program, form: str) -> None:
    ended = program("segments", "list", "--fields", "id,nmae", "-o", form)

    assert ended.code == 2
    assert ended.out == ""
    assert "'name'" in ended.err


def test_a_products_own_attributes_are_columns(program: Program) -> None:
    ended = program("products", "list", "--fields", "sku,brand", "--limit", "1", "-o", "csv")

    assert ended.out.splitlines() == ["sku,brand", "NW-JKT-00001,Northwind"]


def test_a_filter_reaches_the_server(program: Program) -> None:
    found = program("products", "list", "-q", "PARKA", "--where", "brand=Northwind", "-o", "json")

    assert found.data
    assert {p["data"]["brand"] for p in found.data} == {"Northwind"}
    assert all("parka" in p["name"].lower() for p in found.data)


def test_an_empty_list_says_so_on_stderr_and_prints_nothing(program: Program) -> None:
    ended = program("jobs", "list")

    assert (ended.code, ended.out) == (0, "")
    assert "No jobs yet" in ended.err


def test_an_empty_list_in_json_is_an_empty_array(program: Program) -> None:
    assert program("jobs", "list", "-o", "json").out == "[]\n"


def test_one_object_shows_its_fields_and_its_rule(program: Program) -> None:
    ended = program("segments", "get", "1")

    assert "Name                High LTV buyers\n" in ended.out
    assert "\nDefinition:\n  ALL of\n    sum(order_placed.total) ≥ 500\n" in ended.out
    assert "in segment “Newsletter readers”" in ended.out


@pytest.mark.parametrize(
    "args", [["-o", "json", "segments", "list"], ["segments", "-o", "json", "list"]]
)
def test_a_shared_option_works_before_the_verb(program: Program, args: list[str]) -> None:
    assert program(*args).out == program("segments", "list", "-o", "json").out


def test_of_a_shared_option_given_twice_the_later_wins(program: Program) -> None:
    ended = program("-o", "json", "--limit", "5", "segments", "list", "-o", "name", "--all")

    assert len(ended.out.split()) == 14


def test_the_first_run_on_the_sandbox_says_so_once(program: Program) -> None:
    (program.home / "state" / "sandbox-noted").unlink()

    first, second = program("segments", "list"), program("segments", "list")

    assert "using the built-in sandbox" in first.err
    assert second.err == ""
    assert first.out == second.out


def test_a_profile_chosen_by_name_needs_no_note(program: Program) -> None:
    (program.home / "state" / "sandbox-noted").unlink()

    assert program("-p", "sandbox", "segments", "list").err == ""
