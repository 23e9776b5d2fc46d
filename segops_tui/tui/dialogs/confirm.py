"""A question before something that cannot be undone: which profile, what, how many. No is first.

Knows words; what follows from a yes is the asker's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from segops_tui.tui.core.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


class Confirm(ModalScreen[bool]):
    """Asks; Enter on the button that has the focus answers, and that is No."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it."),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="Leave it."),
        Binding("Y", "copy", "Copy command", id="confirm.copy", tooltip="Copy what Yes will run."),
        Binding("left,right,h,l", "app.focus_next", "Other", show=False, id="confirm.other"),
    ]

    def __init__(
        self,
        title: str,
        *,
        lines: Sequence[str],
        profile: str,
        yes: str,
        danger: bool = False,
        command: str = "",
    ) -> None:
        super().__init__()
        self._title, self._lines, self._profile = title, lines, profile
        self._yes, self._danger, self._command = yes, danger, command

    def compose(self) -> ComposeResult:
        """What, where, and two buttons."""
        words = [Content(one_line(line)) for line in self._lines]
        where = Content.assemble(("Profile  ", "$text-muted"), (one_line(self._profile), "bold"))
        with Vertical(classes="dialog -danger" if self._danger else "dialog") as box:
            box.border_title = Content.styled(self._title, "bold")
            yield Static(Content("\n").join([*words, Content(""), where]), markup=False)
            if self._command:
                box.border_subtitle = Content("Y copies the command")
                shown = Content.styled(f"$ {crop(one_line(self._command), 240)}", "$text-muted")
                yield Static(shown, classes="command", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("No, leave it"), id="no")
                yield Button(
                    Content(self._yes), id="yes", variant="error" if self._danger else "primary"
                )

    def on_mount(self) -> None:
        """No has the focus."""
        self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to copy where no command does the same."""
        return bool(self._command) if action == "copy" else super().check_action(action, parameters)

    def action_copy(self) -> None:
        """Copy the command line that a yes is the same as; the question stays."""
        self.app.copy_to_clipboard(self._command)
        words = crop(one_line(self._command), 200)
        self.notify(words, title="Copied", markup=False, timeout=3)

    def action_answer(self, answer: bool) -> None:
        """Answer by a letter."""
        self.dismiss(answer)
