"""A whole condition of each type, ready to be changed: for people who do not know the DSL by heart.

Knows the types and what a workspace calls its events; where in a text a condition goes, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import SIGNAL_EVENTS, condition_types
from segops_tui.tui.rules.draft import written
from segops_tui.tui.rules.json_positions import Span, places_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.api.condition_types import Kind

IDENTIFIED: Final = "context_identified"
"""The event whose payload is a user's traits (contract §13.4)."""
_BOUGHT: Final = "order_placed"
_LOOKED: Final = "product_viewed"
_INDENT: Final = " " * 4


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a workspace calls things."""

    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Event type to its properties and their types."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Product attributes and their types."""
    segments: Mapping[int, str] = field(default_factory=dict)
    """Segments of users by id."""

    def properties(self, event_type: object) -> Mapping[str, str]:
        """What the payload of an event holds."""
        return self.events.get(event_type, {}) if isinstance(event_type, str) else {}


@dataclass(frozen=True, slots=True)
class Insertion:
    """A text to put from one offset to another, and what of the result to choose then."""

    span: Span
    text: str
    chosen: Span


def template(name: str, kind: Kind, vocabulary: Vocabulary) -> dict[str, Any]:
    """A sound condition of this type, with the workspace's own words where it has some."""
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


def inserted(text: str, at: int, condition: Mapping[str, Any]) -> Insertion:
    """Where a condition goes: behind the one at an offset, else at the end, else into a new rule.

    Chosen is then the first value after its type, which most people want to change.
    """
    places = places_in(text)
    block = written(condition).replace("\n", "\n" + _INDENT)
    around = places.values.get(("conditions",))
    if places.kinds.get(("conditions",)) != "array" or around is None:
        if places.keys and places.kinds.get(()) == "object":
            return _into_object(text, places.values[()], block)
        whole = f'{{\n  "logic": "AND",\n  "conditions": [\n{_INDENT}{block}\n  ]\n}}'
        return _chosen(Span(0, len(text)), whole)
    items = [
        span for path, span in places.values.items() if len(path) == 2 and path[0] == "conditions"
    ]
    if not items:
        return _chosen(Span(around.start + 1, max(around.end - 1, around.start + 1)),
                       f"\n{_INDENT}{block}\n  ")  # fmt: skip
    items.sort(key=lambda span: span.start)
    behind = next((span for span in items if span.start <= at <= span.end), items[-1])
    return _chosen(Span(behind.end, behind.end), f",\n{_INDENT}{block}")


def _into_object(text: str, around: Span, block: str) -> Insertion:
    """Give an object that has no list of conditions one."""
    inside = text[around.start + 1 : around.end - 1].rstrip()
    at = around.start + 1 + len(inside)
    comma = "," if inside.strip() and not inside.endswith(",") else ""
    return _chosen(
        Span(at, max(at, around.end - 1)), f'{comma}\n  "conditions": [\n{_INDENT}{block}\n  ]\n'
    )


def _chosen(span: Span, text: str) -> Insertion:
    """Choose the value on the line below `"type"`, without its quotes."""
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


def _first(events: Mapping[str, Any], wanted: str) -> str:
    return wanted if wanted in events or not events else next(iter(events))


def _numeric(properties: Mapping[str, str]) -> str:
    return next((name for name, kind in properties.items() if kind in {"number", "price"}), "")
