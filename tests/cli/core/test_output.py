"""What is printed: laid out, true to the value, harmless on a terminal."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.resources.segments import Segment
from segops_tui.cli.core.layout import Heading, cells, clip, lines, plan
from segops_tui.cli.core.output import Output
from segops_tui.nouns.column import Context
from segops_tui.nouns.encode import csv_line, harmless, to_json, to_yaml, tsv_line
from segops_tui.nouns.segments import SEGMENTS

if TYPE_CHECKING:
    from tests.cli.conftest import Program

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOSTILE = [
    "[red]bold[/red] [/] {curly} %s",
    "\x1b[31mred\x1b[0m\x07\x9b2J",
    "\u202eevil\u2066\u2069\u200f",
    "🦊👩‍👩‍👧 é 日本語",
    "two\nlines\ttab\r",
    "=HYPERLINK(1)",
    '"quoted", comma',
    "x" * 10_000,
]


def written(form: str, *rows: dict[str, Any], **more: Any) -> str:
    stream = io.StringIO()
    output = Output(stream, form=form, context=Context(now=NOW), **more)
    output.listing([Segment(row) for row in rows], SEGMENTS)
    return stream.getvalue()


def is_harmless(text: str) -> bool:
    return not any(
        (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2069\u200f"
        for c in text
    )


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "tsv", "yaml"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_printed_as_harmless_text(form: str, name: str) -> None:
    text = written(form, {"id": 1, "name": name})

    assert is_harmless(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_json_and_yaml_are_true_to_a_hostile_name(name: str) -> None:
    row = {"id": 1, "name": name}

    assert json.loads(written("json", row)) == [row]
    assert yaml.safe_load(written("yaml", row)) == [row]


def test_brackets_are_text_in_a_table() -> None:
    assert "[red]bold[/red] [/]" in written("table", {"id": 1, "name": HOSTILE[0]})


def test_colour_is_outside_the_text_and_only_where_it_is_wanted() -> None:
    row = {"id": 1, "name": "x", "last_computed_at": "2026-06-01T11:00:00Z"}

    plain, coloured = written("table", row), written("table", row, colour=True)

    assert "\x1b" not in plain
    assert "\x1b[32m● computed\x1b[0m" in coloured


def test_a_terminal_gets_ages_and_a_pipe_gets_times() -> None:
    row = {"id": 1, "name": "x", "last_computed_at": "2026-06-01T10:00:00Z"}

    assert "2 h ago" in written("table", row, width=100)
    assert "2026-06-01T10:00:00Z" in written("table", row)


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_a_table_never_outgrows_the_terminal(width: int) -> None:
    rows = [{"id": number, "name": name} for number, name in enumerate(HOSTILE)]

    assert max(map(cells, written("table", *rows, width=width).splitlines())) <= width


def test_a_number_is_never_cut_short() -> None:
    headings = [Heading("NAME", flex=True), Heading("MEMBERS", align="right", max_width=8)]
    rows = [["a rather long name of a segment", "1,234,567"]]

    cut = list(lines(headings, rows, plan(headings, rows, 22)))[1]

    assert cut == ["a rather l…", "1,234,567"]


def test_the_column_of_the_highest_priority_goes_first() -> None:
    headings = [Heading("ID", priority=-1), Heading("NAME"), Heading("TYPE", priority=9)]

    assert plan(headings, [["1", "a name of some length", "rule"]], 16).chosen == (0, 1)


@given(st.text(), st.integers(1, 30))
def test_a_clipped_text_fits(text: str, width: int) -> None:
    text = "".join(c for c in text if c.isprintable())

    assert cells(clip(text, width)) <= width


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_json_reads_back_as_what_was_written(value: Any) -> None:
    text = to_json(value)

    assert json.loads(text) == value
    assert is_harmless(text)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(), max_size=3))
def test_yaml_reads_back_as_what_was_written(value: dict[str, str]) -> None:
    clean = {k: v for k, v in value.items() if k.isprintable() and v.isprintable()}

    assert yaml.safe_load(to_yaml(clean)) == clean


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])), min_size=1))
def test_a_csv_line_reads_back_as_the_same_cells(values: list[str]) -> None:
    [row] = csv.reader([csv_line(values)])

    assert row == values


def test_a_line_break_in_a_cell_stays_inside_quotes() -> None:
    assert csv_line(["a\nb", "c"]) == '"a\nb",c'


@pytest.mark.parametrize(
    "text",
    ["=HYPERLINK(1)", "+1+cmd", "-2+3", "@SUM(A1)", " =1", "\t=1", "\uff1d1", "-", "+49 170"],
)
def test_a_cell_that_a_spreadsheet_would_evaluate_is_made_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert "'" in written("csv", {"id": 1, "name": text}, safe=True, fields=("name",))
    assert "'" not in written("csv", {"id": 1, "name": text}, fields=("name",))


@pytest.mark.parametrize("text", ["", "-5", "+3.5", "-1e9", "1-2", "a=b", "-12 %", "-1,234.50"])
def test_a_number_or_a_text_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "tsv", "yaml"])
def test_a_value_nested_900_deep_is_printed(form: str) -> None:
    value: Any = 1
    for _ in range(900):
        value = [value]

    assert written(form, {"id": 1, "name": "x", "definition": value, "description": value})


def test_a_number_that_json_does_not_have_is_null() -> None:
    row = json.loads(written("ndjson", {"id": 1, "name": "x", "score": float("nan")}))

    assert row["score"] is None


def test_a_tab_in_a_cell_is_spelt_out() -> None:
    assert tsv_line(["a\tb\\n", "c\nd"]) == "a\\tb\\\\n\tc\\nd"


def test_a_name_of_the_sandbox_that_is_odd_is_text_in_every_command(changing: Program) -> None:
    name = "[/red]\x1b[2J\u202e🦊"
    created = changing("segments", "create", "-", "-o", "json", input=json.dumps({"name": name}))
    key = str(created.data["id"])

    shown = [
        changing("segments", "get", key),
        changing("segments", "list", "--fields", "name"),
        changing("segments", "recompute", key),
        changing("segments", "delete", key, "--yes"),
    ]

    assert created.data["name"] == name
    assert all(is_harmless(ended.out + ended.err) for ended in shown)
