"""Try an event on a user: which segments they would enter or leave. Nothing is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.nouns.schemas import example_payload
from segops_tui.nouns.users import CHANGES, change_rows
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.form import DryRun, DryRunResult, Form, payload_options
from segops_tui.tui.dialogs.form_fields import FormField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.users import Event, EventEffect, User
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

MANY: Final = 4
"""Types named below the field."""


class TryEvent(Form):
    """Asks for a type and a payload; a known type proposes one."""

    key_title = "try"
    busy_title = "trying"
    failed_title = "Not tried"

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
        self._workspace = workspace
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
            profile=workspace.profile.name,
            dry_run=DryRun(workspace, CHANGES, result_of),
            send=send,
            command=command,
            note="Only tried: the event is not stored, and no segment changes.",
        )

    def changed_field(self, name: str) -> None:
        """Propose a payload for a type with a schema, unless the user wrote one."""
        if name != "event_type":
            return
        schema = self._examples.get(self.typed("event_type").strip())
        if schema is None or self.typed("payload").strip() not in {self._proposed, "{}", ""}:
            return
        self._proposed = _pretty(example_payload(schema, now=self._workspace.now()))
        self.write("payload", self._proposed)


def result_of(found: EventEffect) -> DryRunResult:
    """What an event would change."""
    stay = wording.plural(found.unchanged_count, "segment")
    rows = change_rows(found)
    if not rows:
        return DryRunResult(f"· Nothing would change: {stay} stay as they are.", "bold")
    entered = sum(1 for row in rows if row.raw.get("change") == "entered")
    left = len(rows) - entered
    changes = [f"enters {entered:,}"] if entered else []
    changes += [f"leaves {left:,}"] if left else []
    return DryRunResult(f"✓ {' and '.join(changes)}; {stay} stay as they are.", "bold", rows)


def _known(types: Sequence[str]) -> str:
    if not types:
        return ""
    more = f" and {len(types) - MANY} more" if len(types) > MANY else ""
    return f"With a schema: {', '.join(types[:MANY])}{more}."


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "A payload is an object: { … }."


def _pretty(payload: Mapping[str, Any]) -> str:
    return json.dumps(dict(payload), indent=2, ensure_ascii=False)
