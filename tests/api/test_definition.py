"""What is wrong with a definition is said once, with the place; what is right is spelt out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.definition import (
    CONDITION_TYPES,
    MOST_CONDITIONS,
    OPERATORS,
    PRODUCT_CONDITION_TYPES,
    RuleFault,
    check_definition,
    condition_label,
    definition_warnings,
    normalised,
    referenced_attributes,
    referenced_segments,
    referenced_skus,
    rule_lines,
)

COUNT = {"type": "event_count", "event_type": "page_viewed", "operator": "gte", "value": 3}
TRAIT = {"type": "user_property", "property": "country", "operator": "eq", "value": "DE"}
ATTRIBUTE = {"type": "product_attribute", "property": "brand", "operator": "eq", "value": "Acme"}
SIGNAL = {
    "type": "user_behavior_signal",
    "signal": "purchased_by_segment",
    "segment_id": "7",
}


def faults_of(*conditions: Any, kind: Any = "user") -> list[str]:
    definition = {"logic": "AND", "conditions": list(conditions)}
    return [str(fault) for fault in check_definition(definition, kind=kind)]


def test_a_fault_reads_as_its_place_and_what_is_wrong_there() -> None:
    """The text the API sends for a bad operator is the contract's own sample."""
    found = faults_of(COUNT, COUNT | {"operator": "foo"})

    assert found == ['conditions[1].operator: "foo" is not valid for event_count.']


def test_every_fault_is_reported_in_the_order_of_the_definition() -> None:
    """Three broken conditions give their faults first to last, not only the first one."""
    definition = {
        "logic": "XOR",
        "conditions": [
            {"type": "event_count", "event_type": "", "operator": "contains", "value": "3"},
            {"type": "what"},
            {"type": "recency", "event_type": "x", "operator": "gt", "window_days": -1},
        ],
    }

    paths = [fault.path for fault in check_definition(definition)]

    assert paths == [
        "logic",
        "conditions[0].event_type",
        "conditions[0].operator",
        "conditions[0].value",
        "conditions[1].type",
        "conditions[2].window_days",
    ]


@pytest.mark.parametrize("definition", [None, [], "AND", 3, True])
def test_a_definition_that_is_no_object_is_one_fault(definition: object) -> None:
    assert check_definition(definition) == [RuleFault("definition", "must be an object.")]


@pytest.mark.parametrize("draft", [{}, {"logic": "AND", "conditions": []}])
def test_a_draft_may_be_saved_empty_and_not_computed(draft: dict[str, Any]) -> None:
    assert check_definition(draft) == []
    assert check_definition(draft, allow_empty=False) == [
        RuleFault("conditions", "add at least one condition.")
    ]


@pytest.mark.parametrize(
    ("envelope", "path"),
    [
        ({"conditions": []}, "logic"),
        ({"logic": "and", "conditions": []}, "logic"),
        ({"logic": ["AND"], "conditions": []}, "logic"),
        ({"logic": "AND"}, "conditions"),
        ({"logic": "AND", "conditions": {}}, "conditions"),
        ({"logic": "AND", "conditions": ["x"]}, "conditions[0]"),
        ({"logic": "AND", "conditions": [COUNT] * (MOST_CONDITIONS + 1)}, "conditions"),
    ],
)
def test_the_envelope_is_checked(envelope: dict[str, Any], path: str) -> None:
    assert [fault.path for fault in check_definition(envelope)] == [path]


def test_a_nested_group_is_refused_as_such() -> None:
    """Nesting is in no version of the DSL; a group gets a fault that says so."""
    [fault] = faults_of({"logic": "OR", "conditions": [COUNT]})

    assert fault == "conditions[0]: groups cannot be nested; a definition is one flat list."


def test_the_vendors_quick_start_is_sound_and_is_filled_in() -> None:
    """A monetary condition with no event, property or metric means the sum of order totals."""
    definition = {
        "logic": "AND",
        "conditions": [{"type": "monetary", "operator": "gte", "value": 200}],
    }

    assert check_definition(definition, allow_empty=False) == []
    assert normalised(definition)["conditions"] == [
        {
            "type": "monetary",
            "event_type": "order_placed",
            "property": "total",
            "metric": "sum",
            "operator": "gte",
            "value": 200,
        }
    ]


@pytest.mark.parametrize("name", [name for name in CONDITION_TYPES if name != "monetary"])
def test_a_required_field_that_is_missing_is_named(name: str) -> None:
    """A bare condition gets one fault for each field its type requires."""
    found = faults_of({"type": name})

    wanted = [field for field in CONDITION_TYPES[name].required if field != "value"]
    assert set(found) >= {f"conditions[0].{field}: This field is required." for field in wanted}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"value": "3"}, "value: must be a number."),
        ({"value": True}, "value: must be a number."),
        ({"value": None}, "value: This field is required."),
        ({"value": float("nan")}, "value: must be a number."),
        ({"value": 10**400}, "value: must be a number."),
        ({"event_type": 5}, "event_type: must be text."),
        ({"event_type": "  "}, "event_type: must not be empty."),
        ({"event_type": "a\0b"}, "event_type: must not contain a NUL character."),
        ({"event_type": "\ud800"}, "event_type: must be valid Unicode text."),
        ({"window_days": "7"}, "window_days: must be a number of days."),
        ({"window_days": -0.5}, "window_days: must not be negative."),
        ({"operator": "between"}, 'operator: "between" is not valid for event_count.'),
        ({"operator": ["gt"]}, "operator: a list is not valid for event_count."),
        ({"type": {"a": 1}}, f"type: an object is not one of {', '.join(CONDITION_TYPES)}."),
    ],
)
def test_a_wrong_value_is_named_for_what_it_should_be(change: dict[str, Any], fault: str) -> None:
    assert faults_of(COUNT | change) == [f"conditions[0].{fault}"]


@pytest.mark.parametrize(
    ("operator", "operands", "fault"),
    [
        ("gt", {"value": ["soon"]}, "value: must be text, a number, true or false."),
        ("eq", {"value": ["DE"]}, "value: must be text, a number, true or false."),
        ("in", {"value": 5}, "value: must be a list, or text separated by commas."),
        ("in", {"value": ["DE", None]}, "value[1]: must be text, a number, true or false."),
        ("between", {"value": 1}, "value2: This field is required."),
        ("between", {"value": [1]}, "value: must be two bounds: [lowest, highest]."),
        ("between", {"value": [1, {}]}, "value[1]: must be text, a number, true or false."),
        ("matches_regex", {"value": 5}, "value: must be a regular expression."),
        ("starts_with", {}, "value: This field is required."),
    ],
)
def test_an_operators_value_is_checked_for_what_it_compares(
    operator: str, operands: dict[str, Any], fault: str
) -> None:
    condition = {"type": "user_property", "property": "country", "operator": operator}

    assert faults_of(condition | operands) == [f"conditions[0].{fault}"]


@pytest.mark.parametrize(
    ("operator", "operands"),
    [
        ("is_set", {}),
        ("is_true", {"value": ["ignored"]}),
        ("between", {"value": [1, 2]}),
        ("between", {"value": "2024-01-01", "value2": "2024-02-01T00:00:00Z"}),
        ("in", {"value": "DE, AT"}),
        ("in", {"value": ["DE", 5, True]}),
        ("gt", {"value": "12.5"}),
        ("eq", {"value": False}),
        ("contains", {"value": 5}),
    ],
)
def test_every_documented_form_of_a_value_is_accepted(
    operator: str, operands: dict[str, Any]
) -> None:
    condition = {"type": "user_property", "property": "country", "operator": operator}

    assert faults_of(condition | operands) == []


@pytest.mark.parametrize(
    ("events", "faults"),
    [
        (["a", "b"], []),
        (["a"], ["events: must name 2 to 20 event types."]),
        (["a", ""], ["events[1]: must not be empty."]),
        ("a,b", ["events: must be a list of event types."]),
        (["a"] * 21, ["events: must name 2 to 20 event types."]),
    ],
)
def test_a_sequence_names_at_least_two_events(events: object, faults: list[str]) -> None:
    condition = {"type": "event_sequence", "events": events, "window_days": 7}

    assert faults_of(condition) == [f"conditions[0].{fault}" for fault in faults]


@pytest.mark.parametrize("segment_id", [12, "12"])
def test_a_segment_id_may_be_a_number_or_written_as_one(segment_id: object) -> None:
    condition = {"type": "segment_membership", "segment_id": segment_id, "operator": "in"}
    definition = {"logic": "AND", "conditions": [condition]}

    assert check_definition(definition) == []
    assert normalised(definition)["conditions"][0]["segment_id"] == 12
    assert referenced_segments(definition) == {12}


@pytest.mark.parametrize("segment_id", [0, -1, True, "x", "1.0", 1.5, 2**70, [1]])
def test_a_segment_id_that_names_no_segment_is_a_fault(segment_id: object) -> None:
    condition = {"type": "segment_membership", "segment_id": segment_id, "operator": "in"}

    [fault] = faults_of(condition)
    assert fault.startswith("conditions[0].segment_id: ")
    assert referenced_segments({"conditions": [condition]}) == set()


def test_shorthands_are_spelt_out_and_the_original_is_left_alone() -> None:
    """A list written with commas becomes a list, two bounds in one value become two fields."""
    trait = {"type": "user_property", "property": "p"}
    listed = trait | {"operator": "in", "value": " DE,, AT "}
    bounds = trait | {"operator": "between", "value": [1, 5], "value2": None}
    definition = {"logic": "OR", "conditions": [listed, bounds], "note": {"kept": True}}
    before = json.dumps(definition)

    full = normalised(definition)

    assert full["conditions"][0]["value"] == ["DE", "AT"]
    assert (full["conditions"][1]["value"], full["conditions"][1]["value2"]) == (1, 5)
    assert full["note"] == {"kept": True}
    assert json.dumps(definition) == before


def test_an_empty_draft_is_spelt_out_as_no_conditions() -> None:
    assert normalised({}) == {"logic": "AND", "conditions": []}


def test_a_product_signal_is_filled_with_its_documented_defaults() -> None:
    [full] = normalised({"logic": "AND", "conditions": [SIGNAL]}, kind="product")["conditions"]

    assert full == SIGNAL | {"event_type": "order_completed", "product_id_property": "product_id"}
    assert referenced_segments({"conditions": [SIGNAL]}) == {7}


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        (COUNT, 'type: "event_count" is not one of ' + ", ".join(PRODUCT_CONDITION_TYPES) + "."),
        (
            ATTRIBUTE | {"operator": "matches_regex"},
            'operator: "matches_regex" is not valid for product_attribute.',
        ),
        (
            ATTRIBUTE | {"value_type": "boolean"},
            'operator: "eq" is not valid for a boolean attribute.',
        ),
        (
            ATTRIBUTE | {"value_type": "blob"},
            'value_type: "blob" is not one of string, number, price, boolean, array, url.',
        ),
        (
            SIGNAL | {"signal": "liked"},
            'signal: "liked" is not one of purchased_by_segment, viewed_by_segment.',
        ),
        (SIGNAL | {"segment_id": "VIP"}, 'segment_id: "VIP" is not a segment id.'),
    ],
)
def test_product_conditions_are_checked_by_their_own_tables(
    condition: dict[str, Any], fault: str
) -> None:
    assert faults_of(condition, kind="product") == [f"conditions[0].{fault}"]


def test_sound_product_conditions_have_no_faults() -> None:
    """The one without fields is accepted, and attributes without a declared type."""
    price = {"property": "price", "value_type": "price", "operator": "between", "value": [1, 9]}

    assert (
        faults_of(
            ATTRIBUTE,
            {"type": "product_attribute"} | price,
            SIGNAL,
            {"type": "ai_visibility_metric"},
            kind="product",
        )
        == []
    )


def test_negative_operators_name_a_positive_one() -> None:
    """Evaluation relies on it: the opposite of an opposite would never be reached."""
    for operator in OPERATORS.values():
        if operator.negates is not None:
            assert OPERATORS[operator.negates].negates is None
            assert OPERATORS[operator.negates].operand == operator.operand


WORDS = st.sampled_from(
    [
        *("type", "logic", "conditions", "operator", "value", "value2", "window_days", "events"),
        *("AND", "OR", "segment_id", "event_type", "property", "metric", "strict", "signal"),
        *("value_type", *CONDITION_TYPES, *PRODUCT_CONDITION_TYPES, *OPERATORS),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=2), inner, max_size=6)
    ),
    max_leaves=12,
)
CONDITIONS = st.fixed_dictionaries(
    {"type": st.sampled_from([*CONDITION_TYPES, *PRODUCT_CONDITION_TYPES]) | JSON},
    optional=dict.fromkeys(("value", "value2", "window_days", "events", "segment_id"), JSON)
    | {"operator": st.sampled_from([*OPERATORS]), "event_type": JSON, "property": JSON},
)
DEFINITIONS = JSON | st.fixed_dictionaries(
    {"conditions": st.lists(CONDITIONS | JSON, max_size=3)}, optional={"logic": WORDS | JSON}
)
STEP = re.compile(r"\.?([a-z_0-9]+)|\[(\d+)\]")


def reached(definition: Any, path: str) -> bool:
    """Tell whether a path leads to something in a definition, or to where it is missing."""
    place = definition
    steps = list(STEP.finditer(path))
    assert "".join(step[0] for step in steps) == path
    for step in steps:
        if isinstance(place, dict) and step[1]:
            if step[1] not in place:
                return step is steps[-1]
            place = place[step[1]]
        elif isinstance(place, list) and step[2] and int(step[2]) < len(place):
            place = place[int(step[2])]
        else:
            return False
    return True


@given(definition=DEFINITIONS, kind=st.sampled_from(["user", "product"]))
def test_no_json_value_upsets_the_checks(definition: Any, kind: Any) -> None:
    """Whatever is sent gets faults whose paths exist, words for people, and never an exception."""
    faults = check_definition(definition, kind=kind, allow_empty=False)

    for fault in faults:
        assert fault.path == "definition" or reached(definition, fault.path), fault
        assert fault.message.endswith(".")
    assert referenced_segments(definition) is not None
    assert referenced_skus(definition) is not None
    assert referenced_attributes(definition) is not None
    assert all(line.text for line in rule_lines(definition, kind=kind))
    if not faults:
        full = normalised(definition, kind=kind)
        assert check_definition(full, kind=kind) == []
        assert all(condition_label(condition) for condition in full["conditions"])


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("negate", "conditions[0].negate: event_count has no such field; it has type, event_type,"),
        ("window", "conditions[0].window: event_count has no such field; it has type, event_type,"),
        ("Value", 'conditions[0]: event_count has no field "Value".'),
        ("a.b", 'conditions[0]: event_count has no field "a.b".'),
    ],
)
def test_a_field_that_would_be_ignored_is_refused(name: str, fault: str) -> None:
    [found] = faults_of(COUNT | {name: True})

    assert found.startswith(fault)


def test_a_definition_has_no_other_fields_than_its_two() -> None:
    faults = check_definition({"logic": "AND", "conditions": [COUNT], "negate": True})

    assert [fault.path for fault in faults] == ["negate"]


def test_a_condition_without_documented_fields_may_have_any() -> None:
    condition = {"type": "ai_visibility_metric", "metric": "mention_rate"}

    assert check_definition({"logic": "AND", "conditions": [condition]}, kind="product") == []


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
def test_an_ordered_operator_takes_text_which_compares_as_false(operator: str) -> None:
    condition = {"type": "user_property", "property": "p", "operator": operator, "value": "a"}

    assert faults_of(condition) == []


@pytest.mark.parametrize(
    ("name", "declared", "is_odd"),
    [
        ("brand", "number", True),
        ("brand", "string", False),
        ("brand", "url", False),
        ("price", "number", True),
        ("prices", "price", False),
        ("stock", "price", False),
        ("sku", "number", True),
        ("unknown", "number", False),
        ("brand", None, False),
    ],
)
def test_a_value_type_that_contradicts_the_schema_is_a_warning(
    name: str, declared: str | None, is_odd: bool
) -> None:
    schema = {"brand": "string", "price": "price", "prices": "multi_price", "stock": "number"}
    condition = {"type": "product_attribute", "property": name, "operator": "is_set"}
    definition = {"logic": "AND", "conditions": [condition | {"value_type": declared}]}

    assert check_definition(definition, kind="product") == []
    found = [warning.path for warning in definition_warnings(definition, schema)]
    assert found == (["conditions[0].value_type"] if is_odd else [])


@pytest.mark.parametrize(
    ("change", "skus"),
    [
        ({"value": "T-1"}, {"T-1"}),
        ({"operator": "neq", "value": 12}, {"12"}),
        ({"operator": "in", "value": ["T-1", 7, None, {}]}, {"T-1", "7"}),
        ({"operator": "not_in", "value": "T-1, T-2,"}, {"T-1", "T-2"}),
        ({"operator": "in", "value": 7}, set()),
        ({"operator": "contains", "value": "T-1"}, set()),
        ({"property": "name", "value": "T-1"}, set()),
        ({"property": ["sku"], "value": "T-1"}, set()),
        ({"type": "event_property", "value": "T-1"}, set()),
        ({"type": "event_property", "property": "product_id", "value": "T-1"}, {"T-1"}),
        ({"type": ["product_attribute"], "value": "T-1"}, set()),
        ({"value": None}, set()),
    ],
)
def test_a_rule_refers_to_the_skus_it_compares_whole(change: Any, skus: set[str]) -> None:
    condition = ATTRIBUTE | {"property": "sku"} | change
    assert referenced_skus({"conditions": [condition, "no condition"]}) == skus


@pytest.mark.parametrize("definition", [None, [], {}, {"conditions": "T-1"}])
def test_what_is_no_rule_refers_to_no_sku(definition: Any) -> None:
    assert referenced_skus(definition) == set()
