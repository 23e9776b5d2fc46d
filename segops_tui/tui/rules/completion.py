"""What can be written at a place of a rule: keys, condition types, operators, names of the shop.

Knows the tables of the DSL and a vocabulary; a server is asked by whoever filled it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import VALUE_TYPE_OPERATORS, condition_types
from segops_tui.api.operators import OPERATORS
from segops_tui.tui.rules.draft import LONGEST, written
from segops_tui.tui.rules.json_positions import places_in
from segops_tui.tui.rules.templates import IDENTIFIED, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from segops_tui.api.condition_types import ConditionType, Kind
    from segops_tui.tui.rules.json_positions import Path, Places, Span, Spot
    from segops_tui.tui.rules.templates import Vocabulary

DAYS: Final = ("1", "7", "14", "30", "90", "365")
"""Windows people use; any number can be typed."""
_KEYS: Final = {"logic": "AND or OR", "conditions": "the list of what must hold"}
_LOGICS: Final = {"AND": "every condition holds", "OR": "at least one holds"}
_INSIDE: Final = {"in": "is in that segment", "not_in": "is not in it"}
_FIXED: Final = {"sku": "the product's number", "name": "what it is called"}
"""What every product has beside its schema's attributes."""
_KINDS: Final[Mapping[str, str]] = {
    "text": "text",
    "number": "a number",
    "days": "a number of days",
    "operator": "how to compare",
    "operand": "what to compare with",
    "second": "the upper bound of between",
    "segment": "a segment's id",
    "events": "a list of event types, in order",
    "flag": "true or false",
    "word": "one of a few words",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be written."""

    label: str
    hint: str
    insert: str
    """What takes the place of what was typed."""
    goes_on: bool = False
    """Whether there is something to be chosen right behind it."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be written at an offset, and what it takes the place of."""

    span: Span
    listed: Sequence[Offer]


def offers_at(text: str, at: int, *, kind: Kind, vocabulary: Vocabulary) -> Offers | None:
    """What can be written at an offset; None where nothing is known."""
    if len(text) > LONGEST:
        return None
    places = places_in(text, at=at)
    spot = places.spot
    if spot is None or spot.part == "none":
        return None
    found = list(_Completion(places, spot, kind, vocabulary, text).offers())
    listed = _fitting(found, spot.typed)
    return Offers(spot.span, listed) if listed else None


class _Completion:
    """The offers at one spot."""

    def __init__(
        self, places: Places, spot: Spot, kind: Kind, vocabulary: Vocabulary, text: str
    ) -> None:
        self._places, self._spot, self._kind = places, spot, kind
        self._vocabulary, self._text = vocabulary, text

    def offers(self) -> Iterator[Offer]:
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

    def _keys(self, path: Path) -> Iterator[Offer]:
        if path == ():
            yield from self._missing(path, _KEYS)
        elif len(path) == 2 and path[0] == "conditions":
            entry = self._type_of(path)
            if entry is None:
                yield from self._missing(path, {"type": "which condition this is"})
                return
            hints = {
                name: _KINDS[field.kind] + ("" if field.required else ", may be left out")
                for name, field in entry.fields.items()
            }
            yield from self._missing(path, hints)

    def _missing(self, path: Path, hints: Mapping[str, str]) -> Iterator[Offer]:
        """The keys that are not there yet; what is being typed does not count as there."""
        end = self._spot.span.end
        has_colon = self._text[end : end + 20].lstrip().startswith(":")
        for name, hint in hints.items():
            there = self._places.keys.get((*path, name))
            if there is None or there == self._spot.span:
                insert = json.dumps(name) + ("" if has_colon else ": ")
                yield Offer(name, hint, insert, goes_on=not has_colon)

    def _conditions(self) -> Iterator[Offer]:
        for name, entry in condition_types(self._kind).items():
            block = written(template(name, self._kind, self._vocabulary))
            yield Offer(name, entry.summary, block.replace("\n", "\n    "))

    def _values(self, condition: Path, name: str) -> Iterator[Offer]:
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
        known: Mapping[str, Callable[[], Iterable[Offer]]] = {
            "operator": lambda: self._operators(condition, entry),
            "segment": self._segments,
            "days": lambda: (Offer(d, "day" if d == "1" else "days", d) for d in DAYS),
            "flag": lambda: (Offer(word, "", word) for word in ("false", "true")),
            "word": lambda: (_text(choice, "") for choice in field.choices),
        }
        yield from known.get(field.kind, tuple)()

    def _operators(self, condition: Path, entry: ConditionType) -> Iterator[Offer]:
        declared = self._says(condition, "value_type")
        offered = VALUE_TYPE_OPERATORS.get(declared) if isinstance(declared, str) else None
        for name in entry.operators:
            if offered is None or name in offered:
                hint = OPERATORS[name].words
                yield _text(name, _INSIDE.get(name, hint) if "segment_id" in entry.fields else hint)

    def _names(self, condition: Path, name: str, entry: ConditionType) -> Iterator[Offer]:
        """What a text field may name: events, their properties, attributes of products."""
        if name == "event_type":
            yield from self._events()
        elif entry.name == "product_attribute":
            fixed = {"sku": "the product's number", "name": "what it is called"}
            yield from (
                _text(*each) for each in (fixed | dict(self._vocabulary.attributes)).items()
            )
        else:
            is_trait = entry.name == "user_property"
            event = IDENTIFIED if is_trait else self._says(condition, "event_type")
            properties = self._vocabulary.properties(event)
            yield from (_text(*each) for each in properties.items())

    def _events(self) -> Iterator[Offer]:
        for name, properties in self._vocabulary.events.items():
            yield _text(name, ", ".join(properties))

    def _segments(self) -> Iterator[Offer]:
        for number, name in self._vocabulary.segments.items():
            # The product DSL wants the id as text (contract §13.5).
            insert = json.dumps(str(number)) if self._kind == "product" else str(number)
            yield Offer(str(number), name, insert)

    def _type_of(self, condition: Path) -> ConditionType | None:
        name = self._says(condition, "type")
        return condition_types(self._kind).get(name) if isinstance(name, str) else None

    def _says(self, condition: Path, name: str) -> Any:
        return self._places.scalars.get((*condition, name))


def _text(name: str, hint: str) -> Offer:
    return Offer(name, hint, json.dumps(name, ensure_ascii=False))


def _fitting(offers: Sequence[Offer], typed: str) -> list[Offer]:
    """Those that begin with what was typed, then those with it in them or at a word of the hint."""
    wanted = typed.casefold()
    if not wanted:
        return list(offers)
    first = [offer for offer in offers if offer.label.casefold().startswith(wanted)]
    within = [
        offer
        for offer in offers
        if offer not in first
        and (
            wanted in offer.label.casefold()
            or any(word.startswith(wanted) for word in offer.hint.casefold().split())
        )
    ]
    return [*first, *within]
