"""The text area for a rule: JSON with highlighting, underlined faults and completion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from pygments.token import Token
from rich.text import Text
from textual.content import Content
from textual.events import Paste
from textual.highlight import HighlightTheme, highlight
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import TextArea

from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, fit, one_line, width
from segops_tui.tui.rules.draft import reason_too_long, reflow_json
from segops_tui.tui.rules.json_positions import line_and_column, offset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.style import Style
    from textual import events
    from textual.geometry import Offset

    from segops_tui.tui.rules.completion import Completion, Completions
    from segops_tui.tui.rules.draft import LocatedFault

LONGEST_LINE: Final = 4_000
"""Characters of a line that are highlighted."""
INDENT: Final = 2
"""Spaces of indentation per level."""

POPUP_ROWS: Final = 8
"""Rows shown at once."""
POPUP_WIDTH: Final = 64
LABEL_WIDTH: Final = 26
_KEYS: Final = "↑↓ choose  tab accepts  esc closes"

_UNUSUAL: Final = re.compile(r"[^\x20-\x7e\t]")


class RuleHighlight(HighlightTheme):
    """Component classes instead of colours: `RuleText` looks their styles up."""

    STYLES = {  # noqa: RUF012
        Token.Error: "rule-text--unfinished",
        Token.Keyword: "rule-text--word",
        Token.Literal.Number: "rule-text--number",
        Token.Literal.String: "rule-text--string",
        Token.Name.Tag: "rule-text--key",
        Token.Punctuation: "rule-text--mark",
    }


class Suggestions(AutoSized, Widget):
    """The completions at the cursor, in a popup; the text area keeps the focus and the keys."""

    DEFAULT_CSS = """
    Suggestions {
        layer: popup; position: absolute; display: none; width: auto; height: auto;
        background: $panel; padding: 0 1; border: none;
    }
    """
    ALLOW_SELECT = False

    completions: reactive[Sequence[Completion]] = reactive((), layout=True)
    at: reactive[int] = reactive(0)

    class Accepted(Message):
        """A completion was clicked."""

        def __init__(self, completion: Completion) -> None:
            self.completion = completion
            super().__init__()

    @property
    def current(self) -> Completion | None:
        """The highlighted completion; None while the popup is closed."""
        return self.completions[self.at] if self.display and self.completions else None

    def show(self, completions: Sequence[Completion], cursor: Offset, *, back: int) -> None:
        """Open below the cursor, or above it where there is no room; `back` cells to its left.

        A completion that is still listed stays highlighted.
        """
        highlighted = self.current
        self.completions = completions
        self.at = next((n for n, each in enumerate(completions) if each == highlighted), 0)
        room = self.screen.size
        cells, rows = self._cells, min(POPUP_ROWS, len(completions)) + 1
        x = max(0, min(cursor.x - back - 1, room.width - cells - 2))
        below = cursor.y + 1
        y = below if below + rows <= room.height else max(0, cursor.y - rows)
        self.styles.offset = (x, y)
        self.styles.width, self.styles.height = cells + 2, rows
        self.display = True

    def hide(self) -> None:
        """Close."""
        self.display = False
        self.completions = ()

    def move(self, step: int) -> None:
        """Highlight the next or previous completion, wrapping around."""
        if self.completions:
            self.at = (self.at + step) % len(self.completions)

    def render(self) -> Content:
        """Draw the rows around the highlighted one."""
        cells, first = self._cells, self._first
        lines = []
        for number, each in enumerate(self.completions[first : first + POPUP_ROWS], start=first):
            label = fit(one_line(each.label), self._labels)
            hint = crop(one_line(each.hint), max(0, cells - self._labels - 2))
            line = Content.assemble(label, "  ", (hint, "" if number == self.at else "$text-muted"))
            line = line.pad_right(max(0, cells - line.cell_length))
            cursor = "$block-cursor-foreground on $block-cursor-background"
            lines.append(line.stylize(cursor) if number == self.at else line)
        more = (
            f"{self.at + 1} of {len(self.completions)}   "
            if len(self.completions) > POPUP_ROWS
            else ""
        )
        lines.append(Content.styled(crop(f"{more}{_KEYS}", cells), "$text-disabled"))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Accept the row."""
        event.stop()
        place = self._first + event.y
        if event.y < POPUP_ROWS and place < len(self.completions):
            self.post_message(self.Accepted(self.completions[place]))

    @property
    def _first(self) -> int:
        """The row at the top, which keeps the highlighted one in sight."""
        return max(0, min(self.at - POPUP_ROWS // 2, len(self.completions) - POPUP_ROWS))

    @property
    def _labels(self) -> int:
        return min(
            LABEL_WIDTH, max((width(one_line(each.label)) for each in self.completions), default=0)
        )

    @property
    def _cells(self) -> int:
        hints = max(
            (width(one_line(each.hint[:POPUP_WIDTH])) for each in self.completions), default=0
        )
        needed = max(len(_KEYS), self._labels + 2 + hints)
        return min(POPUP_WIDTH, needed, max(10, self.screen.size.width - 4))


class RuleText(TextArea):
    """The JSON of a rule."""

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
        completions_at: Callable[[str, int], Completions | None],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(
            text, id=id, tab_behavior="focus", show_line_numbers=True, soft_wrap=True, compact=True
        )
        self.indent_width = INDENT
        self._faults: Sequence[LocatedFault] = ()
        self._suggestions, self._completions_at = suggestions, completions_at
        self._completions: Completions | None = None

    @property
    def faults(self) -> Sequence[LocatedFault]:
        """What is underlined."""
        return self._faults

    @faults.setter
    def faults(self, faults: Sequence[LocatedFault]) -> None:
        if faults != self._faults:
            self._faults = faults
            # TextArea caches its lines; this clears the cache.
            self.notify_style_update()
            self.refresh()

    @property
    def offset_of_cursor(self) -> int:
        """The cursor as an offset into the text."""
        return offset_of(self.text, *self.cursor_location)

    def put(self, text: str, start: int, end: int) -> None:
        """Replace the text between two offsets and leave the cursor after it."""
        old = self.text
        first, last = line_and_column(old, start), line_and_column(old, end)
        self.replace(text, first, last, maintain_selection_offset=False)

    def go_to(self, start: int, end: int | None = None) -> None:
        """Move the cursor to an offset, or select the text between two."""
        self.move_cursor(line_and_column(self.text, start))
        if end is not None:
            self.move_cursor(line_and_column(self.text, end), select=True)

    def get_component_rich_style(
        self, *names: str, partial: bool = False, default: Style | None = None
    ) -> Style:
        """Let the cursor line set only a background, so that its tokens keep their colours."""
        is_cursor_line = names == ("text-area--cursor-line",)
        return super().get_component_rich_style(
            *names, partial=partial or is_cursor_line, default=default
        )

    def get_line(self, line_index: int) -> Text:
        """A line with syntax highlighting, and its faults underlined."""
        shown = _drawable(self.document.get_line(line_index))
        line = Text(shown, end="", no_wrap=True)
        for name, start, end in highlighted_tokens(shown[:LONGEST_LINE]):
            line.stylize(self.get_component_rich_style(name, partial=True), start, end)
        for fault in self._faults:
            if fault.line == line_index + 1:
                start = fault.column - 1
                style = self.get_component_rich_style("rule-text--fault", partial=True)
                length = max(1, fault.end - fault.start)
                line.stylize(style, start, min(start + length, len(shown)) or 1)
        return line

    def suggest(self, *, requested: bool = True) -> None:
        """Show completions at the cursor; unless requested, only for a token that is begun."""
        text, at = self.text, self.offset_of_cursor
        if requested and not self.selection.is_empty:
            # The selection will be replaced, so it does not filter the completions.
            at = offset_of(text, *min(self.selection))
        self._completions = found = self._completions_at(text, at)
        if found is None:
            self._suggestions.hide()
            return
        typed = text[found.span.start : at]
        bare = typed.strip('"')
        # A number is complete as it is: enter after it starts a line and accepts nothing longer.
        is_begun = bool(typed) and not bare.isdigit() and found.items[0].label != bare
        if requested or is_begun:
            self._suggestions.show(found.items, self.cursor_screen_offset, back=len(typed))
        else:
            self._suggestions.hide()

    def accept(self, completion: Completion) -> None:
        """Insert a completion, then suggest its value where it is a key."""
        found = self._completions
        self._suggestions.hide()
        if found is not None:
            self.put(completion.insert, found.span.start, found.span.end)
            if completion.continues:
                self.call_after_refresh(self.suggest)

    def on_text_area_selection_changed(self) -> None:
        """Let the popup follow the cursor."""
        if self._suggestions.display:
            self.call_after_refresh(self.suggest, requested=False)

    def on_blur(self) -> None:
        """Close the popup."""
        self._suggestions.hide()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = reflow_json(event.text)
        reason = reason_too_long(text)
        if reason:
            self.notify(reason, title="Not pasted", severity="warning", markup=False)
        else:
            await super()._on_paste(Paste(text))

    async def _on_key(self, event: events.Key) -> None:
        if self._handled_by_popup(event.key) or (event.key == "enter" and self._break_line()):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)
        if event.is_printable:
            self.call_after_refresh(self.suggest, requested=False)

    def _handled_by_popup(self, key: str) -> bool:
        """Handle a key of the open popup; False where it is not one."""
        completion = self._suggestions.current
        if completion is None:
            return False
        match key:
            case "down":
                self._suggestions.move(1)
            case "up":
                self._suggestions.move(-1)
            case "tab" | "enter":
                self.accept(completion)
            case "escape":
                self._suggestions.hide()
            case _:
                return False
        return True

    def _break_line(self) -> bool:
        """Start a line with this one's indentation, or deeper after an opening bracket."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        before, after = line[:column].rstrip(), line[column:].lstrip()
        indent = " " * (len(line) - len(line.lstrip(" ")))
        opens = before.endswith(("{", "["))
        closes = opens and after.startswith(("}", "]"))
        deeper = "\n" + indent + (" " * INDENT if opens else "")
        below = "\n" + indent if closes else ""
        self.replace(deeper + below, *self.selection, maintain_selection_offset=False)
        if closes:
            self.move_cursor((row + 1, len(deeper) - 1))
        return True


def highlighted_tokens(line: str) -> Iterator[tuple[str, int, int]]:
    """The component class and the place of each token, in a line that may be half-written."""
    for span in highlight(line, language="json", theme=RuleHighlight, tab_size=0).spans:
        name = str(span.style)
        if name == "rule-text--unfinished" and line[span.start] == '"':
            name = "rule-text--string"
        if name in RuleText.COMPONENT_CLASSES:
            yield name, span.start, span.end


def _drawable(line: str) -> str:
    """The line with one `·` for each character that cannot be drawn, so that columns match."""
    if line.isascii() and line.isprintable():
        return line
    return _UNUSUAL.sub(lambda match: match[0] if one_line(match[0]) == match[0] else "·", line)
