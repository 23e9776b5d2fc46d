"""PathForm: asks for a file, or for a folder, to write to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Checkbox, Input

from segops_tui import wording
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import PathSuggester, TextInput
from segops_tui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Destination:
    """A path to write to, and whether existing files there may be replaced."""

    path: Path
    force: bool


class PathForm(Dialog[Destination]):
    """A path and a box to tick; an existing file is refused until the box is ticked.

    With `folder`, the path is one for several files; it may be a folder still to be made.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "write", "Write", id="path.write", tooltip="Write it."),
        Binding("escape", "cancel", "Cancel", id="path.cancel", tooltip="Write nothing."),
    ]

    def __init__(
        self,
        title: str,
        *,
        about: str,
        proposal: str,
        endings: Sequence[str] = (),
        folder: bool = False,
    ) -> None:
        super().__init__(title)
        self._about, self._proposal = about, proposal
        self._endings, self._folder = tuple(endings), folder

    def body(self) -> ComposeResult:
        """The path, the box to tick, what is wrong with the path, and the keys."""
        yield PlainText(Content.styled(one_line(self._about), "$text-muted"))
        placeholder = "folder" if self._folder else "file.csv"
        yield TextInput(self._proposal, placeholder=placeholder, suggester=PathSuggester())
        several, one = "Replace existing files", "Replace the file if it exists"
        yield Tick(Content(several if self._folder else one), compact=True)
        yield PlainText(id="fault")
        yield PlainText(key_hints(("enter ctrl+s", "write it"), ("esc", "cancel")))

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _look(self) -> None:
        self.query_one("#fault", PlainText).update(Content.styled(self.fault(), "$warning"))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_write()

    def action_write(self) -> None:
        """Answer the path, unless something is wrong with it."""
        fault = self.fault()
        if fault:
            self.query_one("#fault", PlainText).update(Content.styled(fault, "bold $error"))
            return
        self.dismiss(Destination(self.path, self.query_one(Checkbox).value))

    @property
    def typed(self) -> str:
        """The path as typed."""
        return self.query_one(Input).value.strip()

    @property
    def path(self) -> Path:
        """The path, `~` resolved."""
        return Path(self.typed).expanduser()

    def fault(self) -> str:
        """What is wrong with the path; empty when nothing is."""
        if not self.typed:
            return f"A {'folder' if self._folder else 'file name'} is required."
        return self._folder_fault() if self._folder else self._file_fault()

    def _folder_fault(self) -> str:
        path = self.path
        if path.is_dir():
            return ""
        if path.exists():
            return "That is a file; several segments need a folder."
        return "" if path.absolute().parent.is_dir() else "The folder above it does not exist."

    def _file_fault(self) -> str:
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
