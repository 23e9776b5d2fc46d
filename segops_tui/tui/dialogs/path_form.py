"""Asks for a file to write to.

Knows paths; refuses a file that exists until it is said to be replaced, and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Checkbox, Input, Static

from segops_tui import wording
from segops_tui.tui.core.text import one_line
from segops_tui.tui.widgets.field import Field
from segops_tui.tui.widgets.path_suggester import PathSuggester

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to, and whether what is there may go."""

    path: Path
    force: bool


class PathForm(ModalScreen["Destination | None"]):
    """One field and one box to tick."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Cancel", id="path.cancel", tooltip="Write nothing.")
    ]

    placeholder: ClassVar[str] = "file.csv"
    replaces: ClassVar[str] = "Replace the file if it exists"

    def __init__(
        self, title: str, *, about: str, proposal: str, endings: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._title, self._about, self._proposal = title, about, proposal
        self._endings = tuple(endings)

    def compose(self) -> ComposeResult:
        """The field, what is wrong with it, and how to go on."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content.styled(self._title, "bold")
            yield Static(Content.styled(one_line(self._about), "$text-muted"), markup=False)
            yield Field(self._proposal, placeholder=self.placeholder, suggester=PathSuggester())
            yield Checkbox(Content(self.replaces), compact=True)
            yield Static("", id="fault", markup=False)
            yield Static(
                Content.assemble(
                    ("enter", "bold $primary"), " write it   ", ("esc", "bold $primary"), " cancel"
                ),
                markup=False,
            )

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _look(self) -> None:
        self.query_one("#fault", Static).update(Content.styled(self.fault(), "$warning"))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        fault = self.fault()
        if fault:
            self.query_one("#fault", Static).update(Content.styled(fault, "bold $error"))
            return
        self.dismiss(Destination(self.path, self.query_one(Checkbox).value))

    def action_give_up(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)

    @property
    def words(self) -> str:
        """What was typed."""
        return self.query_one(Input).value.strip()

    @property
    def path(self) -> Path:
        """Where that is."""
        return Path(self.words).expanduser()

    def fault(self) -> str:
        """What is against the file; empty when nothing is."""
        if not self.words:
            return "Where to? A file name is needed."
        path = self.path
        if path.is_dir():
            return "That is a folder; add a file name."
        if not path.absolute().parent.is_dir():
            return "There is no such folder."
        if self._endings and path.suffix.lower() not in self._endings:
            return f"The name must end in {wording.listed(self._endings, word='or')}."
        if path.exists() and not self.query_one(Checkbox).value:
            return "The file exists. Choose another name, or tick the box (tab, space)."
        return ""
