"""Event schemas: what a payload must contain, checked, inferred from samples, and stored (§5).

A required property must be present and not null. A value of another type is converted if nothing
is lost (`"3"` is a number, `1` is true, 5 is the text `5`), else it breaks the schema. Properties
that the schema does not name are ignored. `error_count` and `last_error` exist only here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import instant_of, number_of, text_of, truth_of
from segops_tui.sandbox.core.body_fields import BodyForm, declared_field_error
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

_VIEW = """
(SELECT event_schemas.*,
  (SELECT count(*) FROM schema_errors AS e WHERE e.event_type = event_schemas.event_type)
    AS error_count,
  (SELECT errors FROM schema_errors AS e WHERE e.event_type = event_schemas.event_type
   ORDER BY id DESC LIMIT 1) AS last_errors
 FROM event_schemas)
"""


def infer(_context: SandboxContext, call: Call) -> Answer:
    """Infer schemas from sample events."""
    form = BodyForm(call.json(), intent="create")
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
    return answer({"schemas": infer_schemas(samples)})


def validate(context: SandboxContext, call: Call) -> Answer:
    """Check a payload; an event type without a schema accepts any."""
    form = BodyForm(call.json(), intent="create")
    form.text("event_type", required=True, opaque=True)
    form.mapping("payload")
    values = form.check()
    properties = properties_of(context, values["event_type"]) or []
    _, breaches = check_payload(values["payload"], properties)
    found = {
        "valid": not breaches,
        "errors": [breach.wire() for breach in breaches],
        "event_type": values["event_type"],
    }
    return answer(found)


def properties_of(context: SandboxContext, event_type: str) -> list[dict[str, Any]] | None:
    """The properties in the schema of an event type, or None without a schema."""
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


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
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


def _checked_properties(form: BodyForm, items: list[Any]) -> list[dict[str, Any]]:
    """The properties to store; errors are added to the form."""
    kept: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(items):
        error = declared_field_error(item, types=TYPES)
        if error:
            form.refuse("properties", f"properties[{index}]{error}")
        elif item["name"] in kept:
            form.refuse("properties", f'properties[{index}].name: "{item["name"]}" is named twice.')
        else:
            kept[item["name"]] = {
                "name": item["name"],
                "type": item.get("type", "string"),
                "required": item.get("required", False),
            }
    return list(kept.values())


def _delete_log(context: SandboxContext, object_id: int) -> None:
    """Delete the log of event types that no longer have a schema."""
    del object_id
    context.connection.execute(
        "DELETE FROM schema_errors WHERE event_type NOT IN (SELECT event_type FROM event_schemas)"
    )


OBJECTS: Final = Objects("event_schemas", view=_VIEW, read=_read, show=_show, deleted=_delete_log)


TYPES: Final = ("string", "number", "boolean", "datetime", "array")

_MISSING: Final = "This property is required."


@dataclass(frozen=True, slots=True)
class Breach:
    """One property that breaks a schema."""

    property: str
    error: str

    def wire(self) -> dict[str, str]:
        """The breach as sent."""
        return {"property": self.property, "error": self.error}


def check_payload(
    payload: Mapping[str, Any], properties: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, Any], list[Breach]]:
    """The payload with its values converted, and the properties that break the schema."""
    read, breaches = dict(payload), list[Breach]()
    for expected in properties:
        name = expected["name"]
        if payload.get(name) is None:
            if expected["required"]:
                breaches.append(Breach(name, _MISSING))
            continue
        value = _READERS[expected["type"]](payload[name])
        if value is None:
            article = "an" if expected["type"] == "array" else "a"
            breaches.append(Breach(name, f"Not {article} {expected['type']}."))
        else:
            read[name] = value
    return read, breaches


def infer_schemas(events: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Infer schemas from samples of (event type, payload), in order of appearance.

    A property in every sample of an event type is required; one with several types is a string.
    Nulls and objects are skipped: schemas have no type for them.
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
