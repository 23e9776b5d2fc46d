"""Lines of a form that never show a key: one that hides what is typed, one that takes no key.

Knows what a key looks like; keeps none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from segops_tui.api.keys import redact
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from typing import Any


class KeyField(TextInput):
    """Hides what is typed; it cannot be copied or cut out of it."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, placeholder=placeholder, password=True, compact=True)

    def action_copy(self) -> None:
        """A key goes to no clipboard."""
        self.notify("A key is not copied.", severity="warning", markup=False)

    def action_cut(self) -> None:
        """Nor this way."""
        self.action_copy()

    @property
    def selected_text(self) -> str:
        """Nothing, to whoever asks for what is selected."""
        return ""


class OpenField(TextInput):
    """Shows what is typed, and therefore empties itself of a key before one is drawn.

    Until it is left it then takes nothing, since who types a key types on.
    """

    _shut = False

    class KeyRefused(Message):
        """A key was about to be shown."""

    def __init__(self, value: str = "", *, id: str, placeholder: str = "", **more: Any) -> None:
        super().__init__(value, id=id, placeholder=placeholder, compact=True, **more)

    def validate_value(self, value: str) -> str:
        """Let everything stand but a key."""
        if not self._shut and redact(value) == value:
            return value
        if not self._shut and self.is_running:
            self._shut = self.has_focus
            self.post_message(self.KeyRefused())
        return ""

    def on_blur(self) -> None:
        """Take words again."""
        self._shut = False
