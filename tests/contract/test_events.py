"""Ingestion over the wire (contract §12)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Invalid

ALL_USERS = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 0}],
}


async def test_one_event_answers_true(caller):
    tracked = await caller(lambda c: c.events.track(user_id="ann", event_type="x"))

    assert tracked.raw == {"queued": True}
    preview = await caller(lambda c: c.segments.preview(definition=ALL_USERS))
    assert preview.sample_user_ids == ["ann"]


async def test_a_batch_answers_numbers_and_skips_the_bad(caller):
    batch = [
        {"user_id": "ann", "event_type": "x", "payload": {"total": 5}},
        {"user_id": "", "event_type": "x"},
        {"user_id": "bob"},
        {"user_id": "cyd", "event_type": "x", "occurred_at": "yesterday"},
        {"user_id": ["dan"], "event_type": "x"},
        {"user_id": "eve", "event_type": "x", "occurred_at": "2026-05-01T00:00:00+02:00"},
    ]

    tracked = await caller(lambda c: c.events.batch(batch))

    assert tracked.raw == {"queued": 2, "skipped": 4}


async def test_an_empty_batch_is_nothing(caller):
    assert (await caller(lambda c: c.events.batch([]))).raw == {"queued": 0, "skipped": 0}


async def test_a_batch_of_too_many_is_refused(caller):
    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.events.batch([{"user_id": "a", "event_type": "x"}] * 501))

    assert list(caught.value.fields) == ["events"]


async def test_a_bad_single_event_is_refused_field_by_field(caller):
    with pytest.raises(Invalid) as caught:
        await caller(
            lambda c: c.http.request(
                "POST", "/ingestion/track/", body={"user_id": "", "payload": [], "occurred_at": 1}
            )
        )

    assert caught.value.fields == {
        "user_id": ["This field may not be blank."],
        "event_type": ["This field is required."],
        "payload": ["Expected a dictionary of items but got list."],
        "occurred_at": ["Datetime has wrong format. Use ISO 8601, in UTC in the years 1 to 9999."],
    }


async def test_an_event_with_both_ids_makes_the_visitor_the_user(caller):
    """What the visitor did before counts for the user; the first claim wins."""
    await caller(lambda c: c.events.track(user_id="anon_v1", event_type="x"))
    await caller(lambda c: c.events.track(user_id="ann", event_type="y", anonymous_id="v1"))
    await caller(lambda c: c.events.track(user_id="bob", event_type="y", anonymous_id="anon_v1"))

    once = {
        **ALL_USERS,
        "conditions": [{**ALL_USERS["conditions"][0], "operator": "gte", "value": 1}],
    }
    preview = await caller(lambda c: c.segments.preview(definition=once))

    assert preview.sample_user_ids == ["ann"]
