"""Asks what a column of a file shall become.

Knows the fields there are; a new one is made by typing its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import one_line
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

SKIP: Final = "\x00skip"
"""The answer for leaving the column out; no field can be called so."""


class TargetPicker(ModalScreen["str | None"]):
    """A field to type in and the choices that fit; None is no answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Cancel", id="target.cancel", tooltip="Leave it as it is."),
        Binding("down", "to_list", "Choices", show=False, id="target.list"),
    ]

    def __init__(self, column: str, *, target: str | None, fields: Sequence[str]) -> None:
        super().__init__()
        self._column, self._target = column, target
        self._choices = ["sku", "name", *(f for f in fields if f not in {"sku", "name"})]

    def compose(self) -> ComposeResult:
        """What is typed narrows what is shown."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content.assemble("Column ", (one_line(self._column), "bold"))
            yield TextInput(placeholder="type to find a field, or a new field's name")
            yield OptionList(markup=False)
            yield Static(
                Content.assemble(
                    ("↓ enter", "bold $primary"), " choose   ", ("esc", "bold $primary"), " cancel"
                ),
                markup=False,
            )

    def on_mount(self) -> None:
        """Everything, until something is typed."""
        self._narrow("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._narrow(event.value.strip())

    @on(Input.Submitted)
    def _submitted(self) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self.dismiss(options.get_option_at_index(options.highlighted).id)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_give_up(self) -> None:
        """Leave the column as it is."""
        self.dismiss(None)

    def action_to_list(self) -> None:
        """Go to the choices."""
        self.query_one(OptionList).focus()

    def _narrow(self, words: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        found = [name for name in self._choices if words.casefold() in name.casefold()]
        named = [Option(_said(name, name == self._target), id=name) for name in found]
        made = "_".join(words.casefold().split())
        if made and made not in self._choices:
            label = Content.assemble("new field ", (one_line(made), "bold $success"))
            named.append(Option(label, id=made))
        if not words or "skip".startswith(words.casefold()):
            named.append(Option(Content.styled("skip this column", "$text-muted"), id=SKIP))
        options.add_options(named)
        at = next((n for n, option in enumerate(named) if option.id == self._target), 0)
        options.highlighted = at if named else None


def _said(name: str, is_current: bool) -> Content:
    about = {"sku": "tells rows apart", "name": "the product's name"}.get(name, "")
    sign = "● " if is_current else "  "
    return Content.assemble(sign, (one_line(name), "bold"), (f"  {about}", "$text-muted"))
