"""Reading a rule that is half written: where things stand, what can stand there, what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.condition_checks import RuleFault
from segops_tui.api.condition_types import condition_types
from segops_tui.api.definition import check_definition
from segops_tui.tui.rules.completion import completions_at
from segops_tui.tui.rules.draft import (
    format_definition,
    locate_faults,
    parse_draft,
    parse_server_faults,
    reflow_json,
)
from segops_tui.tui.rules.json_positions import (
    find_positions,
    line_and_column,
    offset_of,
    parse_path,
)
from segops_tui.tui.rules.templates import Vocabulary, insert_condition, template
from segops_tui.tui.rules.text import highlighted_tokens
from segops_tui.tui.rules.view import highlight_sql

SHOP = Vocabulary(
    events={
        "order_placed": {"total": "number", "currency": "string"},
        "context_identified": {"country": "string"},
    },
    attributes={"brand": "string", "price": "price"},
    segments={4: "Newsletter [readers]", 12: "VIP"},
)


def labels(marked: str, kind: str = "user") -> list[str]:
    at = marked.index("|")
    found = completions_at(marked.replace("|", ""), at, kind=kind, vocabulary=SHOP)
    return [] if found is None else [each.label for each in found.items]


@pytest.mark.parametrize(
    ("marked", "offered"),
    [
        ("{|}", ["logic", "conditions"]),
        ('{"lo|', ["logic"]),
        ('{"logic": |}', ["AND", "OR"]),
        ('{"logic": "o|"}', ["OR"]),
        ('{"logic": "AND" |}', []),
        ('{"conditions": [{|', ["type"]),
        ('{"conditions": [{"type": "user_property", "property": "|"', ["country"]),
        ('{"conditions": [{"type": "recency", "operator": "|"', ["gt", "lt", "eq"]),
        ('{"conditions": [{"operator": "|", "type": "recency"}]}', ["gt", "lt", "eq"]),
        ('{"conditions": [{"type": "monetary", "metric": |', ["sum", "avg", "max"]),
        ('{"conditions": [{"type": "segment_membership", "segment_id": |', ["4", "12"]),
        ('{"conditions": [{"type": "segment_membership", "segment_id": vi|', ["12"]),
        ('{"conditions": [{"type": "event_sequence", "strict": |', ["false", "true"]),
        ('{"conditions": [{"type": "event_sequence", "events": ["a", "or|', ["order_placed"]),
        ('{"conditions": [{"type": "nobody knows", "operator": |', []),
        ('{"elsewhere": {"type": |', []),
    ],
)
def test_what_can_be_written_depends_on_where(marked: str, offered: list[str]) -> None:
    assert labels(marked) == offered


def test_a_products_operators_are_those_of_its_type() -> None:
    start = '{"conditions": [{"type": "product_attribute", "value_type": "boolean", "operator": "|"'

    assert labels(start, "product") == ["is_true", "is_false"]


def test_a_product_rule_names_a_segment_as_text() -> None:
    """The product DSL has the id as a string (contract §13.5)."""
    text = '{"conditions": [{"type": "user_behavior_signal", "segment_id": '

    found = completions_at(text, len(text), kind="product", vocabulary=SHOP)

    assert found is not None
    assert found.items[0].insert == '"4"'


@pytest.mark.parametrize(
    "marked",
    [
        '{"conditions": [|]}',
        '{"conditions": [|{"type": "recency"}]}',
        '{"conditions": [{"type": "recency"}, |\n{"type": "recency"}]}',
        '{"conditions": [{"type": "recency"}, |]}',
        '{"conditions": [|, {"type": "recency"}]}',
    ],
)
def test_a_condition_is_inserted_with_the_comma_that_it_needs(marked: str) -> None:
    at, text = marked.index("|"), marked.replace("|", "")
    found = completions_at(text, at, kind="user", vocabulary=SHOP)

    assert found is not None
    for each in found.items:
        whole = json.loads(text[: found.span.start] + each.insert + text[found.span.end :])
        assert len(whole["conditions"]) == text.count("{") == marked.count("recency") + 1


@given(st.text(alphabet='{}[]:,"\\ \nab1', max_size=60), st.integers(0, 60))
def test_no_text_stops_the_reading(text: str, at: int) -> None:
    """Whatever is half written has places, and a spot wherever the cursor is."""
    at = min(at, len(text))

    positions = find_positions(text, at=at)

    assert positions.spot is not None
    assert 0 <= positions.spot.span.start <= at <= max(at, positions.spot.span.end)
    completions_at(text, at, kind="user", vocabulary=SHOP)
    parse_draft(text, kind="user")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text("ab", min_size=1, max_size=2), inner, max_size=3),
                    max_leaves=8))  # fmt: skip
def test_every_value_of_a_sound_text_is_found_where_it_stands(value: object) -> None:
    text = json.dumps(value, indent=2)

    positions = find_positions(text)

    for path, span in positions.values.items():
        found = value
        for step in path:
            found = found[step]  # type: ignore[index]
        assert json.loads(text[span.start : span.end]) == found


@given(st.text(alphabet="ab\n", max_size=30), st.integers(0, 30))
def test_an_offset_and_its_line_and_column_are_the_same_place(text: str, at: int) -> None:
    at = min(at, len(text))

    assert offset_of(text, *line_and_column(text, at)) == at


def test_a_missing_field_is_told_at_the_condition_it_is_missing_from() -> None:
    text = '{\n "conditions": [\n  {"type": "recency"}\n ]\n}'

    located = locate_faults(
        text, [RuleFault("conditions[0].window_days", "This field is required.")]
    )[0]

    assert (located.line, located.column) == (3, 3)
    assert text[located.start] == "{"


def test_a_servers_words_are_read_with_or_without_a_path() -> None:
    faults = parse_server_faults(
        ["conditions[1].value[0]: must be text.", "definition.logic: no", "Too odd."]
    )

    assert [str(fault) for fault in faults] == [
        "conditions[1].value[0]: must be text.",
        "logic: no",
        "definition: Too odd.",
    ]
    assert parse_path(faults[0].path) == ("conditions", 1, "value", 0)


@pytest.mark.parametrize("kind", ["user", "product"])
def test_every_template_is_a_sound_condition_wherever_it_goes(kind: str) -> None:
    """Into nothing, into an empty rule, behind another condition, into one line."""
    one = template(next(iter(condition_types(kind))), kind, SHOP)
    texts = ("", "{}", '{"logic": "OR"}', format_definition({"logic": "AND", "conditions": []}),
             json.dumps({"logic": "AND", "conditions": [one, one]}))  # fmt: skip
    for name in condition_types(kind):
        for text in texts:
            put = insert_condition(text, len(text) // 2, template(name, kind, SHOP))
            result = json.loads(text[: put.span.start] + put.text + text[put.span.end :])
            result.setdefault("logic", "AND")

            assert check_definition(result, kind=kind) == []
            assert name in [each["type"] for each in result["conditions"]]


def test_characters_nobody_sees_are_spelt_out_and_mean_the_same() -> None:
    definition = {"a": "x\u202ey\x9bz\U000e0041", "b": "é日"}

    text = format_definition(definition)

    assert "\u202e" not in text
    assert "é日" in text
    assert json.loads(text) == definition


def test_only_a_line_too_long_to_read_is_laid_out() -> None:
    short = '{"logic":   "AND"}'
    long = json.dumps({"conditions": ["x" * 40] * 40})

    assert reflow_json(short) == short
    assert reflow_json(long).count("\n") > 40
    assert reflow_json("x" * 5_000) == "x" * 5_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a value is missing"),
        ('{"a": 1 "b": 2}', "a comma is missing"),
        ('{"a" 1}', "a colon is missing"),
        ('{"a": 1,}', "trailing comma"),
        ('{"a": "b', "a closing quote is missing"),
        ("{} {}", "unexpected text after the end"),
        ('{"a": NaN}', "NaN is not a number"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5_000 + "}", "not JSON"),
        ("[]", "must be an object"),
    ],
)
def test_what_is_no_rule_says_why(text: str, said: str) -> None:
    draft = parse_draft(text, kind="user")

    assert draft.definition is None
    assert said in draft.faults[0].message


def test_sql_is_highlighted_in_colours_of_the_theme_and_never_read_as_markup() -> None:
    sql = "SELECT id FROM events WHERE name = '[red]x' AND value >= 35 -- note"

    shown = highlight_sql(sql)

    styles = {sql[span.start : span.end]: span.style for span in shown.spans}
    assert shown.plain == sql
    assert styles["SELECT"] == styles["AND"] == "bold $primary"
    assert styles["'[red]x'"] == "$success"
    assert styles["35"] == "$warning"
    assert styles["-- note"] == "$text-muted"


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ('"a": "half', ['key "a"', "mark :", 'string "half']),
        ('{"a": [1, true', ["mark {", 'key "a"', "mark :", "mark [", "number 1", "mark ,",
                            "word true"]),
        ("odd", []),
    ],
)  # fmt: skip
def test_a_half_written_line_is_highlighted_as_far_as_it_goes(line: str, tokens: list[str]) -> None:
    found = [
        f"{name.removeprefix('rule-text--')} {line[start:end]}"
        for name, start, end in highlighted_tokens(line)
    ]

    assert found == tokens
