"""What a health check reads: a bounded number of requests, in parts that do not depend on another.

Carry a part out with `run_part` or `run_part_async`; what the answers mean is in `nouns/health.py`.
A part that fails leaves the others alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from segops_tui.api.request import Page
from segops_tui.api.resources.activations import Activations
from segops_tui.api.resources.analytics import Analytics
from segops_tui.api.resources.pages import Pages
from segops_tui.api.resources.product_segments import ProductSegments
from segops_tui.api.resources.schemas import Schemas
from segops_tui.api.resources.segments import Segments
from segops_tui.api.resources.webhooks import Webhooks
from segops_tui.jobs.engine.plan import send_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from segops_tui.api.request import Request
    from segops_tui.jobs.engine.plan import Part

T = TypeVar("T")

MOST_PAGES: Final = 10
"""Pages of 200 rows that are read of one listing."""
MOST_FOLLOWED: Final = 10
"""Requests of each kind that ask further about what the listings show."""


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One part of the check. `name` is the field of `nouns.health.Readings` that it fills."""

    name: str
    title: str
    """What is read, for the user."""
    place: str
    """The pane that shows the same."""
    part: Callable[[], Part[Any]]


def _listed(request: Request[Page[T]]) -> Part[Page[T]]:
    """The first pages of a listing as one page; `more` is set where it goes on."""
    # Sent once: the client has its own retries, and a check must not wait for minutes.
    page = yield from send_once(request)
    found = list(page.items)
    following = page.next_request(request)
    for _ in range(MOST_PAGES - 1):
        if following is None:
            break
        page = yield from send_once(following)
        found += page.items
        following = page.next_request(following)
    return Page(found, page.count, page.cursor, more=following is not None)


READINGS: Final = (
    HealthPart(
        "activations", "activations", "activations",
        lambda: _listed(Activations.list.build(None)),
    ),
    HealthPart("segments", "segments", "segments", lambda: _listed(Segments.list.build(None))),
    HealthPart(
        "syncs", "sync logs", "activations",
        lambda: _listed(Analytics.activations.build(None)),
    ),
    HealthPart("trends", "trends", "analytics", lambda: _listed(Analytics.segments.build(None))),
    HealthPart("pages", "pages", "pages", lambda: _listed(Pages.list.build(None))),
    HealthPart(
        "product_segments", "product segments", "product-segments",
        lambda: _listed(ProductSegments.list.build(None)),
    ),
    HealthPart("schemas", "event schemas", "schemas", lambda: _listed(Schemas.list.build(None))),
    HealthPart("webhooks", "webhooks", "webhooks", lambda: _listed(Webhooks.list.build(None))),
    HealthPart("usage", "usage", "analytics", lambda: send_once(Analytics.usage.build(None))),
)  # fmt: skip
"""Everything that is read first, the most urgent in front."""


def rules_reading(changed: Iterable[tuple[int, datetime]]) -> HealthPart:
    """Which segments have a rule newer than their last compute; `changed` are the candidates.

    Only versions tell: `updated_at` also changes with a name (contract §2.3).
    """
    candidates = list(changed)[:MOST_FOLLOWED]

    def part() -> Part[frozenset[int]]:
        found = set()
        for segment_id, computed_at in candidates:
            page = yield from send_once(Segments.versions.build(None, segment_id))
            if any(v.created_at is not None and v.created_at > computed_at for v in page.items):
                found.add(segment_id)
        return frozenset(found)

    return HealthPart("new_rules", "versions", "segments", part)


def events_reading(event_types: Iterable[str]) -> HealthPart:
    """Which of these event types no user ever had: a preview counts them, and stores nothing."""
    candidates = list(event_types)[:MOST_FOLLOWED]

    def part() -> Part[frozenset[str]]:
        unused = set()
        for event_type in candidates:
            rule = {
                "type": "event_count", "event_type": event_type, "operator": "gte", "value": 1,
            }  # fmt: skip
            preview = yield from send_once(
                Segments.preview.build(None, {"logic": "AND", "conditions": [rule]})
            )
            if preview.matched_users == 0:
                unused.add(event_type)
        return frozenset(unused)

    return HealthPart("unused_events", "event types", "segments", part)
