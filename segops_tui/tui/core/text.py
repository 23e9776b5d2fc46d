"""Text from a server or a file, made safe to draw: one line or a block, cut to a width in cells.

Nothing here reads markup: a bracket in a name is a bracket on the screen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.style import Style

__all__ = [
    "block",
    "content",
    "crop",
    "fit",
    "fit_text",
    "one_line",
    "packed",
    "safe_text",
    "shorten",
    "text",
    "width",
]

ELLIPSIS = "…"
"""Stands for what was cut off."""

_BREAKS = re.compile("\r\n|[\t\n\v\f\r\x85\u2028\u2029]")

# C0 and C1 controls (an escape sequence loses its ESC and stays readable: "[31m"); marks that turn
# the direction of writing; characters that draw nothing, which terminals measure differently; and
# what joins or varies emoji: some terminals draw a family as one picture, some as its members, and
# only the members have a width that all of them (and Rich, which skips after a joiner) agree on.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
    "\u00ad\u034f\u115f\u1160\u180b-\u180f\u200b\u200d\u2060-\u2065\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)

# Four accents on a letter are a language; forty are vandalism that runs over the lines above.
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_PILED_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")

# Half a character, as JSON can carry it, cannot be written to a terminal at all.
_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(value: object) -> str:
    """Return a value as one line of harmless characters."""
    line = str(value)
    if line.isascii() and line.isprintable():
        return line
    return _harmless(_BREAKS.sub(" ", line))


def block(value: object) -> str:
    """Return a value as harmless lines: breaks stay, tabs become spaces."""
    return "\n".join(_harmless(line.replace("\t", "    ")) for line in str(value).splitlines())


def text(value: object, style: str | Style = "") -> Text:
    """Return a value as one line of Rich text."""
    return Text(one_line(value), style=style, no_wrap=True, end="")


def content(value: object, style: str = "") -> Content:
    """Return a value as one line of Textual content."""
    return Content.styled(one_line(value), style)


def safe_text(painted: Text) -> Text:
    """Return Rich text whose characters are harmless, its colours kept where they were."""
    plain = painted.plain
    if one_line(plain) == plain:
        return painted
    edges = {edge for span in painted.spans for edge in (span.start, span.end)}
    safe = Text(style=painted.style, no_wrap=True, end="")
    for piece in painted.divide(sorted(edges & set(range(1, len(plain))))):
        piece.plain = one_line(piece.plain)
        safe.append_text(piece)
    return safe


def width(line: str) -> int:
    """Return how many cells a line takes on a terminal."""
    return cell_len(line)


def crop(line: str, cells: int) -> str:
    """Return a line cut to so many cells, with an ellipsis where something is missing."""
    if cells <= 0:
        return ""
    # Five characters to a cell is a letter with all its accents; a line that long is not measured
    # to its end, which for a description of 10,000 characters took 3 ms.
    cut = line[: 5 * cells + 1]
    if len(cut) == len(line) and cell_len(line) <= cells:
        return line
    room = min(cells - 1, cell_len(cut))
    return set_cell_size(cut, room).rstrip() + ELLIPSIS


def shorten(lines: str, cells: int) -> str:
    """Return lines that take so many cells in all, the longest of them cut."""
    over = cell_len(lines) - cells
    if over <= 0:
        return lines
    longest = max(lines.split("\n"), key=cell_len)
    cut = lines.replace(longest, crop(longest, max(1, cell_len(longest) - over)), 1)
    return cut if cell_len(cut) <= cells else crop(cut, cells)


def fit(line: str, cells: int, align: Literal["left", "right"] = "left") -> str:
    """Return a line cut or padded to exactly so many cells."""
    cut = crop(line, cells)
    padding = " " * (cells - cell_len(cut))
    return padding + cut if align == "right" else cut + padding


def fit_text(painted: Text, cells: int, align: Literal["left", "right"] = "left") -> Text:
    """Return Rich text cut or padded to exactly so many cells."""
    cut = _crop_text(safe_text(painted), cells)
    padding = cells - cell_len(cut.plain)
    if padding and align == "right":
        return Text(" " * padding, end="") + cut
    if padding:
        return cut + Text(" " * padding, end="")
    return cut


def packed(items: Iterable[Content], cells: int, *, gap: int) -> list[Content]:
    """Return the items side by side in as many rows as they need; none is split across rows."""
    rows: list[list[Content]] = []
    used = 0
    for item in items:
        needed = item.cell_length
        if rows and used + gap + needed <= cells:
            rows[-1].append(item)
            used += gap + needed
        else:
            rows.append([item])
            used = needed
    return [Content(" " * gap).join(row) for row in rows]


def _crop_text(painted: Text, cells: int) -> Text:
    cropped = crop(painted.plain, cells)
    if cropped == painted.plain:
        return painted
    kept = painted[: max(0, len(cropped) - 1)]
    return kept + Text(ELLIPSIS if cropped else "", style=painted.style, end="")


def _harmless(line: str) -> str:
    line = _UNSEEN.sub("", line)
    return _SURROGATE.sub("\ufffd", _PILED_MARKS.sub(r"\1", line))


def key_hints(*keys: tuple[str, str]) -> Content:
    """The foot line of a dialog: each key in bold, followed by what it does."""
    return Content("  ").join(
        Content.assemble((key, "bold $primary"), f" {label}") for key, label in keys
    )
