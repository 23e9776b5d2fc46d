"""What an event schema demands of a payload, and which schema samples suggest (contract §5).

Knows payloads and properties; knows no table and no request.

A required property must be there and not be null. A value of another type is read as the wanted
one where that loses nothing (`"3"` is a number, `1` is true, 5 is the text `5`); where it cannot
be, the payload breaks the schema. Properties the schema does not name are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import instant_of, number_of, text_of, truth_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
