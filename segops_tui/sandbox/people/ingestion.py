"""Ingestion: events come in, one or many, and are never changed again (contract §12).

Knows what is answered, for one event and for a batch; taking events in is `sandbox.intake`'s.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import REQUIRED, ApiRefusal, invalid
from segops_tui.sandbox.core.identities import OwnDescendant, claim
from segops_tui.sandbox.core.timestamps import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

BATCH_LIMIT: Final = 500


def track(context: SandboxContext, call: Call) -> Answer:
    """Take one event; a bad one is refused, and one that breaks its schema quietly dropped."""
    take_in(context, [read_event(call.json(), context.now)])
    return answer({"queued": True}, status=202)


def track_batch(context: SandboxContext, call: Call) -> Answer:
    """Take up to 500 events; bad ones, by any measure, are skipped and counted."""
    body = call.json()
    listed = body.get("events") if isinstance(body, dict) else body
    if listed is None:
        raise invalid("events", REQUIRED)
    if not isinstance(listed, list):
        raise invalid("events", f"Expected a list of items but got {type(listed).__name__}.")
    if len(listed) > BATCH_LIMIT:
        raise invalid("events", f"At most {BATCH_LIMIT} events are taken, not {len(listed)}.")
    good = []
    for item in listed:
        try:
            good.append(read_event(item, context.now))
        except ApiRefusal:
            continue
    queued = take_in(context, good)
    return answer({"queued": queued, "skipped": len(listed) - queued}, status=202)


_LONGEST: Final = 255
_KEPT_ERRORS: Final = 10_000

Event = dict[str, Any]
"""An event as it is stored: every field is there, `occurred_at` in microseconds."""


def read_event(item: Any, now: int) -> Event:
    """One event as it is stored.

    Raises:
        ApiRefusal: 400, naming every field that is missing or odd.
    """
    form = Form(item, intent="create")
    form.text("user_id", required=True, longest=_LONGEST, opaque=True)
    form.text("event_type", required=True, longest=_LONGEST, opaque=True)
    if form.body.get("anonymous_id") is not None:
        form.text("anonymous_id", longest=_LONGEST, opaque=True)
    if form.body.get("payload") is not None:
        form.mapping("payload")
    occurred_at = now
    if form.body.get("occurred_at") is not None:
        occurred_at = parse(form.body["occurred_at"]) or 0
        if not occurred_at:
            form.refuse("occurred_at", "Datetime has wrong format. Use ISO 8601.")
    return {"payload": {}, "anonymous_id": "", **form.check(), "occurred_at": occurred_at}


def take_in(context: SandboxContext, events: Iterable[Event]) -> int:
    """Store the events that keep to their schema, and log the others; how many were stored."""
    good = _held_to_schemas(context, events)
    _store(context, good)
    for event in good:
        if event["anonymous_id"]:
            _draw_edge(context, event["anonymous_id"], event["user_id"])
    return len(good)


def _held_to_schemas(context: SandboxContext, events: Iterable[Event]) -> list[Event]:
    """The events that keep to their schema, their values read as it wants them."""
    rows = context.connection.execute("SELECT event_type, properties FROM event_schemas")
    schemas = {row["event_type"]: row["properties"] for row in rows}
    if not schemas:
        return list(events)
    # 10 ms of operators that a workspace without schemas does not owe.
    from segops_tui.sandbox.schemas.event_schemas import checked  # noqa: PLC0415

    properties = {name: json.loads(text) for name, text in schemas.items()}
    good = []
    for event in events:
        payload, breaches = checked(event["payload"], properties.get(event["event_type"], ()))
        if breaches:
            _log(context, event, [breach.wire() for breach in breaches])
        else:
            good.append({**event, "payload": payload})
    return good


def _log(context: SandboxContext, event: Event, breaches: list[dict[str, str]]) -> None:
    row = (event["event_type"], event["user_id"], dump(breaches), dump(event["payload"]))
    newest = context.connection.execute(
        "INSERT INTO schema_errors (event_type, user_id, errors, payload, received_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (*row, context.now),
    ).lastrowid
    context.connection.execute(
        "DELETE FROM schema_errors WHERE id <= ?", ((newest or 0) - _KEPT_ERRORS,)
    )


def _store(context: SandboxContext, events: list[Event]) -> None:
    context.connection.executemany(
        "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (
                event["user_id"],
                event["event_type"],
                event["occurred_at"],
                context.now,
                dump(event["payload"]),
            )
            for event in events
        ],
    )
    context.connection.executemany(
        "INSERT INTO users (user_id, event_count, first_seen, last_seen) VALUES (?1, 1, ?2, ?2)"
        " ON CONFLICT (user_id) DO UPDATE SET event_count = event_count + 1,"
        " first_seen = min(first_seen, ?2), last_seen = max(last_seen, ?2)",
        [(event["user_id"], event["occurred_at"]) for event in events],
    )


def _draw_edge(context: SandboxContext, anonymous_id: str, user_id: str) -> None:
    """Say that a visitor is a user, if nobody said otherwise before."""
    with suppress(OwnDescendant):
        claim(context, anonymous_id, user_id)
