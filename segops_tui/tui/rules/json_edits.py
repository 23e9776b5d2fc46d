"""Edits of a JSON text by path; everything beside the edited place stays as it was, byte for byte.

A text that was written by hand keeps its spacing, its spelling of numbers and its unknown fields.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from segops_tui.tui.rules.draft import format_definition
from segops_tui.tui.rules.json_positions import Span, find_positions

if TYPE_CHECKING:
    from segops_tui.tui.rules.json_positions import JsonPositions, Path

_INDENT: Final = "  "
_SPACE: Final = " \t\r\n"
_LAST_LINE: Final = re.compile(r"\n([ \t]*)\Z")


class EditRefused(Exception):
    """The text has no such place, or the edit would not give what was meant."""


def source_of(text: str, path: Path) -> str:
    """The text of a value, as it is written.

    Raises:
        EditRefused: there is none.
    """
    span = _span(find_positions(text), path)
    return text[span.start : span.end]


def set_value(text: str, path: Path, value: object) -> str:
    """Replace the value at a path.

    Raises:
        EditRefused: there is no such value.
    """
    positions = find_positions(text)
    span = _span(positions, path)
    return _spliced(text, span.start, span.end, _written(value, _indent_at(text, span.start)))


def set_field(text: str, path: Path, name: str, value: object) -> str:
    """Set a field of the object at a path; a new one comes last.

    Raises:
        EditRefused: there is no such object.
    """
    positions = find_positions(text)
    if (*path, name) in positions.values and (*path, name) in positions.keys:
        return set_value(text, (*path, name), value)
    around = _container(positions, path, "object")
    last = _before(text, around.end - 1)
    if last == around.start + 1:
        return _spliced(text, last, last, f"{json.dumps(name)}: {_written(value, '')}")
    first = _after(text, around.start + 1)
    gap = text[around.start + 1 : first]
    gap = gap if "\n" in gap else " "
    indent = _indent_of(gap)
    return _spliced(text, last, last, f",{gap}{json.dumps(name)}: {_written(value, indent)}")


def remove(text: str, path: Path) -> str:
    """Remove an item of an array or a field of an object, with its comma.

    Raises:
        EditRefused: there is none.
    """
    positions = find_positions(text)
    span = _span(positions, path)
    if not path:
        raise EditRefused("the whole text")
    if isinstance(path[-1], str):
        if path not in positions.keys:
            raise EditRefused(f"no field {path[-1]}")
        span = Span(positions.keys[path].start, span.end)
    after = _after(text, span.end)
    if text[after : after + 1] == ",":
        return _spliced(text, span.start, _after(text, after + 1), "")
    before = _before(text, span.start)
    if text[before - 1 : before] == ",":
        return _spliced(text, before - 1, span.end, "")
    return _spliced(text, before, after, "")


def insert_item(text: str, path: Path, at: int, value: object) -> str:
    """Insert an item into the array at a path, before the item that is there.

    Raises:
        EditRefused: there is no such array.
    """
    positions = find_positions(text)
    around = _container(positions, path, "array")
    count = item_count(positions, path)
    at = max(0, min(at, count))
    if not count:
        indent = _indent_at(text, around.start)
        inner = indent + _INDENT
        block = f"\n{inner}{_written(value, inner)}\n{indent}"
        return _spliced(text, around.start + 1, around.end - 1, block)
    neighbour = positions.values[(*path, min(at, count - 1))]
    before = _before(text, neighbour.start)
    gap = text[before : neighbour.start]
    block = _written(value, _indent_of(gap))
    if at < count:
        return _spliced(text, neighbour.start, neighbour.start, f"{block},{gap or ' '}")
    return _spliced(text, neighbour.end, neighbour.end, f",{gap or ' '}{block}")


def swap_items(text: str, path: Path, first: int, second: int) -> str:
    """Swap two items of an array.

    Raises:
        EditRefused: there are no such items.
    """
    if first == second:
        return text
    positions = find_positions(text)
    low, high = sorted((_span(positions, (*path, n)) for n in (first, second)), key=_start)
    parts = (
        text[: low.start],
        text[high.start : high.end],
        text[low.end : high.start],
        text[low.start : low.end],
        text[high.end :],
    )
    return "".join(parts)


def dissolve(text: str, path: Path, name: str) -> str:
    """Replace an item of an array by the items of its own array `name`; its other fields go.

    Raises:
        EditRefused: there are none.
    """
    if not path or not isinstance(path[-1], int):
        raise EditRefused("It is no item of a list.")
    positions = find_positions(text)
    span, inner = _span(positions, path), _container(positions, (*path, name), "array")
    items = text[inner.start + 1 : inner.end - 1].strip(_SPACE)
    return _spliced(text, span.start, span.end, items) if items else remove(text, path)


def item_count(positions: JsonPositions, path: Path) -> int:
    """How many items the array at a path has."""
    count = 0
    while (*path, count) in positions.values:
        count += 1
    return count


def changed_span(before: str, after: str) -> tuple[int, int, str]:
    """Where two texts differ: start and end in the first, and what stands there in the second."""
    start = 0
    shortest = min(len(before), len(after))
    while start < shortest and before[start] == after[start]:
        start += 1
    end = 0
    while end < shortest - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return start, len(before) - end, after[start : len(after) - end]


def _span(positions: JsonPositions, path: Path) -> Span:
    span = positions.values.get(path)
    if span is None:
        raise EditRefused(f"nothing at {path}")
    return span


def _container(positions: JsonPositions, path: Path, kind: str) -> Span:
    if positions.kinds.get(path) != kind:
        raise EditRefused(f"no {kind} at {path}")
    return positions.values[path]


def _written(value: object, indent: str) -> str:
    """A value as JSON, its further lines indented."""
    return format_definition(value).replace("\n", f"\n{indent}")


def _spliced(text: str, start: int, end: int, put: str) -> str:
    return text[:start] + put + text[end:]


def _start(span: Span) -> int:
    return span.start


def _after(text: str, at: int) -> int:
    """The offset of the next character that is no space."""
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _before(text: str, at: int) -> int:
    """The offset behind the last character before that is no space."""
    while at > 0 and text[at - 1] in _SPACE:
        at -= 1
    return at


def _indent_of(gap: str) -> str:
    match = _LAST_LINE.search(gap)
    return match[1] if match else ""


def _indent_at(text: str, at: int) -> str:
    """The indentation of the line that an offset is in."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]
