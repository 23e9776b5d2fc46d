"""The fields of each noun, from the code's own declarations: what may be set, and what there is."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.namespaces import NAMESPACES
from segops_tui.api.record import Field
from segops_tui.sandbox.openapi.bodies import BODIES

if TYPE_CHECKING:
    from collections.abc import Mapping

NOUNS: Final = {
    "segment": "segments",
    "product segment": "product_segments",
    "product": "products",
    "schema": "schemas",
    "activation": "activations",
    "query": "queries",
    "competitor": "competitors",
    "page": "pages",
    "webhook": "webhooks",
}
"""Nouns whose objects can be written: their singular, and the client's namespace."""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a noun."""

    name: str
    type: str
    """In words: `text`, `number`, `one of daily, weekly`, `list of text`, `user rule`."""
    is_set: bool
    """Whether `create` and `update` take it."""
    is_required: bool
    """Whether `create` requires it."""


def fields_of(noun: str) -> list[FieldFacts]:
    """Every field of a noun: first those that can be set, then those the server sets."""
    body, record = _body(noun), _record(noun)
    wanted = body.get("required", ())
    found = [
        FieldFacts(name, in_words(schema), True, name in wanted)
        for name, schema in body["properties"].items()
    ]
    known = {field.name for field in found}
    return found + [
        FieldFacts(name, words, False, False) for name, words in record.items() if name not in known
    ]


def is_open(noun: str) -> bool:
    """Whether objects may have fields of the workspace's own, as products have."""
    return _body(noun).get("additionalProperties", True) is not False


def _body(noun: str) -> Mapping[str, Any]:
    return BODIES[f"POST /api{_resource(noun).address}"]


def _resource(noun: str) -> Any:
    space = NOUNS[noun]
    return getattr(import_module(f"segops_tui.api.resources.{space}"), NAMESPACES[space])


def _record(noun: str) -> dict[str, str]:
    """The fields that the record reads, with their types in words."""
    return {
        name: value.kind
        for kind in reversed(_resource(noun).record.__mro__)
        for name, value in vars(kind).items()
        if isinstance(value, Field)
    }


_TYPES: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "nothing",
}


def in_words(schema: Mapping[str, Any]) -> str:
    """A JSON Schema as a few words."""
    if "$ref" in schema:
        return _REFERENCES.get(schema["$ref"].rpartition("/")[2], "object")
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(in_words(each) for each in schema["anyOf"]))
    kind: Any = schema.get("type", "any value")
    if kind == "array":
        return f"list of {in_words(schema.get('items', {}))}"
    if isinstance(kind, list):
        return " or ".join(_TYPES.get(str(each), str(each)) for each in kind)
    if schema.get("format") == "date-time":
        return "time, ISO 8601"
    return _TYPES.get(str(kind), str(kind))


_REFERENCES: Final = {
    "UserRule": "rule of users",
    "ProductRule": "rule of products",
    "ProductField": "field",
    "EventProperty": "property",
}
