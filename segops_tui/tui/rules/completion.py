"""Completions at an offset of a rule: keys, condition types, operators, the workspace's names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import VALUE_TYPE_OPERATORS, condition_types
from segops_tui.api.operators import OPERATORS
from segops_tui.tui.rules.draft import LONGEST, format_definition
from segops_tui.tui.rules.json_positions import find_positions
from segops_tui.tui.rules.templates import IDENTIFIED, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from segops_tui.api.condition_types import ConditionType, Kind
    from segops_tui.tui.rules.json_positions import JsonPositions, Path, Span, Spot
    from segops_tui.tui.rules.templates import Vocabulary

DAYS: Final = ("1", "7", "14", "30", "90", "365")
"""Common windows; any number can be typed."""
_KEYS: Final = {"logic": "AND or OR", "conditions": "the list of conditions"}
_LOGICS: Final = {"AND": "every condition holds", "OR": "at least one holds"}
_INSIDE: Final = {"in": "is in that segment", "not_in": "is not in it"}
_FIXED: Final = {"sku": "the product's number", "name": "the product's name"}
"""What every product has besides its schema's attributes."""
_KINDS: Final[Mapping[str, str]] = {
    "text": "text",
    "number": "a number",
    "days": "a number of days",
    "operator": "how to compare",
    "operand": "the value to compare with",
    "second": "the upper bound of between",
    "segment": "a segment's id",
    "events": "a list of event types, in order",
    "flag": "true or false",
    "word": "one of a few words",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that can be inserted."""

    label: str
    hint: str
    insert: str
    """The text that replaces the typed token."""
    continues: bool = False
    """Whether a value is to be completed right after it."""


@dataclass(frozen=True, slots=True)
class Completions:
    """The completions at an offset, and the span they replace."""

    span: Span
    items: Sequence[Completion]


def completions_at(text: str, at: int, *, kind: Kind, vocabulary: Vocabulary) -> Completions | None:
    """Find what can be inserted at an offset; None where nothing is known."""
    if len(text) > LONGEST:
        return None
    positions = find_positions(text, at=at)
    spot = positions.spot
    if spot is None or spot.part == "none":
        return None
    completer = _Completer(positions, spot, kind, vocabulary, text)
    items = _matching(list(completer.completions()), spot.typed)
    return Completions(spot.span, items) if items else None


class _Completer:
    """Finds the completions at one spot."""

    def __init__(
        self, positions: JsonPositions, spot: Spot, kind: Kind, vocabulary: Vocabulary, text: str
    ) -> None:
        self._positions, self._spot, self._kind = positions, spot, kind
        self._vocabulary, self._text = vocabulary, text

    def completions(self) -> Iterator[Completion]:
        path = self._spot.path
        if self._spot.part == "key":
            yield from self._keys(path)
            return
        match path:
            case ("logic",):
                yield from (_text(name, hint) for name, hint in _LOGICS.items())
            case ("conditions", int()):
                yield from self._conditions()
            case ("conditions", int(), str() as name):
                yield from self._values(path[:2], name)
            case ("conditions", int(), "events", int()):
                yield from self._events()

    def _keys(self, path: Path) -> Iterator[Completion]:
        if path == ():
            yield from self._missing(path, _KEYS)
        elif len(path) == 2 and path[0] == "conditions":
            entry = self._type_of(path)
            if entry is None:
                yield from self._missing(path, {"type": "the condition type"})
                return
            hints = {
                name: _KINDS[field.kind] + ("" if field.required else ", optional")
                for name, field in entry.fields.items()
            }
            yield from self._missing(path, hints)

    def _missing(self, path: Path, hints: Mapping[str, str]) -> Iterator[Completion]:
        """The keys that are missing; the one being typed counts as missing."""
        end = self._spot.span.end
        has_colon = self._text[end : end + 20].lstrip().startswith(":")
        for name, hint in hints.items():
            there = self._positions.keys.get((*path, name))
            if there is None or there == self._spot.span:
                insert = json.dumps(name) + ("" if has_colon else ": ")
                yield Completion(name, hint, insert, continues=not has_colon)

    def _conditions(self) -> Iterator[Completion]:
        follows = self._text[self._spot.span.end :].lstrip()[:1]
        end = "" if follows in ("", ",", "]") else ",\n"
        for name, entry in condition_types(self._kind).items():
            block = format_definition(template(name, self._kind, self._vocabulary)) + end
            yield Completion(name, entry.summary, block.replace("\n", "\n    "))

    def _values(self, condition: Path, name: str) -> Iterator[Completion]:
        entry = self._type_of(condition)
        if name == "type":
            for each in condition_types(self._kind).values():
                yield _text(each.name, each.summary)
            return
        field = None if entry is None else entry.fields.get(name)
        if entry is None or field is None:
            return
        if field.kind == "text":
            yield from self._names(condition, name, entry)
            return
        known: Mapping[str, Callable[[], Iterable[Completion]]] = {
            "operator": lambda: self._operators(condition, entry),
            "segment": self._segments,
            "days": lambda: (Completion(d, "day" if d == "1" else "days", d) for d in DAYS),
            "flag": lambda: (Completion(word, "", word) for word in ("false", "true")),
            "word": lambda: (_text(choice, "") for choice in field.choices),
        }
        yield from known.get(field.kind, tuple)()

    def _operators(self, condition: Path, entry: ConditionType) -> Iterator[Completion]:
        declared = self._scalar(condition, "value_type")
        allowed = VALUE_TYPE_OPERATORS.get(declared) if isinstance(declared, str) else None
        for name in entry.operators:
            if allowed is None or name in allowed:
                hint = OPERATORS[name].words
                yield _text(name, _INSIDE.get(name, hint) if "segment_id" in entry.fields else hint)

    def _names(self, condition: Path, name: str, entry: ConditionType) -> Iterator[Completion]:
        """The names a text field can hold: events, their properties, product attributes."""
        if name == "event_type":
            yield from self._events()
        elif entry.name == "product_attribute":
            attributes = dict(_FIXED) | dict(self._vocabulary.attributes)
            yield from (_text(*each) for each in attributes.items())
        else:
            is_trait = entry.name == "user_property"
            event = IDENTIFIED if is_trait else self._scalar(condition, "event_type")
            properties = self._vocabulary.properties(event)
            yield from (_text(*each) for each in properties.items())

    def _events(self) -> Iterator[Completion]:
        for name, properties in self._vocabulary.events.items():
            yield _text(name, ", ".join(properties))

    def _segments(self) -> Iterator[Completion]:
        for number, name in self._vocabulary.segments.items():
            # The product DSL has the id as a string (contract §13.5).
            insert = json.dumps(str(number)) if self._kind == "product" else str(number)
            yield Completion(str(number), name, insert)

    def _type_of(self, condition: Path) -> ConditionType | None:
        name = self._scalar(condition, "type")
        return condition_types(self._kind).get(name) if isinstance(name, str) else None

    def _scalar(self, condition: Path, name: str) -> Any:
        return self._positions.scalars.get((*condition, name))


def _text(name: str, hint: str) -> Completion:
    return Completion(name, hint, json.dumps(name, ensure_ascii=False))


def _matching(completions: Sequence[Completion], typed: str) -> list[Completion]:
    """Those whose label starts with what was typed, then those that contain it or hint at it."""
    prefix = typed.casefold()
    if not prefix:
        return list(completions)
    first = [each for each in completions if each.label.casefold().startswith(prefix)]
    within = [
        each
        for each in completions
        if each not in first
        and (
            prefix in each.label.casefold()
            or any(word.startswith(prefix) for word in each.hint.casefold().split())
        )
    ]
    return [*first, *within]
