"""A bordered table with its count and its filter, or a notice in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.filters import example_filters, field_titles
from segops_tui.tui.core.text import one_line
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.notice import Notice
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.nouns.column import Column
    from segops_tui.tui.core.problems import Problem


class FilterInput(TextInput):
    """The filter line that `/` opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear", id="filter.clear", tooltip="Show every row again."),
        Binding("down", "leave", "Rows", id="filter.leave", show=False, tooltip="Go to the rows."),
        Binding(
            "ctrl+s", "keep", "Save filter", id="filter.keep",
            tooltip="Save this filter under a name, or pick a saved one.",
        ),
    ]  # fmt: skip

    class Left(Message):
        """The user has finished typing; the filter stays."""

    class Cleared(Message):
        """The user cleared the filter."""

    class Kept(Message):
        """The user wants to save the filter."""

    def action_clear(self) -> None:
        """Clear the filter."""
        self.post_message(self.Cleared())

    def action_keep(self) -> None:
        """Save the filter under a name."""
        self.post_message(self.Kept())

    def action_leave(self) -> None:
        """Go to the rows and keep the filter."""
        self.post_message(self.Left())


class ListBox(Vertical):
    """The table of a pane, or a notice in its place."""

    DEFAULT_CSS = """
    ListBox {
        border: round $border-blurred; border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        width: 1fr; height: 1fr;
        &:focus-within { border: round $border; }
        .filter { height: 1; background: $panel; display: none; }
        .filter PlainText { width: 3; padding: 0 1; color: $primary; text-style: bold; }
        .syntax { height: 1; padding: 0 1; color: $text-muted; background: $panel; display: none; }
        .syntax.-unknown { color: $warning; }
        FilterInput, FilterInput:focus {
            border: none; height: 1; width: 1fr; padding: 0; background: $panel;
        }
        &.-filtering .filter { display: block; }
        &.-typing .syntax, &.-filtering .syntax.-unknown { display: block; }
    }
    """

    class FilterChanged(Message):
        """The filter changed; empty means no filter."""

        def __init__(self, words: str) -> None:
            self.words = words
            super().__init__()

    def __init__(
        self, *, id: str | None = None, filter_hint: str = "words to filter by", **table: Any
    ) -> None:
        super().__init__(id=id)
        self.table = NounTable(expected_errors=(SegOpsError,), **table)
        self.notice = Notice()
        # Set on the widgets: a class would have every rule matched again for all of them.
        self.notice.display = False
        self._filter = FilterInput(placeholder=filter_hint, select_on_focus=False)
        self._syntax = PlainText(classes="syntax")

    def compose(self) -> ComposeResult:
        """Lay out the filter, the table and the notice."""
        with Horizontal(classes="filter"):
            yield PlainText("/")
            yield self._filter
        yield self._syntax
        yield self.table
        yield self.notice

    @property
    def words(self) -> str:
        """The words of the filter."""
        return self._filter.value.strip()

    @property
    def shows_notice(self) -> bool:
        """Whether the notice is shown instead of the rows."""
        return self.notice.display

    def name_it(self, title: str, *, shown: int | None, total: int | None, note: str = "") -> None:
        """Put title and counts on the border: `Segments 3 of 14`."""
        self.border_title = heading(title, shown=shown, total=total)
        self.border_subtitle = Content(note) if note else None

    def open_filter(self) -> None:
        """Open the filter line."""
        self.add_class("-filtering")
        self._filter.focus()

    def explain_filter(self, unknown: Sequence[str], columns: Sequence[Column[Any]]) -> None:
        """Show how to filter by these columns, or which names are no columns."""
        text = " · ".join(example_filters(columns))
        if unknown:
            text = f"No column {wording.listed(unknown, word='or')}; searched as text. There are: "
            text += ", ".join(field_titles(columns))
        self._syntax.set_class(bool(unknown), "-unknown")
        self._syntax.update(Content(one_line(text)))

    def filter_by(self, words: str) -> None:
        """Filter by these words, shown in the filter line."""
        self.add_class("-filtering")
        self._filter.value = words

    def clear_filter(self) -> bool:
        """Clear the filter; return whether there was one."""
        had = self.has_class("-filtering")
        self.remove_class("-filtering")
        if self._filter.value:
            self._filter.value = ""
        return had

    @property
    def content(self) -> Widget:
        """What the notice is shown in place of."""
        return self.table

    def focus_inside(self) -> None:
        """Focus what is shown."""
        (self.notice if self.shows_notice else self.content).focus()

    def show_loading(self) -> None:
        """Show that the rows are being fetched; the table has the focus as with rows."""
        self.table.waiting_text = "◌ Loading …"

    def show_rows(self) -> None:
        """Show the table."""
        self.table.waiting_text = ""
        if self.shows_notice:
            self._show_notice(on=False)

    def show_problem(self, problem: Problem) -> None:
        """Show a problem instead of the rows."""
        self.notice.show_problem(problem)
        self._show_notice(on=True)

    def show_words(self, title: str, *, hint: str = "", symbol: str = "", style: str = "") -> None:
        """Show a text instead of the rows."""
        self.notice.show_text(title, hint=hint, symbol=symbol, style=style)
        self._show_notice(on=True)

    def _show_notice(self, *, on: bool) -> None:
        had_focus = self.content.has_focus or self.notice.has_focus
        self.notice.display, self.content.display = on, not on
        if had_focus:
            self.call_after_refresh(self._focus_again)

    def _focus_again(self) -> None:
        # The user, or a link, may have gone to another pane or into the detail meanwhile.
        is_free = self.screen.focused is None or self.has_focus_within
        shown = (node.display for node in self.ancestors_with_self if isinstance(node, Widget))
        if is_free and all(shown):
            self.focus_inside()

    def on_descendant_blur(self) -> None:
        """Hide the help on the filter when it is left."""
        self.set_class(self._filter.has_focus, "-typing")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Move a focus set before the rows came, or went, to what is shown now."""
        self.set_class(self._filter.has_focus, "-typing")
        if event.widget is (self.content if self.shows_notice else self.notice):
            self.focus_inside()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.FilterChanged(event.value.strip()))

    @on(FilterInput.Cleared)
    def _cleared(self, event: Message) -> None:
        event.stop()
        self.clear_filter()
        self.table.focus()

    @on(FilterInput.Left)
    @on(Input.Submitted)
    def _left(self, event: Message) -> None:
        event.stop()
        if not self.words:
            self.clear_filter()
        self.table.focus()


def heading(title: str, *, shown: int | None, total: int | None) -> Content:
    """A title with the number of rows, as far as it is known."""
    if shown is None and total is None:
        return Content.styled(title, "bold")
    if shown is None:
        numbers = wording.count(total)
    else:
        numbers = f"{wording.count(shown)} of {'many' if total is None else f'{total:,}'}"
    return Content.assemble((title, "bold"), f" {numbers}")
