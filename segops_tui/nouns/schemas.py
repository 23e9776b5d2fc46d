"""How event schemas, their properties and a payload's faults look to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record, as_integer
from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, said
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
    """Events that were dropped; only some servers say."""
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
    empty="No schemas yet: every event is taken. Guess some: segops-tui schemas infer events.json",
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
        Column("required", "REQUIRED", _required, lambda v, _: said(v), max_width=30, priority=3),
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
            lambda v, _: said(v),
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
"""One row a property; `property_rows` makes them."""

FAULTS: Final[Noun[Record]] = Noun(
    name="fault",
    plural="faults",
    title="Faults",
    key=lambda row: row.raw.get("property"),
    label=lambda row: str(row.raw.get("property", "")),
    empty="The payload keeps to its schema.",
    columns=(
        Column(
            "property", "PROPERTY", lambda r: r.raw.get("property"), lambda v, _: f"✗ {said(v)}",
            lambda _row, _context: "bad",
        ),
        Column("error", "FAULT", lambda r: r.raw.get("error"), flex=True, min_width=12),
    ),
)  # fmt: skip


def property_rows(schemas: Iterable[Any]) -> list[Record]:
    """Every property of every schema, as one row each; what is no object is left out."""
    return [
        Record({"event_type": schema.get("event_type"), **item})
        for schema in schemas
        if isinstance(schema, Mapping)
        for item in _listed(schema.get("properties"))
        if isinstance(item, Mapping)
    ]


def example_payload(schema: EventSchema, *, now: datetime) -> dict[str, Any]:
    """A payload that keeps to a schema, to be changed by hand."""
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
"""What was learnt from events, not made yet."""


def property_words(schema: Mapping[str, Any]) -> str:
    """`total number, coupon string?`: the question mark is an optional one."""
    return ", ".join(
        f"{said(row.raw.get('name'))} {said(row.raw.get('type'))}"
        f"{'' if row.raw.get('required') else '?'}"
        for row in property_rows([schema])
    )


SCHEMA_ACTIONS: tuple[Action, ...] = (
    create_action("schemas", "schema"),
    edit_action("schemas", "schema"),
    Action(
        "schemas.infer",
        "Guess",
        "i",
        "pane",
        "schemas infer {file}",
        help="Guess schemas from a user's events or a file, and make the ones you choose.",
    ),
    Action(
        "schemas.validate",
        "Check",
        "V",
        "pane",
        "schemas validate {event} {fields}",
        help="Check a payload against its schema; nothing is stored.",
    ),
    delete_action(
        "schemas", help="Delete for good; events of the type are then taken as they come."
    ),
)
