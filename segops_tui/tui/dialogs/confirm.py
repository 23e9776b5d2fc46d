"""Confirm: a question before something is changed, with No selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input

from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

LONGEST: Final = 40
"""Characters of a longer name that have to be typed."""
_TYPED_WIDTH: Final = 84
_MOST_HEIGHT: Final = 0.9
"""The part of the screen's height that a dialog may have, as its style says."""
_LEAST_DETAILS: Final = 3
"""Lines of the details that are always shown."""


class Confirm(Dialog[bool]):
    """Asks yes or no and names the profile; Enter presses the focused button, No at first.

    With `typed_name`, Yes has no key and is disabled until that name is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it."),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="Leave it."),
        Binding("Y", "copy", "Copy command", id="confirm.copy", tooltip="Copy what Yes will run."),
        Binding(
            "ctrl+s",
            "press",
            "Answer",
            show=False,
            id="confirm.press",
            tooltip="Press the button that has the focus.",
        ),
        Binding("left,right,h,l", "app.focus_next", "Other", show=False, id="confirm.other"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="confirm.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="confirm.up"),
    ]
    AUTO_FOCUS = "Input, #no"
    must_be_read: ClassVar[bool] = True
    """Keys that were typed before it was shown do not answer it."""
    DEFAULT_CSS = """
    Confirm VerticalScroll { margin: 0 0 1 0; }
    Confirm #ask { margin-top: 1; height: auto; }
    """

    def __init__(
        self,
        title: str,
        *,
        profile: str,
        yes: str,
        no: str = "No, leave it",
        lines: Sequence[str | Content] = (),
        details: Widget | None = None,
        command: str = "",
        typed_name: str = "",
        danger: bool = False,
        width: int | None = None,
    ) -> None:
        super().__init__(
            title,
            subtitle="Y copies the command" if command else "",
            width=_TYPED_WIDTH if typed_name else width,
            box="-danger" if danger else "",
        )
        self._lines, self._details, self._profile = lines, details, profile
        self._yes, self._no, self._danger, self._command = yes, no, danger, command
        self._text_to_type = text_to_type(typed_name) if typed_name else ""

    def body(self) -> ComposeResult:
        """What will happen, in which profile, the name to type, and the two buttons."""
        if self._details is not None:
            with VerticalScroll(can_focus=False) as scroll:
                scroll.styles.max_height = "20vh" if self._text_to_type else "50vh"
                yield self._details
        lines = [Content(one_line(x)) if isinstance(x, str) else x for x in self._lines]
        where = Content.assemble(("Profile  ", "$text-muted"), (one_line(self._profile), "bold"))
        above = [*lines, Content("")] if lines else []
        yield PlainText(Content("\n").join([*above, where]))
        if self._command:
            shown = Content.styled(f"$ {crop(one_line(self._command), 240)}", "$text-muted")
            yield PlainText(shown, classes="command")
        if self._text_to_type:
            name = (self._text_to_type, "bold $warning")
            yield PlainText(Content.assemble("Type ", name, " to go on:"), id="ask")
            yield TextInput(placeholder=self._text_to_type, compact=True)
        with Horizontal(classes="buttons"):
            yield Button(Content(one_line(self._no)), id="no")
            yield Button(
                Content(one_line(self._yes)),
                id="yes",
                variant="error" if self._danger else "primary",
                disabled=bool(self._text_to_type),
            )

    def on_resize(self) -> None:
        """Fit the details, once everything else is laid out."""
        if self._details is not None:
            self.call_after_refresh(self._fit_details)

    def _fit_details(self) -> None:
        """Give the details the lines that the rest leaves: the buttons must stay in sight."""
        scroll = self.query_one(VerticalScroll)
        box = self.query_one(".dialog")
        ends = [each.virtual_region_with_margin.bottom for each in box.children]
        rest = max(ends) - scroll.outer_size.height
        room = int(self.size.height * _MOST_HEIGHT) - box.gutter.height - rest
        share = self.size.height // (5 if self._text_to_type else 2)
        scroll.styles.max_height = max(_LEAST_DETAILS, min(room, share))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Copy needs a command, scrolling needs details; a name to type replaces the key of Yes."""
        if action == "copy":
            return bool(self._command)
        if action == "scroll":
            return self._details is not None
        if action == "answer" and parameters == (True,):
            return not self._text_to_type
        return super().check_action(action, parameters)

    @property
    def is_typed(self) -> bool:
        """Whether the name to type, if there is one, is typed."""
        typed = self._text_to_type
        return not typed or self.query_one(Input).value.strip() == typed

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#yes", Button).disabled = not self.is_typed

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_press()

    def action_press(self) -> None:
        """Do what Enter does: press the focused button, or go on once the name is typed."""
        if isinstance(self.focused, Button):
            self.focused.press()
        elif self.is_typed:
            self.dismiss(True)
        else:
            self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes" and self.is_typed)

    def action_answer(self, answer: bool) -> None:
        """Answer by a key."""
        self.dismiss(answer)

    def action_copy(self) -> None:
        """Copy the command line that does what Yes does; the question stays open."""
        self.app.copy_to_clipboard(self._command)
        words = crop(one_line(self._command), 200)
        self.notify(words, title="Copied", markup=False, timeout=3)

    def action_scroll(self, lines: int) -> None:
        """Scroll the details."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def text_to_type(name: str) -> str:
    """What has to be typed for a name: its visible text, and only the beginning of a long one."""
    return one_line(name).strip()[:LONGEST].strip() or "yes"
