"""What counts as wrong in a workspace, over records as the API sends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.request import Page
from segops_tui.api.resources.activations import Activation
from segops_tui.api.resources.analytics import ActivationHealth, Trend, Usage
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.schemas import EventSchema
from segops_tui.api.resources.segments import Segment
from segops_tui.api.resources.webhooks import Webhook
from segops_tui.nouns.health import (
    CHECKS,
    HealthFinding,
    Limits,
    Readings,
    Unread,
    edited_segments,
    findings,
    is_wrong,
    tally,
    undeclared_events,
)

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
LIMITS = Limits(NOW, 0.2)
RULE = {"logic": "AND", "conditions": [{"type": "event_count", "event_type": "order_placed"}]}


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).isoformat()


def page(kind: Any, *rows: dict[str, Any], **more: Any) -> Page[Any]:
    return Page([kind(row) for row in rows], **more)


def segment(number: int = 1, **fields: Any) -> dict[str, Any]:
    fresh = {"last_computed_at": ago(hours=1), "updated_at": ago(days=3), "member_count": 5}
    return {"id": number, "name": f"Segment {number}", "definition": RULE, **fresh, **fields}


def in_segment(number: object) -> dict[str, Any]:
    condition = {"type": "segment_membership", "segment_id": number, "operator": "in"}
    return {"logic": "AND", "conditions": [condition]}


def found(limits: Limits = LIMITS, **readings: Any) -> list[HealthFinding]:
    return findings(Readings(**readings), limits)


def only(limits: Limits = LIMITS, **readings: Any) -> HealthFinding:
    [finding] = found(limits, **readings)
    return finding


LAPSED = page(Segment, segment(7, name="Lapsed VIPs"))
BROKEN = {
    "id": 3, "segment": 7, "connector_type": "klaviyo", "status": "error",
    "last_error": "HTTP 401, the API key is not valid.", "updated_at": ago(days=1),
}  # fmt: skip


def test_a_failing_connector_is_named_with_its_reason_its_beginning_and_its_remedy() -> None:
    logs = [
        {"status": "error", "synced_at": ago(hours=1)},
        {"status": "error", "synced_at": ago(days=9)},
        {"status": "success", "synced_at": ago(days=10)},
        {"status": "error", "synced_at": ago(days=11)},
    ]
    syncs = page(ActivationHealth, {"id": 3, "sync_logs": logs})

    finding = only(segments=LAPSED, activations=page(Activation, BROKEN), syncs=syncs)

    assert finding.what == "Klaviyo stopped receiving Lapsed VIPs"
    assert finding.why == "The key is refused: HTTP 401, the API key is not valid."
    assert finding.since == NOW - timedelta(days=9)
    assert finding.command == "segops-tui activations update 3 --set config.api_key=…"
    assert (finding.severity, finding.place) == ("error", "activation/3/syncs")


def test_nobody_knows_since_when_a_connector_fails_whose_logs_could_not_be_read() -> None:
    assert only(activations=page(Activation, BROKEN)).since is None
    silent = page(ActivationHealth, {"id": 3, "sync_logs": []})
    assert only(activations=page(Activation, BROKEN), syncs=silent).since == NOW - timedelta(days=1)


def test_a_connector_that_was_turned_off_is_not_wrong_whatever_its_last_sync_said() -> None:
    assert (
        found(segments=LAPSED, activations=page(Activation, {**BROKEN, "status": "inactive"})) == []
    )


def test_of_two_failing_connectors_the_newer_failure_comes_first() -> None:
    newer = {**BROKEN, "id": 4, "updated_at": ago(hours=1)}
    syncs = page(ActivationHealth, {"id": 3}, {"id": 4})
    got = found(segments=LAPSED, activations=page(Activation, BROKEN, newer), syncs=syncs)
    assert [each.key for each in got] == ["4", "3"]


def test_an_error_that_is_not_about_the_key_is_synced_again() -> None:
    row = {**BROKEN, "last_error": "List L1 does not exist."}
    finding = only(activations=page(Activation, row))
    assert finding.what == "Klaviyo stopped receiving segment 7"
    assert finding.command == "segops-tui activations sync 3"


@pytest.mark.parametrize(
    ("synced", "created", "status", "is_late"),
    [
        ({"days": 2}, {"days": 9}, "active", True),
        (None, {"days": 9}, "active", True),
        ({"days": 2}, {"days": 9}, "inactive", False),
        ({"hours": 1}, {"days": 9}, "active", False),
        (None, {"minutes": 5}, "active", False),
    ],
)
def test_an_active_connector_that_missed_the_last_compute_is_late(
    synced: Any, created: Any, status: str, is_late: bool
) -> None:
    row = {
        "id": 3, "segment": 7, "connector_type": "braze", "status": status,
        "last_synced_at": ago(**synced) if synced else None, "created_at": ago(**created),
    }  # fmt: skip
    got = found(segments=LAPSED, activations=page(Activation, row))
    assert [each.what for each in got] == (
        ["Braze has not received Lapsed VIPs since it was recomputed"] if is_late else []
    )


def test_a_rule_that_refers_to_a_missing_segment_is_an_error_and_names_what_follows() -> None:
    row = segment(2, name="Buyers", definition=in_segment("4"))
    tool = {"id": 1, "segment": 2, "connector_type": "klaviyo", "status": "active",
            "last_synced_at": ago(minutes=30)}  # fmt: skip
    finding = only(segments=page(Segment, row), activations=page(Activation, tool))
    assert finding.what == "The rule of Buyers refers to segment 4, which does not exist"
    assert finding.why == "A missing segment is read as empty. It feeds Klaviyo."
    assert finding.place == "segment/2/rule"


@pytest.mark.parametrize("more", [{"more": True}, {"count": 3}])
def test_what_a_listing_did_not_show_is_not_called_missing(more: dict[str, Any]) -> None:
    rows = page(Segment, segment(2, definition=in_segment(4)), **more)
    tool = page(Activation, {"id": 1, "segment": 9, "status": "active"})
    assert not [each for each in found(segments=rows, activations=tool) if is_wrong(each)]


def test_a_product_segment_may_refer_to_a_missing_segment_too() -> None:
    signal = {"type": "user_behavior_signal", "segment_id": "9"}
    row = segment(1, definition={"logic": "AND", "conditions": [signal]}, computed_count=1)
    finding = only(segments=LAPSED, product_segments=page(ProductSegment, row))
    assert finding.place == "product-segment/1/rule"


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"last_computed_at": ago(days=2)}, "Segment 1 is stale"),
        ({"last_computed_at": ago(hours=23)}, None),
        ({"last_computed_at": ago(days=2), "is_active": False}, None),
        ({"last_computed_at": ago(days=2), "status": "computing"}, None),
        ({"last_computed_at": None}, None),
        ({"last_compute_error": "Out of memory."}, "Segment 1 could not be computed"),
    ],
)
def test_a_compute_that_is_old_or_failed_is_found(fields: dict[str, Any], what: str | None) -> None:
    got = found(segments=page(Segment, segment(**fields)))
    assert [each.what for each in got] == ([] if what is None else [what])


def test_a_draft_is_wrong_once_something_reads_it_as_an_empty_list() -> None:
    rows = page(Segment, segment(1, last_computed_at=None), segment(2, definition=in_segment(1)))
    finding = only(segments=rows)
    assert finding.what == "Segment 1 was never computed, and is read as empty"
    assert finding.why == "It feeds Segment 2."


def test_a_rule_is_new_only_where_its_versions_say_so() -> None:
    """A new name also changes `updated_at`."""
    rows = page(Segment, segment(1, updated_at=ago(minutes=5)), segment(2))
    readings = Readings(segments=rows)
    assert [key for key, _ in edited_segments(readings)] == [1]
    assert found(segments=rows, new_rules=frozenset()) == []

    finding = only(segments=rows, new_rules=frozenset({1}))
    assert finding.what == "The rule of Segment 1 changed after its last compute"


def test_an_event_type_without_schema_and_without_events_is_found() -> None:
    rows = page(
        Segment, segment(1), segment(2, definition={"conditions": [{"event_type": "odrer"}]})
    )
    schemas = page(EventSchema, {"id": 1, "event_type": "order_placed", "error_count": 0})
    readings = Readings(segments=rows, schemas=schemas)
    assert undeclared_events(readings) == ["odrer"]

    finding = only(segments=rows, schemas=schemas, unused_events=frozenset({"odrer"}))
    assert finding.what == "The rule of Segment 2 asks for odrer, which no user had"


def trend(*counts: int, number: int = 5, computed: str | None = None) -> Page[Any]:
    days = [{"day": f"2026-05-{20 + at}", "count": count} for at, count in enumerate(counts)]
    record = {"id": number, "name": "VIPs", "last_computed_at": computed, "trend": days}
    return page(Trend, record)


@pytest.mark.parametrize(
    ("counts", "what"),
    [
        ((50, 100, 121), "VIPs grew by 21%"),
        ((100, 120), None),
        ((100, 79), "VIPs lost 21% of its members"),
        ((100, 0), "VIPs lost 100% of its members"),
        ((0, 9), "VIPs grew from nothing to 9 members"),
        ((0, 0), None),
        ((100,), None),
        ((), None),
    ],
)
def test_a_change_beyond_the_threshold_is_found(counts: tuple[int, ...], what: str | None) -> None:
    assert [each.what for each in found(trends=trend(*counts))] == ([what] if what else [])


@pytest.mark.parametrize(
    ("counts", "computed", "is_told"),
    [
        ((100, 130, 130), "2026-05-21T23:30:00Z", True),
        ((100, 130, 130), "2026-05-21T00:05:00Z", False),  # More than a day ago.
        ((100, 130, 130), "2026-05-22T00:05:00Z", False),  # Computed since: no change.
        ((100, 130), "2026-05-20T23:30:00Z", True),  # As of a server whose days begin earlier.
        ((130, 130), "2026-05-20T23:30:00Z", False),
    ],
)
def test_a_change_is_told_for_a_day_past_midnight_too(
    counts: tuple[int, ...], computed: str, *, is_told: bool
) -> None:
    soon = replace(LIMITS, now=datetime(2026, 5, 22, 0, 10, tzinfo=UTC))
    assert bool(found(soon, trends=trend(*counts, computed=computed))) is is_told


def test_a_segment_may_have_a_threshold_of_its_own() -> None:
    own = replace(LIMITS, thresholds={5: 0.5})
    assert found(own, trends=trend(100, 140)) == []
    assert len(found(own, trends=trend(100, 140, number=6))) == 1


def job(**fields: Any) -> Any:
    facts = {
        "id": "j1", "kind": "sync", "target": "3", "title": "sync Klaviyo", "state": "failed",
        "error": "HTTP 500", "command": "segops-tui activations sync 3",
        "updated_at": NOW.timestamp() - 60, "finished_at": None,
    }  # fmt: skip
    return SimpleNamespace(**{**facts, **fields})


def test_a_failed_job_is_found_until_a_later_one_succeeds_or_a_week_has_passed() -> None:
    assert only(jobs=[job()]).what == "Sync Klaviyo failed"
    assert found(jobs=[job(id="j2", state="done"), job()]) == []
    assert found(jobs=[job(updated_at=NOW.timestamp() - 8 * 86_400)]) == []
    assert only(jobs=[job(state="detached")]).command == "segops-tui jobs resume j1"
    assert only(jobs=[job(state="waiting")]).severity == "warning"


def test_a_failed_sync_is_told_once_and_not_as_a_job_too() -> None:
    assert only(activations=page(Activation, BROKEN), jobs=[job()]).check == "sync"
    checks = [
        each.check for each in found(activations=page(Activation, BROKEN), jobs=[job(target="4")])
    ]
    assert checks == ["sync", "job"]


def test_pages_webhooks_and_dropped_events_are_found() -> None:
    assert only(pages=page(GeneratedPage, {"id": 5, "slug": "a", "builder_status": "failed"})).what
    last = {"status": "failed", "status_code": 500, "error": "", "created_at": ago(days=1)}
    hook = {"id": 1, "url": "https://hooks.example.com", "last_delivery": last}
    assert only(webhooks=page(Webhook, hook)).why == "HTTP 500"
    assert found(webhooks=page(Webhook, {**hook, "is_active": False})) == []
    schema = {"id": 1, "event_type": "order_placed", "error_count": 2, "last_error": "total: …"}
    assert only(schemas=page(EventSchema, schema)).what == "2 order_placed events dropped"


def test_what_the_api_does_not_tell_is_unknown_and_not_wrong() -> None:
    got = found(schemas=page(EventSchema, {"id": 1, "event_type": "a"}), usage=Usage({}))
    assert [each.what for each in got] == [
        "Dropped events: unknown", "Quota of events: unknown", "Quota of AI credits: unknown",
    ]  # fmt: skip
    assert not any(map(is_wrong, got))


@pytest.mark.parametrize(
    ("used", "limit", "severity"),
    [(89, 100, None), (90, 100, "warning"), (100, 100, "error"), (10**9, -1, None)],
)
def test_a_quota_near_its_end_is_found(used: int, limit: int, severity: str | None) -> None:
    usage = Usage({"events_used": used, "events_limit": limit,
                   "ai_credits_used": 0, "ai_credits_limit": -1})  # fmt: skip
    assert [each.severity for each in found(usage=usage)] == ([severity] if severity else [])


def test_parts_that_could_not_be_read_for_one_reason_are_one_finding() -> None:
    unread = {
        "segments": Unread("segments", "segments", "No route to host."),
        "pages": Unread("pages", "pages", "No route to host."),
        "usage": Unread("usage", "analytics", "Too many requests.", "Try again in 3 s."),
    }
    got = found(unread=unread)
    assert [each.what for each in got] == [
        "Pages and 1 more could not be read", "Usage could not be read",
    ]  # fmt: skip
    assert [each.name for each in got] == ["pages, segments", "usage"]
    assert [each.remedy.split()[0] for each in got] == ["Find", "Try"]
    assert tally(got) == "2 errors"


def test_the_line_about_parts_that_could_not_be_read_fits_a_narrow_screen() -> None:
    titles = ["product segments", "activations", "event schemas", "event types", "sync logs"]
    for first in titles:
        unread = {t: Unread(t, "health", "Gone.") for t in titles[titles.index(first) :]}
        assert len(only(unread=unread).what) <= 48


def test_errors_come_first_and_each_finding_has_an_id_of_its_own() -> None:
    got = found(
        segments=page(Segment, segment(7, name="Lapsed VIPs", last_computed_at=ago(days=3))),
        activations=page(Activation, BROKEN),
        usage=Usage({}),
        trends=trend(1, 9, number=7),
    )
    assert [each.severity for each in got] == ["error", "warning", "warning", "unknown", "unknown"]
    assert len({each.id for each in got}) == len(got)
    assert all(each.check in CHECKS for each in got)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = ("id", "name", "definition", "status", "last_error", "segment", "trend", "last_computed_at",
        "updated_at", "last_delivery", "error_count", "sync_logs", "builder_status")  # fmt: skip


@given(rows=st.lists(st.dictionaries(st.sampled_from(KEYS), ODD, max_size=6), max_size=4))
def test_no_answer_of_a_server_breaks_a_check(rows: list[dict[str, Any]]) -> None:
    readings = Readings(
        segments=page(Segment, *rows), product_segments=page(ProductSegment, *rows),
        activations=page(Activation, *rows), syncs=page(ActivationHealth, *rows),
        trends=page(Trend, *rows), pages=page(GeneratedPage, *rows),
        schemas=page(EventSchema, *rows), webhooks=page(Webhook, *rows),
        usage=Usage(rows[0] if rows else {}),
    )  # fmt: skip
    edited_segments(readings), undeclared_events(readings)
    assert all(each.severity and each.what for each in findings(readings, LIMITS))
