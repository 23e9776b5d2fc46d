"""Event schemas: what they refuse to be, what they turn away, what samples suggest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.sandbox.schemas.event_schemas import TYPES, check_payload, infer_schemas

ORDER = {
    "event_type": "order_placed",
    "properties": [
        {"name": "total", "type": "number", "required": True},
        {"name": "gift", "type": "boolean"},
        {"name": "at", "type": "datetime"},
        {"name": "tags", "type": "array"},
        {"name": "note", "type": "string"},
    ],
}


def stored(ask, user_id="ann"):
    return ask.ok("GET", f"/api/explorer/users/{user_id}/events/")["results"]


def test_a_schema_is_kept_with_what_was_left_out_filled_in(ask):
    made = ask.ok("POST", "/api/schemas/", ORDER)

    assert made["properties"][1] == {"name": "gift", "type": "boolean", "required": False}
    assert ask.ok("GET", "/api/schemas/")["results"] == [made]


@pytest.mark.parametrize(
    ("change", "field", "complaint"),
    [
        ({"event_type": ""}, "event_type", "This field may not be blank."),
        ({"properties": None}, "properties", "This field may not be null."),
        ({"properties": {}}, "properties", "Expected a list of items but got dict."),
        ({"properties": ["x"]}, "properties", "properties[0]: must be an object."),
        ({"properties": [{}]}, "properties", "properties[0].name: This field is required."),
        (
            {"properties": [{"name": "a", "type": "url"}]},
            "properties",
            'properties[0].type: "url" is not a valid choice.',
        ),
        (
            {"properties": [{"name": "a"}, {"name": "a"}]},
            "properties",
            'properties[1].name: "a" is named twice.',
        ),
    ],
)
def test_a_bad_schema_is_refused_with_the_place_of_the_fault(ask, change, field, complaint):
    answer = ask("POST", "/api/schemas/", {**ORDER, **change})

    assert answer.status == 400
    assert json.loads(answer.body) == {field: [complaint]}


def test_an_event_type_has_one_schema(ask):
    first = ask.ok("POST", "/api/schemas/", ORDER)
    other = ask.ok("POST", "/api/schemas/", {"event_type": "other", "properties": []})

    again = ask("POST", "/api/schemas/", ORDER)
    renamed = ask("PATCH", f"/api/schemas/{other['id']}/", {"event_type": "order_placed"})

    words = {"event_type": ["event schema with this event_type already exists."]}
    assert json.loads(again.body) == json.loads(renamed.body) == words
    assert ask("PATCH", f"/api/schemas/{first['id']}/", ORDER).status == 200


def test_events_are_read_as_their_schema_wants_them(ask):
    ask.ok("POST", "/api/schemas/", ORDER)
    payload = {"total": "12.5", "gift": "true", "note": 7, "more": {"kept": [1]}}

    ask.track(("ann", "order_placed", {"payload": payload}))

    assert stored(ask)[0]["payload"] == {
        "total": 12.5,
        "gift": True,
        "note": "7",
        "more": {"kept": [1]},
    }


def test_events_that_break_their_schema_are_skipped_counted_and_logged(ask):
    schema = ask.ok("POST", "/api/schemas/", ORDER)
    events = [
        {"user_id": "ann", "event_type": "order_placed", "payload": payload}
        for payload in (
            {"total": 1},
            {},
            {"total": None},
            {"total": "much"},
            {"total": 1, "tags": "a,b"},
        )
    ]

    answer = ask.ok("POST", "/api/ingestion/track/batch/", {"events": events})

    assert answer == {"queued": 1, "skipped": 4}
    assert len(stored(ask)) == 1
    after = ask.ok("GET", f"/api/schemas/{schema['id']}/")
    assert (after["error_count"], after["last_error"]) == (4, "tags: Not an array.")


def test_a_single_event_that_breaks_its_schema_is_accepted_and_dropped(ask):
    ask.ok("POST", "/api/schemas/", ORDER)

    answer = ask(
        "POST",
        "/api/ingestion/track/",
        {"user_id": "ann", "event_type": "order_placed", "anonymous_id": "v"},
    )

    assert (answer.status, answer.body) == (202, b'{"queued":true}')
    assert ask("GET", "/api/explorer/users/ann/").status == 404
    # A dropped event links no visitor either.
    claim = ask.ok("POST", "/api/identity/alias/", {"anonymous_id": "v", "user_id": "bob"})
    assert claim["status"] == "created"


def test_a_deleted_schema_turns_nothing_away(ask):
    schema = ask.ok("POST", "/api/schemas/", ORDER)
    assert ask("DELETE", f"/api/schemas/{schema['id']}/").status == 204

    ask.track(("ann", "order_placed"))

    assert len(stored(ask)) == 1


def test_validate_says_what_ingestion_would_do_and_stores_nothing(ask):
    ask.ok("POST", "/api/schemas/", ORDER)
    body = {"event_type": "order_placed", "payload": {"gift": "maybe", "at": "2026-01-01"}}

    verdict = ask.ok("POST", "/api/schemas/validate/", body)
    unknown = ask.ok("POST", "/api/schemas/validate/", {"event_type": "other", "payload": {}})

    assert verdict == {
        "valid": False,
        "errors": [
            {"property": "total", "error": "This property is required."},
            {"property": "gift", "error": "Not a boolean."},
        ],
        "event_type": "order_placed",
    }
    assert unknown == {"valid": True, "errors": [], "event_type": "other"}
    assert ask.ok("GET", "/api/schemas/")["results"][0]["error_count"] == 0


def test_infer_reads_types_and_what_is_always_there(ask):
    events = [
        {"event_type": "a", "payload": {"n": 1, "when": "2026-01-01", "mixed": 1, "o": {}}},
        {"event_type": "b"},
        {"event_type": "a", "payload": {"n": 2.5, "mixed": "x", "list": [], "none": None}},
    ]

    found = ask.ok("POST", "/api/schemas/infer/", {"events": events})["schemas"]

    assert found == [
        {
            "event_type": "a",
            "properties": [
                {"name": "n", "type": "number", "required": True},
                {"name": "when", "type": "datetime", "required": False},
                {"name": "mixed", "type": "string", "required": True},
                {"name": "list", "type": "array", "required": False},
            ],
            "event_count": 2,
        },
        {"event_type": "b", "properties": [], "event_count": 1},
    ]
    assert ask.ok("GET", "/api/schemas/")["count"] == 0


def test_infer_names_the_samples_it_cannot_read(ask):
    events = [{"payload": {}}, {"event_type": "a", "payload": []}, 5]

    answer = ask("POST", "/api/schemas/infer/", {"events": events})

    assert json.loads(answer.body) == {
        "events": [
            "events[0].event_type: This field is required.",
            "events[1].payload: must be an object.",
            "events[2].event_type: This field is required.",
        ]
    }


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
payloads = st.dictionaries(
    st.sampled_from("abc"), scalars | st.lists(scalars, max_size=2), max_size=3
)


@given(samples=st.lists(payloads, min_size=1, max_size=5))
def test_every_sample_keeps_to_the_schema_inferred_from_it(samples):
    """But for arrays among other types: they are no string, though the schema must say so."""
    [schema] = infer_schemas(("x", sample) for sample in samples)
    odd = {
        item["name"]
        for item in schema["properties"]
        if item["type"] == "string" and any(isinstance(s.get(item["name"]), list) for s in samples)
    }

    for sample in samples:
        _, breaches = check_payload(sample, schema["properties"])

        assert {breach.property for breach in breaches} <= odd


@given(payload=payloads, kinds=st.lists(st.sampled_from(TYPES), min_size=3, max_size=3))
def test_reading_a_payload_twice_changes_nothing_more(payload, kinds):
    properties = [
        {"name": name, "type": kind, "required": False}
        for name, kind in zip("abc", kinds, strict=True)
    ]

    once, breaches = check_payload(payload, properties)

    assert check_payload(once, properties) == (once, breaches)
