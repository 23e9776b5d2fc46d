"""How event schemas, their properties and a payload's faults are shown, and typed as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record, as_integer
from segops_tui.nouns.action import Action, copy_action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, format_value
from segops_tui.nouns.marks import ticked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from segops_tui.api.resources.schemas import EventSchema


def _properties(schema: EventSchema) -> list[Mapping[str, Any]]:
    return [item for item in schema.properties if isinstance(item, Mapping)]


def _required(schema: EventSchema) -> list[str]:
    return [str(p.get("name", "")) for p in _properties(schema) if p.get("required")]


def _errors(schema: EventSchema) -> int | None:
    """Events that were dropped; only some servers report it."""
    return as_integer(schema.raw.get("error_count"))


def _errors_tone(schema: EventSchema, _context: Context) -> Tone:
    return "bad" if _errors(schema) else ""


def _errors_words(value: Any, _context: Context) -> str:
    return f"✗ {wording.count(value)}" if value else wording.count(value)


SCHEMAS: Final[Noun[EventSchema]] = Noun(
    name="schema",
    plural="schemas",
    title="Event schemas",
    key=lambda schema: schema.id,
    label=lambda schema: schema.event_type,
    empty="No schemas yet: every event is accepted. "
    "Guess some: segops-tui schemas infer events.json",
    columns=(
        Column("id", "ID", lambda s: s.id, align="right", min_width=2, priority=5),
        Column("event_type", "EVENT", lambda s: s.event_type, min_width=12),
        Column(
            "properties",
            "PROPERTIES",
            lambda s: len(_properties(s)),
            counted,
            align="right",
            priority=2,
        ),
        Column(
            "required",
            "REQUIRED",
            _required,
            max_width=30,
            priority=3,
        ),
        Column(
            "error_count",
            "DROPPED",
            _errors,
            _errors_words,
            _errors_tone,
            align="right",
            priority=1,
        ),
        Column(
            "description",
            "DESCRIPTION",
            lambda s: s.description,
            flex=True,
            max_width=60,
            priority=7,
        ),
        Column("updated_at", "UPDATED", lambda s: s.updated_at, aged, priority=8, wide_only=True),
    ),
)

PROPERTIES: Final[Noun[Record]] = Noun(
    name="property",
    plural="properties",
    title="Properties",
    key=lambda row: row.raw.get("name"),
    label=lambda row: str(row.raw.get("name", "")),
    empty="No property was found.",
    columns=(
        Column("event_type", "EVENT", lambda r: r.raw.get("event_type"), min_width=10),
        Column("name", "PROPERTY", lambda r: r.raw.get("name"), flex=True, min_width=10),
        Column("type", "TYPE", lambda r: r.raw.get("type"), min_width=6),
        Column("required", "REQUIRED", lambda r: bool(r.raw.get("required")), ticked),
    ),
)
"""One row for each property; made by `property_rows`."""

FAULTS: Final[Noun[Record]] = Noun(
    name="fault",
    plural="faults",
    title="Faults",
    key=lambda row: row.raw.get("property"),
    label=lambda row: str(row.raw.get("property", "")),
    empty="The payload matches its schema.",
    columns=(
        Column(
            "property", "PROPERTY", lambda r: r.raw.get("property"),
            lambda v, _: f"✗ {format_value(v)}",
            lambda _row, _context: "bad",
        ),
        Column("error", "FAULT", lambda r: r.raw.get("error"), flex=True, min_width=12),
    ),
)  # fmt: skip


def property_rows(schemas: Iterable[Any]) -> list[Record]:
    """A row for each property of each schema; anything but an object is skipped."""
    return [
        Record({"event_type": schema.get("event_type"), **item})
        for schema in schemas
        if isinstance(schema, Mapping)
        for item in _listed(schema.get("properties"))
        if isinstance(item, Mapping)
    ]


def example_payload(schema: EventSchema, *, now: datetime) -> dict[str, Any]:
    """A payload that matches a schema, to edit by hand."""
    values = {
        "number": 1,
        "boolean": True,
        "datetime": wording.iso(now),
        "array": [],
    }
    return {
        str(item.get("name", "")): values.get(str(item.get("type")), "text")
        for item in _properties(schema)
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


GUESSES: Final[Noun[Record]] = Noun(
    name="guess",
    plural="guesses",
    title="Guesses",
    key=lambda row: row.raw.get("event_type"),
    label=lambda row: str(row.raw.get("event_type", "")),
    empty="No schema could be guessed.",
    columns=(
        Column("event_type", "EVENT", lambda r: r.raw.get("event_type"), min_width=14),
        Column(
            "event_count", "SEEN", lambda r: as_integer(r.raw.get("event_count")), counted,
            align="right",
        ),
        Column(
            "properties", "PROPERTIES (? optional)", lambda r: property_words(r.raw),
            flex=True, min_width=20, max_width=200,
        ),
    ),
)  # fmt: skip
"""Schemas inferred from events, not created yet."""


def property_words(schema: Mapping[str, Any]) -> str:
    """`total number, coupon string?`: a question mark means optional."""
    return ", ".join(
        f"{format_value(row.raw.get('name'))} {format_value(row.raw.get('type'))}"
        f"{'' if row.raw.get('required') else '?'}"
        for row in property_rows([schema])
    )


CREATE: Final = create_action("schemas", "schema")
EDIT: Final = edit_action("schemas", "schema")
INFER: Final = Action(
    "schemas.infer",
    "Guess",
    "i",
    "pane",
    "schemas infer {file}",
    help="Guess schemas from a user's events or a file, and create the ones you choose.",
)
VALIDATE: Final = Action(
    "schemas.validate",
    "Check",
    "V",
    "pane",
    "schemas validate {event} {fields}",
    help="Check a payload against its schema; nothing is stored.",
)
DELETE: Final = delete_action(
    "schemas", help="Delete for good; events of the type are then accepted unchecked."
)
COPY_TO: Final = copy_action("schemas")

SCHEMA_ACTIONS: Final[tuple[Action, ...]] = (CREATE, EDIT, INFER, VALIDATE, DELETE, COPY_TO)

TYPES: Final = ("string", "number", "boolean", "datetime", "array")
"""The types of a property (contract §5)."""
_REQUIRED: Final = {"required": True, "optional": False}
MOST_FAULTS: Final = 5


def property_lines(properties: Any) -> str:
    """Write properties as lines: `total: number required`."""
    listed = properties if isinstance(properties, list) else []
    return "\n".join(_line(item) for item in listed if isinstance(item, Mapping))


def can_be_lines(properties: Any) -> bool:
    """Whether lines hold everything: a server may have more fields of a property."""
    read, faults = read_properties(property_lines(properties))
    return not faults and read == (properties or [])


def read_properties(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Read the properties, and the faults, each with its line number.

    A type left out is `string`; a property is optional unless it says `required`.
    """
    found: dict[str, dict[str, Any]] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        item, fault = _read_line(line)
        if not fault and item["name"] in found:
            fault = f"“{item['name']}” is listed twice."
        if fault:
            faults.append(f"Line {number}: {fault}")
        else:
            found[item["name"]] = item
    return list(found.values()), faults


def fault_lines(faults: list[str]) -> str:
    """The first few faults, one on each line."""
    more = len(faults) - MOST_FAULTS
    shown = faults[:MOST_FAULTS] + ([f"… and {more:,} more."] if more > 0 else [])
    return "\n".join(shown)


def _read_line(line: str) -> tuple[dict[str, Any], str]:
    # The last colon: a name may have one itself.
    name, colon, rest = line.rpartition(":")
    if not colon:
        name, rest = rest, ""
    words = rest.split()
    needed = [word for word in words if word in _REQUIRED]
    types = [word for word in words if word not in _REQUIRED]
    item = {
        "name": name.strip(),
        "type": types[0] if types else "string",
        "required": bool(needed) and _REQUIRED[needed[0]],
    }
    return item, _line_fault(item, types, needed)


def _line_fault(item: dict[str, Any], types: list[str], needed: list[str]) -> str:
    if not item["name"]:
        return "enter a name before the colon."
    if len(types) > 1:
        return f"enter one type, then “required” or nothing, not “{' '.join(types)}”."
    if item["type"] not in TYPES:
        return f"“{item['type']}” is not a type: {', '.join(TYPES[:-1])} or {TYPES[-1]}."
    if len(needed) > 1:
        return f"“{needed[0]}” or “{needed[1]}”, not both."
    return ""


def _line(item: Mapping[str, Any]) -> str:
    needed = " required" if item.get("required") else ""
    return f"{item.get('name', '')}: {item.get('type', 'string')}{needed}"
