"""A question before what nothing undoes: answered yes only by typing a name.

Knows words and the name that has to be typed; what follows is the asker's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from segops_tui.tui.core.text import one_line
from segops_tui.tui.widgets.field import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

LONGEST: Final = 40
"""Characters that have to be typed of a longer name."""


class TypedConfirm(ModalScreen[bool]):
    """Asks; yes has no key of its own, and is out of reach until the name is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "No", id="typed.no", tooltip="Leave it."),
    ]
    DEFAULT_CSS = """
    TypedConfirm .dialog { width: 84; }
    TypedConfirm #ask { margin-top: 1; height: auto; }
    """

    def __init__(
        self, title: str, *, lines: Sequence[Content], name: str, profile: str, yes: str
    ) -> None:
        super().__init__()
        self._title, self._lines, self._profile, self._yes = title, lines, profile, yes
        self._name_to_type = to_type(name)

    def compose(self) -> ComposeResult:
        """What, where, the line to type in, and two buttons."""
        where = Content.assemble(("Profile  ", "$text-muted"), (one_line(self._profile), "bold"))
        name = self._name_to_type
        ask = Content.assemble("Type ", (name, "bold $warning"), " to go on:")
        with Vertical(classes="dialog -danger") as box:
            box.border_title = Content.styled(one_line(self._title), "bold")
            yield Static(Content("\n").join([*self._lines, Content(""), where]), markup=False)
            yield Static(ask, id="ask", markup=False)
            yield Field(placeholder=name, compact=True)
            with Horizontal(classes="buttons"):
                yield Button(Content("No, leave it"), id="no")
                yield Button(Content(one_line(self._yes)), id="yes", variant="error", disabled=True)

    def on_mount(self) -> None:
        """The line has the focus; enter in it without the name does nothing."""
        self.query_one(Input).focus()

    @property
    def is_typed(self) -> bool:
        """Whether the name stands there."""
        return self.query_one(Input).value.strip() == self._name_to_type

    def action_refuse(self) -> None:
        """Leave it."""
        self.dismiss(False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#yes", Button).disabled = not self.is_typed

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.is_typed:
            self.dismiss(True)
        else:
            self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes" and self.is_typed)


def to_type(name: str) -> str:
    """What has to be typed of a name: what is seen of it, and of a long one its beginning."""
    return one_line(name).strip()[:LONGEST].strip() or "yes"
