"""The first step of an import: which file, and what a check of it says before a byte leaves.

Knows the file on this machine; sends nothing.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox, Input, Static

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.imports.check import check_csv
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.product_imports.findings import check_content
from segops_tui.tui.widgets.text_input import PathSuggester, TextInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from segops_tui.jobs.imports.findings import CsvCheck

REPAIRABLE: Final = "quoted-header"
"""The finding that a tick in the box does away with."""


class FilePage(VerticalScroll, can_focus=False):
    """A path, a box to tick where it helps, and the findings."""

    DEFAULT_CSS = """
    FilePage {
        height: 1fr; padding: 0 1;
        #checked { padding: 1 1; height: auto; }
    }
    """

    class Chosen(Message):
        """The file was checked and shall be uploaded."""

        def __init__(self, path: Path, *, repair: bool) -> None:
            self.path, self.repair = path, repair
            super().__init__()

    class Checked(Message):
        """The file was read from end to end."""

        def __init__(self, check: CsvCheck) -> None:
            self.check = check
            super().__init__()

    class Failed(Message):
        """The file cannot be read, or is no CSV."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._input = TextInput(placeholder="path of a CSV file", suggester=PathSuggester())
        self._repair = Checkbox(Content("Take the quoted header apart"), compact=True)
        self._said = Static("", id="checked", markup=False)
        self._ready = ""
        """The path whose check is on the screen and found it fit."""

    def compose(self) -> ComposeResult:
        """The three."""
        yield self._input
        yield self._repair
        yield self._said

    def on_mount(self) -> None:
        """Begin anew."""
        self.restart()

    def restart(self) -> None:
        """Ask for a file."""
        self._ready, self._repair.display = "", False
        self._said.update(
            Content.styled(
                "The file is read and checked first; nothing is sent before you say so.\n"
                "Right arrow completes a name, enter checks the file.",
                "$text-muted",
            )
        )
        self._input.focus()

    def show_problem(self, error: SegOpsError) -> None:
        """Say what is wrong with the file, or with getting it away."""
        problem = problem_of(error)
        lines = [Content.assemble(("✗ ", "bold $error"), one_line(problem.detail))]
        if problem.hint:
            lines.append(Content.styled(f"  {one_line(problem.hint)}", "$text-muted"))
        self._said.update(Content("\n").join(lines))

    @work(exclusive=True, group="check")
    async def _read(self, path: Path, *, repair: bool) -> None:
        try:
            check = await asyncio.to_thread(check_csv, path, repair=repair)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Checked(check))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        said, repair = event.value.strip(), self._repair.value
        if not said:
            return
        path = Path(said).expanduser()
        if said == self._ready:
            self.post_message(self.Chosen(path, repair=repair))
            return
        self._said.update(Content.styled("◌ Reading …", "$primary"))
        self._read(path, repair=repair)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._ready = ""

    @on(Checkbox.Changed)
    def _ticked(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._ready = ""
        self._input.focus()

    @on(Checked)
    def _checked(self, event: Checked) -> None:
        event.stop()
        check = event.check
        codes = {finding.code for finding in check.findings}
        self._repair.display = self._repair.value or REPAIRABLE in codes
        words = check_content(check)
        if not check.errors:
            self._ready = self._input.value.strip()
            how = Content.assemble(("enter", "bold $primary"), " uploads it and shows the columns")
            words = Content("\n").join([words, Content(""), how])
        self._said.update(words)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self.show_problem(event.error)
