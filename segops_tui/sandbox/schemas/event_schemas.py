"""Event schemas: what the payload of an event type must have (contract §5).

Knows their fields and the log of events they turned away; what a payload must satisfy is
`sandbox.event_schemas`'s. `error_count` and `last_error` of a schema are this sandbox's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import instant_of, number_of, text_of, truth_of
from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.paging import listed
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

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

    def row(self, context: SandboxContext, object_id: int) -> sqlite3.Row:
        """One schema with its log.

        Raises:
            ApiRefusal: 404, there is none.
        """
        super().row(context, object_id)
        row: sqlite3.Row = context.connection.execute(
            f"SELECT * FROM {_TABLE} WHERE id = ?", (object_id,)
        ).fetchone()
        return row

    def list(self, context: SandboxContext, call: Call) -> Answer:
        """One page of them, ascending by id."""
        return listed(context.connection, call, table=_TABLE, show=self.show)


def infer(_context: SandboxContext, call: Call) -> Answer:
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


def validate(context: SandboxContext, call: Call) -> Answer:
    """Check a payload; an event type without a schema takes any."""
    form = Form(call.json(), intent="create")
    form.text("event_type", required=True, opaque=True)
    form.mapping("payload")
    values = form.check()
    properties = properties_of(context, values["event_type"]) or []
    _, breaches = checked(values["payload"], properties)
    found = {
        "valid": not breaches,
        "errors": [breach.wire() for breach in breaches],
        "event_type": values["event_type"],
    }
    return answer(found)


def properties_of(context: SandboxContext, event_type: str) -> list[dict[str, Any]] | None:
    """What the schema of an event type lists, or None where it has none."""
    row = context.connection.execute(
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


def _read(form: Form, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("event_type", required=True, opaque=True)
    form.text("description", longest=10_000)
    form.array("properties", required=True)
    if "event_type" in form.values:
        taken = context.connection.execute(
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


def _forget(context: SandboxContext, object_id: int) -> None:
    """Drop the log of event types that have no schema any more."""
    del object_id
    context.connection.execute(
        "DELETE FROM schema_errors WHERE event_type NOT IN (SELECT event_type FROM event_schemas)"
    )


OBJECTS = _Schemas("event_schemas", read=_read, show=_show, deleted=_forget)


TYPES: Final = ("string", "number", "boolean", "datetime", "array")

_MISSING: Final = "This property is required."


@dataclass(frozen=True, slots=True)
class Breach:
    """One property that breaks a schema."""

    property: str
    error: str

    def wire(self) -> dict[str, str]:
        """The breach as it is sent."""
        return {"property": self.property, "error": self.error}


def checked(
    payload: Mapping[str, Any], properties: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, Any], list[Breach]]:
    """A payload with its values read as the schema wants them, and what breaks the schema."""
    read, breaches = dict(payload), list[Breach]()
    for wanted in properties:
        name = wanted["name"]
        if payload.get(name) is None:
            if wanted["required"]:
                breaches.append(Breach(name, _MISSING))
            continue
        value = _READERS[wanted["type"]](payload[name])
        if value is None:
            article = "an" if wanted["type"] == "array" else "a"
            breaches.append(Breach(name, f"Not {article} {wanted['type']}."))
        else:
            read[name] = value
    return read, breaches


def inferred(events: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The schemas that samples of (event type, payload) suggest, in order of appearance.

    A property in every sample of its type is required; one of several types is a string. Null
    says nothing, and an object has no type a schema could name, so neither is listed.
    """
    samples: dict[str, list[Mapping[str, Any]]] = {}
    for event_type, payload in events:
        samples.setdefault(event_type, []).append(payload)
    return [
        {
            "event_type": event_type,
            "properties": _properties(payloads),
            "event_count": len(payloads),
        }
        for event_type, payloads in samples.items()
    ]


def _properties(payloads: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, list[str]] = {}
    for payload in payloads:
        for name, value in payload.items():
            if value is not None:
                seen.setdefault(name, []).append(_type_of(value))
    return [
        {
            "name": name,
            "type": types[0] if len(set(types)) == 1 else "string",
            "required": len(types) == len(payloads),
        }
        for name, types in seen.items()
        if "object" not in types
    ]


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        return "string" if instant_of(value) is None else "datetime"
    return "object"


def _datetime(value: object) -> object:
    return None if instant_of(value) is None else value


def _array(value: object) -> object:
    return value if isinstance(value, list) else None


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "string": text_of,
    "number": number_of,
    "boolean": truth_of,
    "datetime": _datetime,
    "array": _array,
}
