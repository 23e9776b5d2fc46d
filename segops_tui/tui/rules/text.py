"""A rule as JSON to be written: coloured, what is wrong underlined, what can be written offered.

Knows tokens and places; whether a rule is sound, and what may stand where, is told to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.events import Paste
from textual.widgets import TextArea

from segops_tui.tui.core.text import one_line
from segops_tui.tui.rules.draft import laid_out, too_much
from segops_tui.tui.rules.json_positions import TOKEN, line_and_column, offset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual import events

    from segops_tui.tui.rules.completion import Offer, Offers
    from segops_tui.tui.rules.draft import Complaint
    from segops_tui.tui.rules.suggestions import Suggestions

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
        border: none; padding: 0; background: $background; scrollbar-size-vertical: 1;
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

    def __init__(
        self,
        text: str,
        suggestions: Suggestions,
        offers_at: Callable[[str, int], Offers | None],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(
            text, id=id, tab_behavior="focus", show_line_numbers=True, soft_wrap=True, compact=True
        )
        self.indent_width = STEP
        self._complaints: Sequence[Complaint] = ()
        self._suggestions, self._offers_at = suggestions, offers_at
        self._offered: Offers | None = None

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

    def get_component_rich_style(
        self, *names: str, partial: bool = False, default: Style | None = None
    ) -> Style:
        """A part's style; the line of the cursor has a background and keeps its colours."""
        keeps = names == ("text-area--cursor-line",)
        return super().get_component_rich_style(*names, partial=partial or keeps, default=default)

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

    def suggest(self, *, asked: bool = True) -> None:
        """Offer what can be written here; unless `asked` for, only to who has begun to write it."""
        text, at = self.text, self.offset_of_cursor
        if asked and not self.selection.is_empty:
            # What is chosen shall go, so it narrows nothing.
            at = offset_of(text, *min(self.selection))
        self._offered = offers = self._offers_at(text, at)
        if offers is None:
            self._suggestions.hide()
            return
        typed = text[offers.span.start : at]
        bare = typed.strip('"')
        # A number is its own word: enter behind it begins a line, and takes nothing longer.
        is_begun = bool(typed) and not bare.isdigit() and offers.listed[0].label != bare
        if asked or is_begun:
            self._suggestions.show(offers.listed, self.cursor_screen_offset, back=len(typed))
        else:
            self._suggestions.hide()

    def take(self, offer: Offer) -> None:
        """Write what was offered, and go on where there is more to be chosen."""
        offers = self._offered
        self._suggestions.hide()
        if offers is not None:
            self.put(offer.insert, offers.span.start, offers.span.end)
            if offer.goes_on:
                self.call_after_refresh(self.suggest)

    def on_text_area_selection_changed(self) -> None:
        """The offers follow the cursor."""
        if self._suggestions.display:
            self.call_after_refresh(self.suggest, asked=False)

    def on_blur(self) -> None:
        """Who is elsewhere writes nothing here."""
        self._suggestions.hide()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = laid_out(event.text)
        reason = too_much(text)
        if reason:
            self.notify(reason, title="Not pasted", severity="warning", markup=False)
        else:
            await super()._on_paste(Paste(text))

    async def _on_key(self, event: events.Key) -> None:
        if self._chooses(event.key) or (event.key == "enter" and self._break_line()):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)
        if event.is_printable:
            self.call_after_refresh(self.suggest, asked=False)

    def _chooses(self, key: str) -> bool:
        """Whether a key is for what is offered, and has been heeded."""
        offer = self._suggestions.current
        if offer is None:
            return False
        match key:
            case "down":
                self._suggestions.move(1)
            case "up":
                self._suggestions.move(-1)
            case "tab" | "enter":
                self.take(offer)
            case "escape":
                self._suggestions.hide()
            case _:
                return False
        return True

    def _break_line(self) -> bool:
        """Begin a line as far in as this one, further in after a bracket that opens."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        before, after = line[:column].rstrip(), line[column:].lstrip()
        indent = " " * (len(line) - len(line.lstrip(" ")))
        opens = before.endswith(("{", "["))
        closes = opens and after.startswith(("}", "]"))
        deeper = "\n" + indent + (" " * STEP if opens else "")
        below = "\n" + indent if closes else ""
        self.replace(deeper + below, *self.selection, maintain_selection_offset=False)
        if closes:
            self.move_cursor((row + 1, len(deeper) - 1))
        return True


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
