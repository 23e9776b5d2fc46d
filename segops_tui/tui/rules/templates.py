"""A ready-made condition of each type, using the names of the workspace's events and properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import SIGNAL_EVENTS, condition_types
from segops_tui.api.errors import SegOpsError
from segops_tui.tui.rules.draft import format_definition
from segops_tui.tui.rules.json_positions import Span, find_positions

if TYPE_CHECKING:
    from segops_tui.api.condition_types import Kind
    from segops_tui.client.aio import AsyncSegOpsAdmin

IDENTIFIED: Final = "context_identified"
"""The event whose payload is a user's traits (contract §13.4)."""
_BOUGHT: Final = "order_placed"
_LOOKED: Final = "product_viewed"
_INDENT: Final = " " * 4


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a workspace uses in its rules."""

    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Event type to its properties and their types."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Product attributes and their types."""
    segments: Mapping[int, str] = field(default_factory=dict)
    """Segments of users by id."""

    def properties(self, event_type: object) -> Mapping[str, str]:
        """The properties of an event and their types."""
        return self.events.get(event_type, {}) if isinstance(event_type, str) else {}


@dataclass(frozen=True, slots=True)
class Insertion:
    """A text to insert in place of a span, and what to select afterwards."""

    span: Span
    text: str
    selection: Span


async def fetch_vocabulary(client: AsyncSegOpsAdmin, kind: Kind) -> Vocabulary:
    """Fetch the names a rule of this kind can use; a listing that fails is left out."""
    return Vocabulary(
        events=await _events(client),
        attributes=await _attributes(client) if kind == "product" else {},
        segments=await _segments(client),
    )


def template(name: str, kind: Kind, vocabulary: Vocabulary) -> dict[str, Any]:
    """A valid condition of this type, with the workspace's own names where it has some."""
    event = _first(vocabulary.events, _BOUGHT)
    number = _numeric(vocabulary.properties(event)) or "total"
    segment = next(iter(vocabulary.segments), 1)
    trait = next(iter(vocabulary.properties(IDENTIFIED)), "country")
    templates: dict[str, dict[str, Any]] = {
        "event_count": {"event_type": event, "operator": "gte", "value": 1, "window_days": 30},
        "recency": {"event_type": event, "operator": "lt", "window_days": 30},
        "monetary": {
            "event_type": event,
            "property": number,
            "metric": "sum",
            "operator": "gte",
            "value": 100,
        },
        "event_property": {
            "event_type": event,
            "property": number,
            "operator": "gte",
            "value": 100,
        },
        "user_property": {"property": trait, "operator": "eq", "value": "…"},
        "event_sequence": {
            "events": [_first(vocabulary.events, _LOOKED), event],
            "window_days": 7,
            "strict": False,
        },
        "segment_membership": {"segment_id": segment, "operator": "in"},
        "product_attribute": {
            "property": next(iter(vocabulary.attributes), "name"),
            "operator": "is_set",
        },
        "user_behavior_signal": {
            "signal": "purchased_by_segment",
            "segment_id": str(segment),
            "event_type": _BOUGHT
            if _BOUGHT in vocabulary.events
            else SIGNAL_EVENTS["purchased_by_segment"],
            "product_id_property": "product_id",
        },
    }
    known = condition_types(kind)[name].fields
    return {
        "type": name,
        **{key: value for key, value in templates.get(name, {}).items() if key in known},
    }


def insert_condition(text: str, at: int, condition: Mapping[str, Any]) -> Insertion:
    """Insert a condition after the one at an offset, else at the end, else into a new rule.

    The first value after its type is selected, as most people change it first.
    """
    positions = find_positions(text)
    block = format_definition(condition).replace("\n", "\n" + _INDENT)
    around = positions.values.get(("conditions",))
    if positions.kinds.get(("conditions",)) != "array" or around is None:
        if positions.keys and positions.kinds.get(()) == "object":
            return _into_object(text, positions.values[()], block)
        rule = f'{{\n  "logic": "AND",\n  "conditions": [\n{_INDENT}{block}\n  ]\n}}'
        return _insertion(Span(0, len(text)), rule)
    items = [
        span
        for path, span in positions.values.items()
        if len(path) == 2 and path[0] == "conditions"
    ]
    if not items:
        return _insertion(Span(around.start + 1, max(around.end - 1, around.start + 1)),
                       f"\n{_INDENT}{block}\n  ")  # fmt: skip
    items.sort(key=lambda span: span.start)
    before = next((span for span in items if span.start <= at <= span.end), items[-1])
    return _insertion(Span(before.end, before.end), f",\n{_INDENT}{block}")


def _into_object(text: str, around: Span, block: str) -> Insertion:
    """Add a list of conditions to an object that has none."""
    inside = text[around.start + 1 : around.end - 1].rstrip()
    at = around.start + 1 + len(inside)
    comma = "," if inside.strip() and not inside.endswith(",") else ""
    return _insertion(
        Span(at, max(at, around.end - 1)), f'{comma}\n  "conditions": [\n{_INDENT}{block}\n  ]\n'
    )


def _insertion(span: Span, text: str) -> Insertion:
    """Select the value on the line below `"type"`, without its quotes."""
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines) if line.lstrip().startswith('"type":')), 0)
    if at + 1 < len(lines) and '": ' in lines[at + 1]:
        start = sum(len(line) + 1 for line in lines[: at + 1])
        name, _, value = lines[at + 1].partition('": ')
        bare = value.rstrip(",")
        quotes = 1 if bare.startswith('"') else 0
        first = start + len(name) + 3 + quotes
        last = first + max(0, len(bare) - 2 * quotes)
        return Insertion(span, text, Span(span.start + first, span.start + last))
    end = span.start + len(text)
    return Insertion(span, text, Span(end, end))


def _first(events: Mapping[str, Any], preferred: str) -> str:
    return preferred if preferred in events or not events else next(iter(events))


def _numeric(properties: Mapping[str, str]) -> str:
    return next((name for name, kind in properties.items() if kind in {"number", "price"}), "")


async def _events(client: AsyncSegOpsAdmin) -> dict[str, dict[str, str]]:
    try:
        schemas = [schema async for schema in client.schemas.list()]
    except SegOpsError:
        return {}
    return {
        schema.event_type: {
            str(item["name"]): str(item.get("type") or "")
            for item in schema.properties
            if isinstance(item, Mapping) and item.get("name")
        }
        for schema in schemas
        if schema.event_type
    }


async def _attributes(client: AsyncSegOpsAdmin) -> dict[str, str]:
    try:
        schema = await client.products.schema()
    except SegOpsError:
        return {}
    return {each.name: each.type for each in schema.fields if each.name}


async def _segments(client: AsyncSegOpsAdmin) -> dict[int, str]:
    try:
        return {segment.id: segment.name async for segment in client.segments.list()}
    except SegOpsError:
        return {}
