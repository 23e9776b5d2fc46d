"""An event schema's detail: its properties, an example event, and its other fields."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.content import Content
from textual.widgets import Static, TabPane

from segops_tui import wording
from segops_tui.api.record import as_integer
from segops_tui.nouns.column import Context
from segops_tui.nouns.schemas import PROPERTIES, example_payload, property_rows
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message import Message

    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.tui.core.workspace import Workspace


class SchemaDetail(Detail["EventSchema"]):
    """An event schema."""

    first_tab = "properties"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._properties = NounTable(id="of-schema", markable=False)
        self._example = Static("", markup=False)
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """Lay out the summary and three tabs."""
        yield self.head
        with self.tabs:
            with TabPane("Properties", id="properties"):
                yield self._properties
            with TabPane("Example", id="example"), Scroll():
                yield self._example
            with TabPane("Facts", id="facts"), Scroll():
                yield self._facts

    def on_mount(self) -> None:
        """Show the columns, without the schema's name, which is above."""
        columns = [
            replace(column, show=_required_words) if column.key == "required" else column
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

    @on(RowHighlighted)
    @on(RowSelected)
    def _table_message(self, event: Message) -> None:
        event.stop()

    def _example_of(self, row: EventSchema) -> Content:
        payload = example_payload(row, now=self.workspace.now())
        text = json.dumps(payload, indent=2, ensure_ascii=False)
        event = {"user_id": "u_1", "event_type": row.event_type, "payload": payload}
        line = f"echo {shlex.quote(json.dumps(event))} | segops-tui events track -"
        return Content.assemble(
            ("A payload that matches. Press V to check another.\n\n", "$text-muted"),
            block(text),
            ("\n\nSending it as an event:\n\n", "$text-muted"),
            one_line(line),
        )


def _required_words(value: Any, _context: Context) -> str:
    """Required or optional; optional has no cross, because nothing is wrong."""
    return "✓ required" if value else "optional"
