"""A JSON object as names and values under each other, nested ones by the way to them.

Knows JSON; knows no event and no noun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from segops_tui import wording
from segops_tui.nouns.column import said

MOST: Final = 300
"""Lines of one object; a payload of a megabyte is looked at elsewhere."""
_SHORT: Final = 6
"""Plain values that are still one line: `red, green`."""
_DEEPEST: Final = 12


def payload_facts(payload: Mapping[str, Any], *, most: int = MOST) -> list[tuple[str, str]]:
    """Name and value of everything in it: `items[0].sku`, `A-1`."""
    facts = list(islice(_walked("", payload, 0), most + 1))
    if len(facts) > most:
        facts[most] = ("…", f"more than {wording.plural(most, 'value')}; copy the JSON to see all")
    return facts


def _walked(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value and depth < _DEEPEST:
        for key, item in value.items():
            yield from _walked(f"{name}.{key}" if name else str(key), item, depth + 1)
    elif isinstance(value, list) and not _is_short(value) and depth < _DEEPEST:
        for at, item in enumerate(value):
            yield from _walked(f"{name}[{at}]", item, depth + 1)
    else:
        yield name, _worded(value)


def _is_short(items: list[Any]) -> bool:
    return len(items) <= _SHORT and not any(isinstance(item, Mapping | list) for item in items)


def _worded(value: Any) -> str:
    """Nothing sent is not the same as an empty text, and neither is a dash."""
    if value is None:
        return "null"
    return "“”" if value == "" else said(value)
