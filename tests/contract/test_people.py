"""People, and what is told to others, over the wire (contract §5, §6, §9, §10, §11, §12)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Invalid, NotFound
from segops_tui.sandbox.people.ingestion import DEFAULT_SHOPIFY_KEY

RULE = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
}
CONFIG = {"list_id": "L1", "api_key": "key_test"}
ODD = "a/b@example.com?x=%2F#…"


async def track(caller, *users, **fields):
    events = [{"user_id": user, "event_type": "x", **fields} for user in users]
    return await caller(lambda c: c.events.batch(events))


async def test_a_visitor_becomes_a_user_and_the_user_another(caller):
    await track(caller, "anon_v", "ann", "bob")

    aliased = await caller(lambda c: c.identity.alias(anonymous_id="v", user_id="ann"))
    conflict = await caller(lambda c: c.identity.alias(anonymous_id="anon_v", user_id="bob"))
    merged = await caller(lambda c: c.identity.merge(from_user_id="ann", into_user_id="bob"))

    assert (aliased.status, conflict.status, merged.status) == ("created", "conflict", "merged")
    assert conflict.canonical_user_id == "ann"
    user = await caller(lambda c: c.users.get("anon_v"))
    assert (user.user_id, user.event_count) == ("bob", 3)


async def test_a_merge_into_oneself_names_the_field(caller):
    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.identity.merge(from_user_id="a", into_user_id="a"))

    assert list(caught.value.fields) == ["into_user_id"]


async def test_users_are_searched_and_read_whatever_their_ids(caller):
    await track(caller, ODD, "ann")

    found = await caller.page(lambda c: c.users.search("EXAMPLE", limit=1))

    assert [user.user_id for user in found.items] == [ODD]
    assert found.count == 1
    assert (await caller(lambda c: c.users.get(ODD))).event_count == 1
    [event] = await caller.all(lambda c: c.users.events(ODD, event_type="x", since="2026-01-01"))
    assert event.event_type == "x"
    with pytest.raises(NotFound):
        await caller(lambda c: c.users.get("nobody"))


async def test_a_user_is_explained_and_an_event_tried(caller, sandbox):
    await track(caller, ODD)
    segment = await caller(lambda c: c.segments.create(name="Did x", definition=RULE))
    await caller(lambda c: c.segments.compute(segment.id))
    sandbox.settle()

    [told] = await caller.all(lambda c: c.users.explain(ODD, segment.id))
    [mine] = await caller.all(lambda c: c.users.segments(ODD))
    tried = await caller(lambda c: c.users.publish_sandbox(user_id="newcomer", event_type="x"))

    assert (told.label, told.matches, told.raw["actual_value"]) == ("x ≥ 1 time", True, 1)
    assert (mine.segment_id, mine.segment_name) == (segment.id, "Did x")
    assert tried.entered == [{"id": segment.id, "name": "Did x"}]
    with pytest.raises(NotFound):
        await caller(lambda c: c.users.get("newcomer"))


async def test_schemas_are_kept_inferred_and_enforced(caller):
    samples = [{"event_type": "x", "payload": {"total": 1}}]
    inferred = await caller(lambda c: c.schemas.infer(samples))
    [schema] = inferred.schemas

    made = await caller(lambda c: c.schemas.create(event_type="x", properties=schema["properties"]))
    tracked = await caller(
        lambda c: c.events.batch(
            [{"user_id": "a", "event_type": "x", "payload": p} for p in ({"total": "2"}, {})]
        )
    )
    verdict = await caller(lambda c: c.schemas.validate(event_type="x", payload={}))

    assert (tracked.queued, tracked.skipped) == (1, 1)
    assert (verdict.valid, verdict.errors[0]["property"]) == (False, "total")
    assert [each.id for each in await caller.all(lambda c: c.schemas.list())] == [made.id]
    await caller(lambda c: c.schemas.replace(made.id, event_type="x", properties=[]))
    assert (await caller(lambda c: c.schemas.validate(event_type="x", payload={}))).valid
    await caller(lambda c: c.schemas.delete(made.id))
    with pytest.raises(NotFound):
        await caller(lambda c: c.schemas.get(made.id))


async def test_a_connector_syncs_after_a_recompute_and_hides_its_secret(caller, sandbox):
    await track(caller, "ann", "bob")
    segment = await caller(lambda c: c.segments.create(name="Did x", definition=RULE))
    made = await caller(
        lambda c: c.activations.create(segment=segment.id, connector_type="klaviyo", config=CONFIG)
    )
    assert (made.status, made.config["api_key"]) == ("inactive", "***")

    await caller(lambda c: c.activations.update(made.id, status="active", config=dict(made.config)))
    await caller(lambda c: c.segments.compute(segment.id))
    sandbox.settle()

    after = await caller(lambda c: c.activations.get(made.id))
    assert (after.status, after.last_error) == ("active", "")
    assert after.last_synced_at is not None
    [health] = await caller.all(lambda c: c.analytics.activations())
    assert health.success_rate == 100
    assert health.sync_logs[0]["added"] == 2


async def test_a_sync_by_hand_that_fails_says_why(caller, sandbox):
    segment = await caller(lambda c: c.segments.create(name="S"))
    made = await caller(
        lambda c: c.activations.create(
            segment=segment.id, connector_type="braze", config={}, status="active"
        )
    )

    queued = await caller(lambda c: c.activations.sync(made.id))
    sandbox.settle()

    after = await caller(lambda c: c.activations.get(made.id))
    assert (queued.status, after.status) == ("queued", "error")
    assert "simulated" in after.last_error


async def test_webhooks_are_kept_and_their_secret_is_not_shown(caller):
    made = await caller(lambda c: c.webhooks.create(url="https://example.com/h", secret="whsec"))
    assert (made.raw["secret"], made.is_active) == ("***", True)

    changed = await caller(lambda c: c.webhooks.update(made.id, is_active=False))

    assert (changed.is_active, changed.url) == (False, "https://example.com/h")
    assert [hook.id for hook in await caller.all(lambda c: c.webhooks.list())] == [made.id]
    await caller(lambda c: c.webhooks.delete(made.id))
    with pytest.raises(NotFound):
        await caller(lambda c: c.webhooks.get(made.id))


async def test_analytics_answer_in_every_shape(caller, sandbox):
    await track(caller, "ann", "bob")
    for name in ("A", "B"):
        segment = await caller(lambda c, name=name: c.segments.create(name=name, definition=RULE))
        await caller(lambda c, id=segment.id: c.segments.compute(id))
    sandbox.settle()

    overview = await caller(lambda c: c.analytics.overview())
    [overlap] = await caller.all(lambda c: c.analytics.overlap())
    usage = await caller(lambda c: c.analytics.usage())
    trends = await caller.all(lambda c: c.analytics.segments())

    assert (overview.segment_count, overview.total_members, overview.events_30d) == (2, 4, 2)
    assert (overlap.overlap, overlap.overlap_pct) == (2, 100.0)
    assert (usage.plan, usage.events_used, usage.mtu_computed) == ("business", 2, 2)
    assert [(trend.name, trend.trend) for trend in trends] == [("A", []), ("B", [])]


async def test_what_shopify_sends_arrives_as_an_event(caller):
    order = {"id": 1, "email": "ann@example.com", "total_price": "12.50"}

    tracked = await caller(
        lambda c: c.events.shopify(
            "sandbox", topic="orders/create", payload=order, secret=DEFAULT_SHOPIFY_KEY
        )
    )

    assert tracked.queued == 1
    [event] = await caller.all(lambda c: c.users.events("ann@example.com"))
    assert (event.event_type, event.payload["total"]) == ("order_placed", 12.5)
