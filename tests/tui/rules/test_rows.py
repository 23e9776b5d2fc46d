"""A rule as rows: nothing of it is lost, and an edit leaves the rest as it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segops_tui.api.condition_types import condition_types
from segops_tui.api.definition import check_definition
from segops_tui.tui.rules.json_edits import (
    EditRefused,
    changed_span,
    insert_item,
    remove,
    set_field,
    set_value,
    source_of,
    swap_items,
)
from segops_tui.tui.rules.rows import (
    add_condition,
    change_operator,
    change_type,
    move_row,
    opposite,
    parse_list,
    parse_scalar,
    reason_no_rows,
    remove_row,
    rows_of,
    set_part,
    switch_logic,
    take_out,
    ungroup,
)
from segops_tui.tui.rules.templates import Vocabulary, template

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
GERMAN = {"type": "user_property", "property": "country", "operator": "in", "value": ["DE", "AT"]}
EITHER = {"logic": "OR", "conditions": [BOUGHT, GERMAN]}

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5), st.sampled_from(["order_placed", "eq", "1", ""]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = sorted({name for t in condition_types("user").values() for name in t.fields} | {"note"})
CONDITIONS = st.one_of(
    VALUES,
    st.sampled_from([BOUGHT, GERMAN, EITHER]),
    st.fixed_dictionaries(
        {"type": st.sampled_from([*condition_types("user"), "odd"])},
        optional=dict.fromkeys(NAMES, VALUES),
    ),
)
DEFINITIONS = st.fixed_dictionaries(
    {},
    optional={
        "logic": st.one_of(st.sampled_from(["AND", "OR"]), VALUES),
        "conditions": st.one_of(st.lists(CONDITIONS, max_size=4), VALUES),
        "note": VALUES,
    },
)
WRITTEN = st.sampled_from(
    [{}, {"indent": 2}, {"indent": 1, "ensure_ascii": False}, {"separators": (",", ":")}]
)


def written(definition: Any, how: dict[str, Any]) -> str:
    return json.dumps(definition, **how)


def rows(text: str) -> list[Any]:
    return rows_of(json.loads(text), kind="user")


@given(DEFINITIONS)
def test_every_value_of_any_definition_is_in_one_row(definition):
    """The rows give the definition back."""
    found = rows_of(definition, kind="user")
    rebuilt = json.loads("null") if not found else found[0].value
    leaves = [row for row in found if row.kind != "group"]

    assert rebuilt == definition
    assert len({row.path for row in found}) == len(found)
    for row in found:
        value: Any = definition
        for step in row.path:
            value = value[step]
        assert value is row.value
    conditions = definition.get("conditions")
    if isinstance(conditions, list):
        top = {row.path for row in found if len(row.path) == 2}
        assert top == {("conditions", number) for number in range(len(conditions))}
    elif "conditions" in definition:
        assert [row.kind for row in leaves] == ["json"]


@given(DEFINITIONS, WRITTEN, st.data())
def test_an_edit_of_one_row_leaves_the_others_as_they_were_written(definition, how, data):
    """Whatever the edit, each condition that it is not about has the same characters."""
    text = written(definition, how)
    assume(not reason_no_rows(text))
    found = rows(text)
    at = data.draw(st.integers(0, len(found) - 1))
    row = found[at]
    others = {
        source_of(text, other.path)
        for other in found
        if other.path[: len(row.path)] != row.path and row.path[: len(other.path)] != other.path
    }
    name = data.draw(st.sampled_from([n for n in NAMES if n != "operator"]))
    kinds = list(condition_types("user"))
    edits = {
        "remove": lambda: remove_row(text, row),
        "add": lambda: add_condition(text, found, at, BOUGHT),
        "move": lambda: move_row(text, row, data.draw(st.sampled_from([-1, 1])))[0],
    }
    if row.kind == "condition":
        new = template(data.draw(st.sampled_from(kinds)), "user", Vocabulary())
        operator = data.draw(st.sampled_from(["eq", "between", "in", "is_set"]))
        edits |= {
            "set": lambda: set_part(text, row, name, data.draw(SCALARS)),
            "type": lambda: change_type(text, row, new, kind="user"),
            "operator": lambda: change_operator(text, row, operator),
        }
    elif row.kind == "group":
        edits |= {"logic": lambda: switch_logic(text, row), "ungroup": lambda: ungroup(text, row)}
    edit = edits[data.draw(st.sampled_from(sorted(edits)))]

    try:
        after = edit()
    except EditRefused:
        return

    json.loads(after)
    assert all(other in after for other in others)
    start, end, put = changed_span(text, after)
    assert text[:start] + put + text[end:] == after


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4), st.data(), WRITTEN)
def test_an_edit_of_a_text_is_the_edit_of_its_value(value, data, how):
    """Fields of an object: set, added, removed."""
    text = written(value, how)
    name = data.draw(st.one_of(st.text(max_size=3), st.sampled_from([*value, ""])))
    new = data.draw(VALUES)

    assert json.loads(set_field(text, (), name, new)) == {**value, name: new}
    if name in value:
        assert json.loads(set_value(text, (name,), new)) == {**value, name: new}
        left = json.loads(remove(text, (name,)))
        assert left == {key: item for key, item in value.items() if key != name}


@given(st.lists(VALUES, max_size=4), st.data(), WRITTEN)
def test_an_edit_of_a_list_in_a_text_is_the_edit_of_the_list(items, data, how):
    text = written(items, how)
    at = data.draw(st.integers(0, len(items)))
    new = data.draw(VALUES)

    assert json.loads(insert_item(text, (), at, new)) == [*items[:at], new, *items[at:]]
    if at < len(items):
        assert json.loads(remove(text, (at,))) == [*items[:at], *items[at + 1 :]]
        swapped = list(items)
        swapped[0], swapped[at] = swapped[at], swapped[0]
        assert json.loads(swap_items(text, (), 0, at)) == swapped


@given(st.sampled_from(sorted(condition_types("user"))), st.data())
def test_every_type_can_become_every_other_and_is_valid(name, data):
    """From a valid condition to a valid condition, with a field of a stranger kept."""
    vocabulary = Vocabulary()
    before = {**template(name, "user", vocabulary), "note": "mine"}
    text = json.dumps({"logic": "AND", "conditions": [before]})
    other = data.draw(st.sampled_from(sorted(condition_types("user"))))

    after = change_type(text, rows(text)[1], template(other, "user", vocabulary), kind="user")

    condition = json.loads(after)["conditions"][0]
    assert condition["type"] == other
    assert condition.pop("note") == "mine"
    assert check_definition({"logic": "AND", "conditions": [condition]}) == []


def test_what_is_written_by_hand_keeps_its_hand():
    """Spacing, the spelling of a number, an unknown field, the order of fields."""
    text = '{"logic":"AND" ,\n "conditions":[ {"value":5.00e2, "type":"monetary","operator":"gte",'
    text += '"why": [1,  2]},\n{"odd":1}]}'

    after = set_part(text, rows(text)[1], "operator", "lt")

    assert after == text.replace('"gte"', '"lt"')


def test_a_new_condition_is_written_as_its_neighbours_are():
    text = json.dumps({"logic": "AND", "conditions": [BOUGHT]}, indent=2)

    after = add_condition(text, rows(text), 1, GERMAN)

    assert json.loads(after)["conditions"] == [BOUGHT, GERMAN]
    assert '\n    {\n      "type": "user_property",' in after


def test_an_empty_draft_gets_its_list_with_the_first_condition():
    after = add_condition("{}", rows("{}"), 0, BOUGHT)

    assert json.loads(after) == {"logic": "AND", "conditions": [BOUGHT]}


def test_rows_say_what_they_ask():
    """Words for the parts; a part that is not set reads as its default."""
    definition = {
        "logic": "OR",
        "conditions": [
            BOUGHT,
            {"type": "recency", "event_type": "page_view", "operator": "gt", "window_days": 30},
            {"type": "segment_membership", "segment_id": "4", "operator": "not_in"},
            {"type": "weird", "x": 1},
            {**GERMAN, "operator": "is_set"},
        ],
    }

    found = rows_of(definition, kind="user", names={4: "VIPs"})

    assert [[part.words for part in row.parts] for row in found] == [
        ["ANY of these"],
        ["event count", "order_placed", "≥", "1", "ever"],
        ["recency", "page_view", "not within the last", "30 days"],
        ["segment membership", "“VIPs”", "is not in"],
        [],
        ["user property", "country", "is set"],
    ]
    assert found[4].kind == "json"
    assert found[4].words == '{"type": "weird", "x": 1}'
    assert not found[1].parts[-1].is_set


def test_a_condition_says_which_field_is_wrong_and_is_not_counted():
    found = rows_of({"logic": "AND", "conditions": [{**BOUGHT, "value": "5"}]}, kind="user")

    assert found[1].fault == "value: must be a number."
    assert not found[1].is_condition


def test_a_nested_group_has_rows_of_its_own_and_can_be_dissolved():
    """The API refuses nesting, so the row says so; its conditions then stand in the list."""
    text = json.dumps({"logic": "AND", "conditions": [EITHER, BOUGHT]})
    found = rows(text)

    after = ungroup(text, found[1])

    assert [(row.depth, row.kind) for row in found] == [
        (0, "group"), (1, "group"), (2, "condition"), (2, "condition"), (1, "condition"),
    ]  # fmt: skip
    assert "cannot be nested" in found[1].fault
    assert json.loads(after)["conditions"] == [BOUGHT, GERMAN, BOUGHT]


def test_a_group_is_taken_out_as_a_rule_of_its_own():
    """One condition refers to it, in the place of the first."""
    text = json.dumps({"logic": "AND", "conditions": [BOUGHT, GERMAN, {**BOUGHT, "value": 2}]})
    found = rows(text)
    inside = {"type": "segment_membership", "segment_id": 7, "operator": "in"}

    after, group = take_out(text, [found[3], found[1]], "OR", inside)

    assert json.loads(after)["conditions"] == [inside, GERMAN]
    assert group == {"logic": "OR", "conditions": [BOUGHT, {**BOUGHT, "value": 2}]}


def test_moving_stays_within_the_list():
    text = json.dumps({"logic": "AND", "conditions": [BOUGHT, GERMAN]})

    after, path = move_row(text, rows(text)[1], 1)

    assert json.loads(after)["conditions"] == [GERMAN, BOUGHT]
    assert path == ("conditions", 1)
    with pytest.raises(EditRefused):
        move_row(text, rows(text)[1], -1)
    with pytest.raises(EditRefused):
        move_row(text, rows(text)[2], 1)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (BOUGHT, {"operator": "lt"}),
        (GERMAN, {"operator": "not_in"}),
        ({**GERMAN, "operator": "is_not_set"}, {"operator": "is_set"}),
        ({**GERMAN, "operator": "gt", "value": 1}, {}),
        ({"type": "segment_membership", "segment_id": 1, "operator": "in"}, {"operator": "not_in"}),
    ],
)
def test_not_is_offered_where_an_operator_says_exactly_that(condition, expected):
    found = rows_of({"logic": "AND", "conditions": [condition]}, kind="user")

    assert opposite(found[1]) == expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("eq", {"value": "DE"}),
        ("in", {"value": ["DE", "AT"]}),
        ("is_set", {}),
        ("between", {"value": "DE", "value2": "AT"}),
    ],
)
def test_a_value_takes_the_shape_of_its_operator(operator, expected):
    text = json.dumps({"logic": "AND", "conditions": [GERMAN]})

    after = json.loads(change_operator(text, rows(text)[1], operator))["conditions"][0]

    assert {name: after[name] for name in ("value", "value2") if name in after} == expected


@pytest.mark.parametrize(
    ("typed", "type_", "value"),
    [
        ("500", "", 500),
        ("500", "string", "500"),
        ('"500"', "", "500"),
        ("01234", "", "01234"),
        ("true", "", True),
        ("DE", "", "DE"),
        ("99999999999999999999", "", "99999999999999999999"),
        ("1e999", "", "1e999"),
        ("NaN", "", "NaN"),
        ("[1]", "", "[1]"),
        ("  ", "", None),
    ],
)
def test_a_typed_value_is_read_as_what_it_looks_like(typed, type_, value):
    found = parse_scalar(typed, type_)

    assert found == value
    assert type(found) is type(value)


def test_typed_values_are_parted_by_commas():
    assert parse_list("DE, 5,, true") == ["DE", 5, True]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "The name “a” occurs twice in one object."),
        ("{", "It is not JSON now."),
        ("[]", "It is not a JSON object."),
        ('{"a":' + "[" * 50 + "]" * 50 + "}", "It is nested too deeply."),
        ('{"a": [{}]}', ""),
    ],
)
def test_a_text_that_rows_would_distort_has_none(text, reason):
    assert reason_no_rows(text) == reason
