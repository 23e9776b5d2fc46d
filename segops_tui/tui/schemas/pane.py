"""The Schemas pane: the properties of event payloads, typed as lines; payloads are checked here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.content import Content

from segops_tui import wording
from segops_tui.api.json_text import json_text
from segops_tui.api.record import Record, as_integer
from segops_tui.api.resources.schemas import EventSchema
from segops_tui.nouns import schemas as nouns
from segops_tui.nouns.column import Context
from segops_tui.nouns.schemas import (
    FAULTS,
    PROPERTIES,
    TYPES,
    can_be_lines,
    example_payload,
    fault_lines,
    property_lines,
    property_rows,
    read_properties,
)
from segops_tui.nouns.uses import event_uses
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.dialogs.form import DryRun, DryRunResult, Form, payload_options
from segops_tui.tui.dialogs.form_fields import FormField, Reading, payload_fault
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.copying import copying
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.editing import Editing, deleting
from segops_tui.tui.panes.pane import Pane, id_last
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.panes.uses import Uses, UsesTab, every
from segops_tui.tui.schemas.infer import InferForm, InferredSchemasDialog
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.message import Message

    from segops_tui.api.resources.schemas import ValidationResult
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column
    from segops_tui.tui.core.workspace import Workspace


EVENT_WIDTH: Final = 20
"""Cells a name has before columns that are not always of use are dropped: `context_identified`."""


class SchemaDetail(Detail["EventSchema"]):
    """An event schema."""

    first_tab = "properties"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._properties = NounTable(id="of-schema", markable=False)
        self._example = PlainText()
        self._facts = FactList()
        self._uses = UsesTab(workspace, self._fetch_uses)

    def compose(self) -> ComposeResult:
        """Lay out the summary and four tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Properties", id="properties"):
                yield self._properties
            with TabPage("Example", id="example"), Scroll():
                yield self._example
            with TabPage("Facts", id="facts"), Scroll():
                yield self._facts
            with TabPage("Used by", id="used-by"):
                yield self._uses

    def on_mount(self) -> None:
        """Show the columns, without the schema's name, which is above."""
        columns = [
            column._replace(show=_required_words) if column.key == "required" else column
            for column in PROPERTIES.columns
            if column.key != "event_type"
        ]
        self._properties.show_columns(columns, context=lambda: Context(now=self.workspace.now()))
        self._properties.empty_text = "No property is listed: every payload is accepted."

    def name_of(self, row: EventSchema) -> str:
        """The event type."""
        return row.event_type

    def is_same(self, before: EventSchema, after: EventSchema) -> bool:
        """Whether both are the same schema; nothing is fetched for one."""
        return before.id == after.id

    def summary(self, row: EventSchema) -> Content:
        """The number of properties, the dropped events and why, the description."""
        rows = property_rows([row.raw])
        required = sum(1 for each in rows if each.raw.get("required"))
        counted = wording.plural(len(rows), "property", "properties")
        lines = [Content.assemble((counted, "bold"), (f"  {required:,} required", "$text-muted"))]
        dropped = as_integer(row.raw.get("error_count"))
        if dropped:
            why = one_line(row.raw.get("last_error") or "")
            words = f"✗ {wording.plural(dropped, 'event')} dropped{': ' if why else ''}{why}"
            lines.append(Content.styled(words, "$error"))
        if row.description:
            lines.append(Content.styled(one_line(row.description), "$text-muted"))
        return Content("\n").join(lines)

    def draw(self, row: EventSchema) -> None:
        """Draw the three tabs."""
        rows = property_rows([row.raw])
        self._properties.set_rows(rows, key=id, keep_position=True)
        self._example.update(self._example_of(row))
        moments = (("Created", row.created_at), ("Updated", row.updated_at))
        self._facts.facts = [
            ("Id", str(row.id)),
            ("Event type", row.event_type),
            ("Description", row.description or "–"),
            *((name, wording.moment(when)) for name, when in moments),
        ]

    def forget(self) -> None:
        """Drop what relies on another schema."""
        self._uses.forget()

    def fill(self, tab: str) -> None:
        """Fetch what relies on it when that is shown."""
        if tab == "used-by" and self.row is not None:
            self._uses.show(self.row)

    async def _fetch_uses(self, row: EventSchema) -> AsyncGenerator[Uses, None]:
        client = self.workspace.client
        rules = await every(client.segments.list(), client.product_segments.list())
        yield Uses(list(event_uses(row.event_type, *rules)))

    @on(RowHighlighted)
    @on(RowSelected)
    def _table_message(self, event: Message) -> None:
        event.stop()

    def _example_of(self, row: EventSchema) -> Content:
        payload = example_payload(row, now=self.workspace.now())
        text = json_text(payload, indent=2, ensure_ascii=False)
        event = {"user_id": "u_1", "event_type": row.event_type, "payload": payload}
        line = f"echo {shlex.quote(json_text(event))} | segops-tui events track -"
        return Content.assemble(
            ("A payload that matches. Press V to check another.\n\n", "$text-muted"),
            block(text),
            ("\n\nSending it as an event:\n\n", "$text-muted"),
            one_line(line),
        )


def _required_words(value: Any, _context: Context) -> str:
    """Required or optional; optional has no cross, because nothing is wrong."""
    return "✓ required" if value else "optional"


PROPERTIES_NOTE: Final = (
    f"One on each line, such as “total: number required”. Types: {', '.join(TYPES)}."
)


def schema_fields(_pane: SchemasPane, row: EventSchema | None) -> Sequence[FormField]:
    """The form's fields."""
    raw = {} if row is None else row.raw
    return [
        FormField(
            "event_type",
            "Event type",
            value=raw.get("event_type"),
            required=True,
            hint="order_placed",
        ),
        FormField("description", "Description", value=raw.get("description") or None),
        properties_field(raw.get("properties"), is_new=row is None),
    ]


def properties_field(properties: Any, *, is_new: bool) -> FormField:
    """Properties as lines; as JSON where a server has more of them than lines can hold."""
    required = is_new or bool(properties)
    if not can_be_lines(properties):
        return FormField("properties", "Properties", "json", value=properties, required=required)
    return FormField(
        "properties",
        "Properties",
        "lines",
        value=property_lines(properties) or None,
        required=required,
        reader=_read_lines,
        note=PROPERTIES_NOTE,
    )


def _read_lines(text: str) -> Reading:
    properties, faults = read_properties(text)
    return Reading(properties, fault_lines(faults))


def check(pane: SchemasPane) -> None:
    """Check a payload against its schema."""
    pane.app.push_screen(CheckPayload(pane.workspace, pane.rows, pane.row))


async def infer(pane: SchemasPane) -> None:
    """Ask for events, infer schemas from them, and create those the user marks."""
    found = await pane.ask(InferForm(pane.workspace))
    if found is None:
        return
    known = {schema.event_type for schema in pane.rows}
    created = await pane.ask(InferredSchemasDialog(pane.workspace, found, known))
    if not created:
        return
    for schema in created:
        pane.source.put(schema, is_new=True)
    names = wording.listed([schema.event_type for schema in created])
    pane.notify(names, title=f"{pane.counted(created)} created", markup=False)


class CheckPayload(Form):
    """Asks for a type and a payload, and shows the verdict; nothing is stored."""

    key_title = "check"
    busy_title = "checking"
    failed_title = "Not checked"

    def __init__(
        self,
        workspace: Workspace,
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
            return nouns.VALIDATE.command_line(event=event, fields=options).rstrip()

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
                FormField("payload", "Payload", "json", value=payload, check=payload_fault),
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


EDITING: Final[Editing[EventSchema]] = Editing(nouns.CREATE, nouns.EDIT, schema_fields)


class SchemasPane(Pane[EventSchema]):
    """Every schema of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        *EDITING.actions,
        nouns.INFER.does(infer),
        nouns.VALIDATE.does(check),
        deleting(
            nouns.DELETE,
            warning=(
                "Events of the type are then accepted unchecked.",
                "Events of the types are then accepted unchecked.",
            ),
        ),
        copying(nouns.COPY_TO, "schemas"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.SCHEMAS
    command = "schemas"
    sortable = ("event_type", "updated_at")

    def make_detail(self) -> SchemaDetail:
        """Make the detail's widget."""
        return SchemaDetail(self.workspace)

    def columns(self) -> Sequence[Column[EventSchema]]:
        """The noun's columns; the event's name is shown before those of less use."""
        return id_last(
            [
                c._replace(ample_width=EVENT_WIDTH) if c.key == "event_type" else c
                for c in self.noun.columns
            ]
        )
