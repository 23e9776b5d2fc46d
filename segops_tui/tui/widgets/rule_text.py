"""A rule as JSON to be written: its tokens coloured, what is wrong underlined where it stands.

Knows tokens and places; whether a rule is sound is told to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.widgets import TextArea

from segops_tui.tui.json_places import TOKEN, line_and_column, offset_of
from segops_tui.tui.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from segops_tui.tui.rule_draft import Complaint

LONGEST_LINE: Final = 4_000
"""Characters of a line that are coloured."""
STEP: Final = 2
"""Spaces a level is moved in by."""

_WORDS: Final = frozenset({"true", "false", "null"})
_UNUSUAL: Final = re.compile(r"[^\x20-\x7e\t]")


class RuleText(TextArea):
    """The text of a rule."""

    DEFAULT_CSS = """
    RuleText {
        border: none; padding: 0; background: $background;
        &:focus { border: none; }
        & .text-area--gutter { color: $text-disabled; }
        & .text-area--cursor-gutter { color: $text-muted; background: $panel; text-style: none; }
        & .text-area--cursor-line { background: $panel; }
        & .rule-text--key { color: $primary; }
        & .rule-text--string { color: $success; }
        & .rule-text--number { color: $warning; }
        & .rule-text--word { color: $accent; }
        & .rule-text--mark { color: $text-muted; }
        & .rule-text--fault { color: $error; text-style: underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rule-text--key",
        "rule-text--string",
        "rule-text--number",
        "rule-text--word",
        "rule-text--mark",
        "rule-text--fault",
    }

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(
            text, id=id, tab_behavior="focus", show_line_numbers=True, soft_wrap=True, compact=True
        )
        self.indent_width = STEP
        self._complaints: Sequence[Complaint] = ()

    @property
    def complaints(self) -> Sequence[Complaint]:
        """What is underlined."""
        return self._complaints

    @complaints.setter
    def complaints(self, complaints: Sequence[Complaint]) -> None:
        if complaints != self._complaints:
            self._complaints = complaints
            # Lines are kept as they were drawn; this is the way to have them drawn anew.
            self.notify_style_update()
            self.refresh()

    @property
    def offset_of_cursor(self) -> int:
        """Where the cursor is, as an offset into the text."""
        return offset_of(self.text, *self.cursor_location)

    def put(self, text: str, start: int, end: int) -> None:
        """Replace from one offset to another, and stand behind what was put there."""
        old = self.text
        first, last = line_and_column(old, start), line_and_column(old, end)
        self.replace(text, first, last, maintain_selection_offset=False)

    def go_to(self, start: int, end: int | None = None) -> None:
        """Put the cursor at an offset, or choose what is between two."""
        self.move_cursor(line_and_column(self.text, start))
        if end is not None:
            self.move_cursor(line_and_column(self.text, end), select=True)

    def get_line(self, line_index: int) -> Text:
        """A line with its tokens coloured and its faults underlined."""
        words = self.document.get_line(line_index)
        line = Text(_shown(words), end="", no_wrap=True)
        for match in TOKEN.finditer(words[:LONGEST_LINE]):
            style = self.get_component_rich_style(_class_of(match, words), partial=True)
            line.stylize(style, match.start(), match.end())
        for complaint in self._complaints:
            if complaint.line == line_index + 1:
                start = complaint.column - 1
                style = self.get_component_rich_style("rule-text--fault", partial=True)
                length = max(1, complaint.end - complaint.start)
                line.stylize(style, start, min(start + length, len(words)) or 1)
        return line

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter" and not self.read_only:
            event.stop()
            event.prevent_default()
            self._break_line()
            return
        await super()._on_key(event)

    def _break_line(self) -> None:
        """Begin a line as far in as this one, further in after a bracket that opens."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        before, after = line[:column].rstrip(), line[column:].lstrip()
        indent = " " * (len(line) - len(line.lstrip(" ")))
        start, end = self.selection
        if not before.endswith(("{", "[")):
            self.replace("\n" + indent, start, end, maintain_selection_offset=False)
            return
        deeper = "\n" + indent + " " * STEP
        closes = after.startswith(("}", "]"))
        self.replace(
            deeper + ("\n" + indent if closes else ""), start, end, maintain_selection_offset=False
        )
        if closes:
            self.move_cursor((row + 1, len(deeper) - 1))


def _class_of(match: re.Match[str], line: str) -> str:
    if match.lastgroup == "mark":
        return "rule-text--mark"
    if match.lastgroup == "string":
        follows = line[match.end() :].lstrip()
        return "rule-text--key" if follows.startswith(":") else "rule-text--string"
    return "rule-text--word" if match[0] in _WORDS else "rule-text--number"


def _shown(line: str) -> str:
    """The line, what cannot be drawn being one sign each, so that columns stay true."""
    if line.isascii() and line.isprintable():
        return line
    return _UNUSUAL.sub(lambda match: match[0] if one_line(match[0]) == match[0] else "·", line)
