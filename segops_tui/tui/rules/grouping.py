"""A group of conditions as a segment of its own: the API's rules have no groups and no NOT."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.definition import condition_label
from segops_tui.jobs.recompute import start_recompute
from segops_tui.nouns.segments import CREATE
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, set_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App

    from segops_tui.api.resources.segments import Segment
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.rows import Row

HOLDS: Final = {
    "any of them": ("OR", "in"),
    "all of them": ("AND", "in"),
    "none of them": ("OR", "not_in"),
    "not all of them": ("AND", "not_in"),
}
"""What a group asks: the logic of its own segment, and how the rule refers to that."""
NOTE: Final = (
    "A rule is one flat list, so the group becomes a segment, which is created and computed now. "
    "The rule sees its members as of its last compute: recompute it first."
)
LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Group:
    """A group that was made a segment."""

    segment: Segment
    logic: str
    operator: str

    @property
    def reference(self) -> dict[str, Any]:
        """The condition that refers to it."""
        return {
            "type": "segment_membership",
            "segment_id": self.segment.id,
            "operator": self.operator,
        }


async def group_as_segment(
    app: App[Any], workspace: Workspace, rows: Sequence[Row]
) -> Group | None:
    """Ask what the group asks and for its name, create the segment, and start its compute."""
    conditions = [row.value for row in rows]
    labels = [condition_label(each, segment_names=workspace.names) for each in conditions]
    proposal = crop(one_line(" or ".join(labels)), LONGEST_NAME)
    fields = (
        FormField("name", "Name", value=proposal, required=True),
        FormField("holds", "Asks for", "choice", value=next(iter(HOLDS)), options=tuple(HOLDS)),
    )

    def body_of(values: dict[str, Any]) -> dict[str, Any]:
        logic, _ = HOLDS[values["holds"]]
        return {"name": values["name"], "definition": {"logic": logic, "conditions": conditions}}

    def command(values: dict[str, Any]) -> str:
        body = body_of({"name": proposal, "holds": next(iter(HOLDS)), **values})
        shown = (fields[0], FormField("definition", "Rule", "json"))
        return CREATE.command_line(fields=set_options(shown, body))

    async def send(values: dict[str, Any]) -> Group:
        logic, operator = HOLDS[values["holds"]]
        with workspace.changes.one():
            segment = await workspace.client.segments.create(**body_of(values))
        workspace.log.add(command(values))
        return Group(segment, logic, operator)

    made: Group | None = await app.push_screen_wait(
        Form(
            "Group as a segment",
            fields,
            send=send,
            profile=workspace.profile.name,
            command=command,
            note=NOTE,
        )
    )
    if made is not None:
        workspace.names[made.segment.id] = made.segment.name
        job = await asyncio.to_thread(
            start_recompute,
            workspace.ledger,
            segment_id=made.segment.id,
            name=made.segment.name,
            profile=workspace.profile.name,
        )
        workspace.jobs.start(job)
    return made
