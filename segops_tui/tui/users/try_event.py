"""Trying an event on a user: which segments they would enter or leave. Nothing is stored.

Knows the vendor's event sandbox (contract §9.1) and what a payload of a type looks like.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.nouns.schemas import example_payload
from segops_tui.nouns.users import CHANGES, change_rows
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.dry_run_form import Outcome, TrialForm, payload_options
from segops_tui.tui.dialogs.form_fields import FormField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.users import Event, EventEffect, User
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

MANY: Final = 4
"""Types that are named below the line."""


class TryEvent(TrialForm):
    """Asks for a type and a payload; a known type proposes one."""

    noun = CHANGES

    def __init__(
        self,
        workspace: Workspace,
        action: Action,
        user: User,
        *,
        schemas: Sequence[EventSchema] = (),
        event: Event | None = None,
    ) -> None:
        self._examples = {schema.event_type: schema for schema in schemas}
        self._proposed = "{}" if event is None else _pretty(event.payload)

        async def send(body: dict[str, Any]) -> EventEffect:
            found = await workspace.client.users.publish_sandbox(
                user_id=user.user_id,
                event_type=body["event_type"],
                payload=body.get("payload") or {},
                occurred_at=body.get("occurred_at"),
            )
            workspace.log.add(command(body))
            return found

        def command(body: dict[str, Any]) -> str:
            at = ["--at", body["occurred_at"]] if body.get("occurred_at") else []
            options = [*payload_options(body.get("payload") or {}), *at]
            event = body.get("event_type", "")
            return action.command_line(id=user.user_id, event=event, fields=options).rstrip()

        super().__init__(
            f"Try an event of {one_line(user.user_id)}",
            [
                FormField(
                    "event_type",
                    "Event type",
                    value=None if event is None else event.event_type,
                    required=True,
                    hint="order_placed",
                    note=_known(list(self._examples)),
                ),
                FormField(
                    "payload",
                    "Payload",
                    "json",
                    value={} if event is None else event.payload,
                    check=_object,
                ),
                FormField("occurred_at", "When", hint="now; or 2026-05-01T12:00:00Z"),
            ],
            workspace=workspace,
            outcome=outcome_of,
            send=send,
            command=command,
            note="Only tried: the event is not stored, and no segment changes.",
        )

    def changed_field(self, name: str) -> None:
        """A type whose schema is known proposes a payload, unless somebody wrote one."""
        if name != "event_type":
            return
        schema = self._examples.get(self.typed("event_type").strip())
        if schema is None or self.typed("payload").strip() not in {self._proposed, "{}", ""}:
            return
        self._proposed = _pretty(example_payload(schema, now=self._workspace.now()))
        self.put("payload", self._proposed)


def outcome_of(found: EventEffect) -> Outcome:
    """What an event would change, in words and rows."""
    stay = wording.plural(found.unchanged_count, "segment")
    rows = change_rows(found)
    if not rows:
        return Outcome(f"· Nothing would change: {stay} stay as they are.", "bold")
    entered = sum(1 for row in rows if row.raw.get("change") == "entered")
    left = len(rows) - entered
    told = [f"enters {entered:,}"] if entered else []
    told += [f"leaves {left:,}"] if left else []
    return Outcome(f"✓ {' and '.join(told)}; {stay} stay as they are.", "bold", rows)


def _known(types: Sequence[str]) -> str:
    if not types:
        return ""
    more = f" and {len(types) - MANY} more" if len(types) > MANY else ""
    return f"With a schema: {', '.join(types[:MANY])}{more}."


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "A payload is an object: { … }."


def _pretty(payload: Mapping[str, Any]) -> str:
    return json.dumps(dict(payload), indent=2, ensure_ascii=False)
