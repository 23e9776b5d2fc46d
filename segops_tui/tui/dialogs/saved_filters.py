"""SavedFilters: pick, save and delete the filters of a pane, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import crop, fit, key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.tui.core.ui_state import UiState

_NAME: Final = 24
_TEXT: Final = 44
LONGEST: Final = 40
"""Characters of a name."""


class FilterStore:
    """The saved filters of one pane, in the file of display choices."""

    def __init__(self, state: UiState, pane: str) -> None:
        self._state, self._key = state, f"filters of {pane}"

    def all(self) -> dict[str, str]:
        """Each filter by its name, sorted."""
        kept = self._state.latest(self._key)
        found = kept.items() if isinstance(kept, dict) else ()
        return {name: text for name, text in sorted(found) if isinstance(text, str)}

    def put(self, name: str, text: str) -> None:
        """Save a filter; one of the same name is replaced."""
        self._state.put(self._key, {**self.all(), name: text})

    def remove(self, name: str) -> None:
        """Delete a filter."""
        kept = self.all()
        kept.pop(name, None)
        self._state.put(self._key, kept or None)


class SavedFilters(Dialog[str]):
    """Answers the text of the filter to show, or None; saves and deletes by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="filters.close", tooltip="Leave the filter."),
        Binding("down", "move(1)", "Down", show=False, priority=True, id="filters.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="filters.up"),
        Binding(
            "ctrl+s", "save", "Save", priority=True, id="filters.save",
            tooltip="Save the present filter under the name that was typed.",
        ),
        Binding(
            "ctrl+d", "delete", "Delete", priority=True, id="filters.delete",
            tooltip="Delete the saved filter under the cursor.",
        ),
    ]  # fmt: skip
    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    SavedFilters OptionList { max-height: 14; margin: 1 0 0 0; }
    SavedFilters PlainText { padding: 0 1; }
    SavedFilters #keys { margin-top: 1; }
    """

    def __init__(self, title: str, store: FilterStore, *, present: str) -> None:
        super().__init__(Content.assemble(("Filters ", "bold"), one_line(title)))
        self._store, self._present = store, present.strip()
        self._names: list[str] = []

    def body(self) -> ComposeResult:
        """The field for a name, the saved filters, and what can be saved."""
        yield TextInput(
            placeholder="a name: finds a filter, or names the present one",
            compact=True,
            max_length=LONGEST,
        )
        found = OptionList()
        found.can_focus = False
        yield found
        yield PlainText(id="present")
        yield PlainText(_KEYS, id="keys")

    def on_mount(self) -> None:
        """Show every saved filter."""
        self._draw()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        # A new name saves; a name that is there is picked.
        if self._chosen is None and self._present and self._typed_name:
            self.action_save()
        else:
            self._pick()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._pick()

    def action_move(self, step: int) -> None:
        """Go to the next filter, or the one before."""
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_save(self) -> None:
        """Save the present filter under the typed name, and close."""
        reason = self._cannot_save()
        if reason:
            self.notify(reason, severity="warning", markup=False)
            return
        self._store.put(self._typed_name, self._present)
        self.notify(one_line(f"{self._typed_name}: {self._present}"), title="Saved", markup=False)
        self.dismiss(self._present)

    def action_delete(self) -> None:
        """Delete the filter under the cursor."""
        name = self._chosen
        if name is not None:
            text = self._store.all()[name]
            self._store.remove(name)
            self.notify(one_line(f"{name}: {text}"), title="Deleted", markup=False)
            self._draw()

    @property
    def _typed_name(self) -> str:
        return self.query_one(Input).value.strip()

    @property
    def _chosen(self) -> str | None:
        at = self.query_one(OptionList).highlighted
        return self._names[at] if at is not None and at < len(self._names) else None

    def _pick(self) -> None:
        if self._chosen is not None:
            self.dismiss(self._store.all()[self._chosen])

    def _cannot_save(self) -> str:
        if not self._present:
            return "There is no filter to save. Press /, type one, then ctrl+s."
        return "" if self._typed_name else "Type a name for it first."

    def _draw(self) -> None:
        words = self._typed_name.casefold().split()
        kept = self._store.all()
        self._names = [
            name
            for name, text in kept.items()
            if all(word in f"{name} {text}".casefold() for word in words)
        ]
        options = self.query_one(OptionList)
        options.set_options([Option(_drawn(name, kept[name])) for name in self._names])
        options.display = bool(self._names)
        options.highlighted = 0 if self._names else None
        self.query_one("#present", PlainText).update(Content(self._about(kept)))

    def _about(self, kept: dict[str, str]) -> str:
        shown = crop(one_line(self._present), _TEXT)
        if not kept and not self._present:
            return "No filter is saved yet. Press /, type one, then ctrl+s."
        if not self._present:
            return "" if self._names else "No saved filter has these words."
        if not self._typed_name:
            return f"Present filter: {shown}"
        verb = (
            "ctrl+s replaces it with"
            if self._typed_name in kept
            else f"ctrl+s saves as {self._typed_name}:"
        )
        return one_line(f"{verb} {shown}")


def _drawn(name: str, text: str) -> Content:
    return Content.assemble(
        fit(one_line(name), _NAME), "  ", (crop(one_line(text), _TEXT), "$text-muted")
    )


_KEYS: Final[Any] = key_hints(
    ("enter", "show"),
    ("ctrl+s", "save the present filter"),
    ("ctrl+d", "delete"),
    ("esc", "close"),
)
