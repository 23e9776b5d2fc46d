"""The question before a rule is saved: what goes, what comes, line by line. No is first.

Knows two texts; what follows from a yes is the asker's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.rules.version_diff import VersionDiff

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

WIDTH: Final = 100
"""Cells of the dialog where there is room."""


class RuleChanges(ModalScreen[bool]):
    """Asks; Enter on the button that has the focus answers, and that is No."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="changes.yes", tooltip="Save it."),
        Binding("n,escape", "answer(False)", "No", id="changes.no", tooltip="Do not save it yet."),
        Binding("left,right,h,l", "app.focus_next", "Other", show=False, id="changes.other"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="changes.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="changes.up"),
    ]
    DEFAULT_CSS = """
    RuleChanges VerticalScroll { margin: 0 0 1 0; }
    """

    def __init__(self, name: str, before: str, after: str, *, profile: str) -> None:
        super().__init__()
        self._name, self._profile = name, profile
        self._before, self._after = before.splitlines(), after.splitlines()

    def compose(self) -> ComposeResult:
        """What is changed, where, and two buttons."""
        name = crop(one_line(self._name), 60)
        where = Content.assemble(("Profile  ", "$text-muted"), (one_line(self._profile), "bold"))
        with Vertical(classes="dialog") as box:
            box.styles.width = WIDTH
            box.border_title = Content.styled(f"Save {name}?", "bold")
            with VerticalScroll(can_focus=False) as changes:
                # The buttons below have to be in sight, however long the difference is.
                changes.styles.max_height = "50vh"
                diff = VersionDiff()
                diff.show_lines(self._before, self._after)
                yield diff
            yield Static(where, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("No, not yet"), id="no")
                yield Button(Content("Save it"), id="yes", variant="primary")

    def on_mount(self) -> None:
        """No has the focus."""
        self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Answer by a letter."""
        self.dismiss(answer)

    def action_scroll(self, lines: int) -> None:
        """Move the list of changes."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
