"""The properties of an event schema as lines to write: `total: number required`.

Knows names and types; knows no form and no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TYPES: Final = ("string", "number", "boolean", "datetime", "array")
"""What a property may be (contract §5)."""
_NEEDED: Final = {"required": True, "optional": False}
MOST_FAULTS: Final = 5


def property_lines(properties: Any) -> str:
    """Properties, one a line."""
    listed = properties if isinstance(properties, list) else []
    return "\n".join(_line(item) for item in listed if isinstance(item, Mapping))


def can_be_lines(properties: Any) -> bool:
    """Whether lines say everything there is: a server may know more of a property than we do."""
    read, faults = read_properties(property_lines(properties))
    return not faults and read == (properties or [])


def read_properties(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What lines mean, and what is against them, each with its line.

    A type left out is `string`; a property is optional unless it says `required`.
    """
    found: dict[str, dict[str, Any]] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        item, fault = _read(line)
        if not fault and item["name"] in found:
            fault = f"“{item['name']}” is there twice."
        if fault:
            faults.append(f"Line {number}: {fault}")
        else:
            found[item["name"]] = item
    return list(found.values()), faults


def faults_told(faults: list[str]) -> str:
    """The first few faults, one a line."""
    more = len(faults) - MOST_FAULTS
    told = faults[:MOST_FAULTS] + ([f"… and {more:,} more."] if more > 0 else [])
    return "\n".join(told)


def _read(line: str) -> tuple[dict[str, Any], str]:
    # The last colon: a name may have one itself.
    name, colon, rest = line.rpartition(":")
    if not colon:
        name, rest = rest, ""
    words = rest.split()
    needed = [word for word in words if word in _NEEDED]
    types = [word for word in words if word not in _NEEDED]
    item = {
        "name": name.strip(),
        "type": types[0] if types else "string",
        "required": bool(needed) and _NEEDED[needed[0]],
    }
    return item, _fault(item, types, needed)


def _fault(item: dict[str, Any], types: list[str], needed: list[str]) -> str:
    if not item["name"]:
        return "a name is needed before the colon."
    if len(types) > 1:
        return f"one type, and “required” or nothing: “{' '.join(types)}” is too much."
    if item["type"] not in TYPES:
        return f"“{item['type']}” is no type: {', '.join(TYPES[:-1])} or {TYPES[-1]}."
    if len(needed) > 1:
        return f"“{needed[0]}” or “{needed[1]}”, not both."
    return ""


def _line(item: Mapping[str, Any]) -> str:
    needed = " required" if item.get("required") else ""
    return f"{item.get('name', '')}: {item.get('type', 'string')}{needed}"
