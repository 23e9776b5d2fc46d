"""Check a payload against its schema; nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.nouns.schemas import FAULTS, example_payload
from segops_tui.tui.dialogs.form import DryRun, DryRunResult, Form, payload_options
from segops_tui.tui.dialogs.form_fields import FormField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.schemas import EventSchema, ValidationResult
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace


class CheckPayload(Form):
    """Asks for a type and a payload."""

    key_title = "check"
    busy_title = "checking"
    failed_title = "Not checked"

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

        def result(verdict: ValidationResult) -> DryRunResult:
            return result_of(verdict, is_known=self.typed("event_type").strip() in known)

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
            profile=workspace.profile.name,
            dry_run=DryRun(workspace, FAULTS, result),
            send=send,
            command=command,
            note="Only checked: nothing is stored.",
        )


def result_of(verdict: ValidationResult, *, is_known: bool) -> DryRunResult:
    """A verdict, with a row for each fault."""
    if verdict.valid and not is_known:
        return DryRunResult("· Accepted: the type has no schema, so any payload is.", "bold")
    if verdict.valid:
        return DryRunResult("✓ Valid: it matches the schema.", "bold $success")
    rows = [Record(e if isinstance(e, dict) else {"error": str(e)}) for e in verdict.errors]
    counted = wording.plural(len(rows), "fault")
    return DryRunResult(f"✗ An event like this is dropped: {counted}.", "bold $error", rows)


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "A payload is an object: { … }."
