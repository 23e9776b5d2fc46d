"""A name and a description above something larger, each with what is against it below.

Knows fields and what is typed into them; what is done with them is its owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.form_fields import read
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from segops_tui.tui.dialogs.form_fields import FormField


class NamedLines(Vertical):
    """One line a field."""

    DEFAULT_CSS = """
    NamedLines {
        height: auto; padding: 0 1;
        .line { height: 1; width: 1fr; }
        .line .label { width: 13; color: $text-muted; }
        .line Input, .line Input:focus {
            width: 1fr; height: 1; border: none; padding: 0 1; background: $panel;
        }
        .line Input:focus { background: $block-cursor-blurred-background; }
        .fault { height: auto; padding-left: 14; color: $error; display: none; }
        .fault.-said { display: block; }
    }
    """

    class Changed(Message):
        """Something was typed."""

    def __init__(self, fields: Sequence[FormField], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._fields = fields
        self._inputs = {
            field.name: TextInput(
                field.typed, placeholder=field.hint, compact=True, select_on_focus=False
            )
            for field in fields
        }
        self._faults = {field.name: Static("", classes="fault", markup=False) for field in fields}

    def compose(self) -> ComposeResult:
        """Label and line, and below it what is wrong."""
        for field in self._fields:
            with Horizontal(classes="line"):
                mark = (" *" if field.required else "", "$primary")
                label = Content.assemble(field.label, mark)
                yield Static(label, classes="label", markup=False)
                yield self._inputs[field.name]
            yield self._faults[field.name]

    @property
    def values(self) -> dict[str, Any]:
        """What was typed means."""
        return {
            field.name: read(field, self._inputs[field.name].value).value for field in self._fields
        }

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from what stood there first."""
        return any(self._inputs[field.name].value != field.typed for field in self._fields)

    def begin(self) -> None:
        """Take the focus to the first line."""
        self._inputs[self._fields[0].name].focus()

    def check(self) -> bool:
        """Say what is against each line, and go to the first that has something against it."""
        faults = {
            field.name: read(field, self._inputs[field.name].value).fault for field in self._fields
        }
        return not self.show_faults(faults)

    def show_faults(self, faults: Mapping[str, str]) -> bool:
        """Show complaints at their lines; whether there was one."""
        first = ""
        for name, line in self._faults.items():
            words = faults.get(name, "")
            line.update(Content(one_line(words)))
            line.set_class(bool(words), "-said")
            first = first or (name if words else "")
        if first:
            self._inputs[first].focus()
        return bool(first)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        for name, line in self._inputs.items():
            if line is event.input:
                self._faults[name].set_class(False, "-said")
        self.post_message(self.Changed())
