"""Checking a payload against its schema: the verdict, and what is wrong with each property.

Knows `schemas validate`; nothing is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.nouns.schemas import FAULTS, example_payload
from segops_tui.tui.dialogs.dry_run_form import Outcome, TrialForm, payload_options
from segops_tui.tui.dialogs.form_fields import FormField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.schemas import EventSchema, ValidationResult
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace


class CheckPayload(TrialForm):
    """Asks for a type and a payload."""

    noun = FAULTS
    key_title = "check"
    doing = "checking"
    not_done = "Not checked"

    def __init__(
        self,
        workspace: Workspace,
        action: Action,
        schemas: Sequence[EventSchema],
        schema: EventSchema | None,
    ) -> None:
        known = {each.event_type for each in schemas}

        async def send(body: dict[str, Any]) -> ValidationResult:
            verdict = await workspace.client.schemas.validate(
                event_type=body["event_type"], payload=body.get("payload") or {}
            )
            workspace.log.add(command(body))
            return verdict

        def command(body: dict[str, Any]) -> str:
            options = payload_options(body.get("payload") or {})
            event = body.get("event_type", "")
            return action.command_line(event=event, fields=options).rstrip()

        def outcome(verdict: ValidationResult) -> Outcome:
            return outcome_of(verdict, is_known=self.typed("event_type").strip() in known)

        payload = {} if schema is None else example_payload(schema, now=workspace.now())
        super().__init__(
            "Check a payload",
            [
                FormField(
                    "event_type",
                    "Event type",
                    value=None if schema is None else schema.event_type,
                    required=True,
                ),
                FormField("payload", "Payload", "json", value=payload, check=_object),
            ],
            workspace=workspace,
            outcome=outcome,
            send=send,
            command=command,
            note="Only checked: nothing is stored.",
        )


def outcome_of(verdict: ValidationResult, *, is_known: bool) -> Outcome:
    """A verdict in words and rows."""
    if verdict.valid and not is_known:
        return Outcome("· Taken: the type has no schema, so every payload is.", "bold")
    if verdict.valid:
        return Outcome("✓ It keeps to the schema.", "bold $success")
    rows = [Record(e if isinstance(e, dict) else {"error": str(e)}) for e in verdict.errors]
    counted = wording.plural(len(rows), "fault")
    return Outcome(f"✗ An event like this is dropped: {counted}.", "bold $error", rows)


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "A payload is an object: { … }."
