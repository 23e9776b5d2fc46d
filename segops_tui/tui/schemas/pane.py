"""The Schemas pane: what an event's payload holds.

Knows event types and their properties; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui import wording
from segops_tui.api.resources.schemas import EventSchema
from segops_tui.nouns.schema_lines import (
    TYPES,
    can_be_lines,
    faults_told,
    property_lines,
    read_properties,
)
from segops_tui.nouns.schemas import SCHEMA_ACTIONS, SCHEMAS
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.dialogs.form_fields import FormField, Reading
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.schemas.check import CheckPayload
from segops_tui.tui.schemas.detail import SchemaDetail
from segops_tui.tui.schemas.infer import InferForm, InferredScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.schemas import InferredSchemas
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.panes.detail import Detail

HOW: Final = f"One a line, such as “total: number required”. Types: {', '.join(TYPES)}."


class SchemasPane(ListedPane[EventSchema], EditingPane[EventSchema]):
    """Every schema of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *SCHEMA_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SCHEMA_ACTIONS)]

    command = "schemas"
    sortable = ("event_type", "updated_at")
    delete_warning = "Events of the type are then taken as they come."

    @property
    def noun(self) -> Noun[EventSchema]:
        """Schemas."""
        return SCHEMAS

    def make_detail(self) -> Detail[EventSchema]:
        """The detail's widget."""
        return SchemaDetail(self.workspace)

    def resource(self) -> Any:
        """The client's schemas."""
        return self.workspace.client.schemas

    async def fetch(self) -> list[EventSchema]:
        """Every schema.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.schemas.list()]

    def form_fields(self, row: EventSchema | None) -> Sequence[FormField]:
        """What a schema has."""
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

    def do_validate(self) -> None:
        """Ask for a payload, and check it."""
        action = self.named("validate")
        self.app.push_screen(CheckPayload(self.workspace, action, self.rows, self.row))

    def do_infer(self) -> None:
        """Ask where events are, show what was guessed, make what is chosen."""

        def guessed(found: InferredSchemas | None) -> None:
            if found is not None:
                known = {schema.event_type for schema in self.rows}
                create = self.named("create")
                self.app.push_screen(InferredScreen(self.workspace, create, found, known), made)

        def made(schemas: list[EventSchema] | None) -> None:
            for schema in schemas or ():
                self.saved(schema, is_new=True)
            if schemas:
                names = wording.listed([schema.event_type for schema in schemas])
                title = wording.plural(len(schemas), "schema")
                self.notify(names, title=f"{title} made", markup=False)

        self.app.push_screen(InferForm(self.workspace, self.named("infer")), guessed)


def properties_field(properties: Any, *, is_new: bool) -> FormField:
    """Properties to be written as lines; as JSON where a server says more than lines can."""
    needed = is_new or bool(properties)
    if not can_be_lines(properties):
        return FormField("properties", "Properties", "json", value=properties, required=needed)
    return FormField(
        "properties",
        "Properties",
        "lines",
        value=property_lines(properties) or None,
        required=needed,
        reader=_read,
        note=HOW,
    )


def _read(text: str) -> Reading:
    properties, faults = read_properties(text)
    return Reading(properties, faults_told(faults))
