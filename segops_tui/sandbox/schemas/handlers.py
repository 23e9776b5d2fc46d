"""Event schemas: what the payload of an event type must have (contract §5).

Knows their fields and the log of events they turned away; what a payload must satisfy is
`sandbox.event_schemas`'s. `error_count` and `last_error` of a schema are this sandbox's own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.paging import listed
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.schemas.event_schemas import TYPES, checked, inferred

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

_TABLE = """
(SELECT event_schemas.*,
  (SELECT count(*) FROM schema_errors AS e WHERE e.event_type = event_schemas.event_type)
    AS error_count,
  (SELECT errors FROM schema_errors AS e WHERE e.event_type = event_schemas.event_type
   ORDER BY id DESC LIMIT 1) AS last_errors
 FROM event_schemas)
"""


class _Schemas(Objects):
    """Event schemas, read together with their log."""

    def row(self, workspace: Workspace, object_id: int) -> sqlite3.Row:
        """One schema with its log.

        Raises:
            Problem: 404, there is none.
        """
        super().row(workspace, object_id)
        row: sqlite3.Row = workspace.connection.execute(
            f"SELECT * FROM {_TABLE} WHERE id = ?", (object_id,)
        ).fetchone()
        return row

    def list(self, workspace: Workspace, call: Call) -> Answer:
        """One page of them, ascending by id."""
        return listed(workspace.connection, call, table=_TABLE, show=self.show)


def infer(_workspace: Workspace, call: Call) -> Answer:
    """Guess schemas from sample events."""
    form = Form(call.json(), intent="create")
    form.array("events", required=True)
    samples = []
    for index, event in enumerate(form.values.get("events", ())):
        event_type, payload = _sample(event)
        if event_type is None:
            form.refuse("events", f"events[{index}].event_type: {REQUIRED}")
        elif payload is None:
            form.refuse("events", f"events[{index}].payload: must be an object.")
        else:
            samples.append((event_type, payload))
    form.check()
    return answer({"schemas": inferred(samples)})


def validate(workspace: Workspace, call: Call) -> Answer:
    """Check a payload; an event type without a schema takes any."""
    form = Form(call.json(), intent="create")
    form.text("event_type", required=True, opaque=True)
    form.mapping("payload")
    values = form.check()
    properties = properties_of(workspace, values["event_type"]) or []
    _, breaches = checked(values["payload"], properties)
    found = {
        "valid": not breaches,
        "errors": [breach.wire() for breach in breaches],
        "event_type": values["event_type"],
    }
    return answer(found)


def properties_of(workspace: Workspace, event_type: str) -> list[dict[str, Any]] | None:
    """What the schema of an event type lists, or None where it has none."""
    row = workspace.connection.execute(
        "SELECT properties FROM event_schemas WHERE event_type = ?", (event_type,)
    ).fetchone()
    return None if row is None else list(json.loads(row["properties"]))


def _sample(event: Any) -> tuple[str | None, dict[str, Any] | None]:
    if not isinstance(event, dict):
        return None, None
    event_type, payload = event.get("event_type"), event.get("payload")
    is_named = isinstance(event_type, str) and event_type.strip()
    payload = {} if payload is None else payload
    return event_type if is_named else None, payload if isinstance(payload, dict) else None


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "event_type": row["event_type"],
        "description": row["description"],
        "properties": json.loads(row["properties"]),
        "error_count": row["error_count"],
        "last_error": "; ".join(
            f"{breach['property']}: {breach['error']}"
            for breach in json.loads(row["last_errors"] or "[]")
        ),
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: Form, workspace: Workspace, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("event_type", required=True, opaque=True)
    form.text("description", longest=10_000)
    form.array("properties", required=True)
    if "event_type" in form.values:
        taken = workspace.connection.execute(
            "SELECT id FROM event_schemas WHERE event_type = ?", (form.values["event_type"],)
        ).fetchone()
        if taken is not None and (row is None or taken["id"] != row["id"]):
            form.refuse("event_type", "event schema with this event_type already exists.")
    if "properties" in form.values:
        form.values["properties"] = _checked_properties(form, form.values["properties"])
    columns = dict(form.check())
    if "properties" in columns:
        columns["properties"] = dump(columns["properties"])
    return columns


def _checked_properties(form: Form, items: list[Any]) -> list[dict[str, Any]]:
    """Properties as they are kept; complaints are noted on the form."""
    kept: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(items):
        complaint = _complaint(item)
        if complaint:
            form.refuse("properties", f"properties[{index}]{complaint}")
        elif item["name"] in kept:
            form.refuse("properties", f'properties[{index}].name: "{item["name"]}" is named twice.')
        else:
            kept[item["name"]] = {
                "name": item["name"],
                "type": item.get("type", "string"),
                "required": item.get("required", False),
            }
    return list(kept.values())


def _complaint(item: Any) -> str:
    if not isinstance(item, dict):
        return ": must be an object."
    name = item.get("name")
    if name is None:
        return f".name: {REQUIRED}"
    if not isinstance(name, str) or not name.strip() or "\0" in name or len(name) > 255:
        return ".name: Not a valid string."
    if item.get("type", "string") not in TYPES:
        return f'.type: "{item["type"]}" is not a valid choice.'
    if not isinstance(item.get("required", False), bool):
        return ".required: Must be a valid boolean."
    return ""


def _forget(workspace: Workspace, object_id: int) -> None:
    """Drop the log of event types that have no schema any more."""
    del object_id
    workspace.connection.execute(
        "DELETE FROM schema_errors WHERE event_type NOT IN (SELECT event_type FROM event_schemas)"
    )


OBJECTS = _Schemas("event_schemas", read=_read, show=_show, deleted=_forget)
