"""The first step of an import: choose a file and check it; nothing is sent yet."""

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
from segops_tui.tui.product_imports.report import check_content
from segops_tui.tui.widgets.text_input import PathSuggester, TextInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

REPAIRABLE: Final = "quoted-header"
"""The finding that ticking the box repairs."""


class FilePage(VerticalScroll, can_focus=False):
    """A path, a box to tick where it repairs the file, and the findings."""

    DEFAULT_CSS = """
    FilePage {
        height: 1fr; padding: 0 1;
        #checked { padding: 1 1; height: auto; }
    }
    """

    class Chosen(Message):
        """The user wants to upload the checked file."""

        def __init__(self, path: Path, *, repair: bool) -> None:
            self.path, self.repair = path, repair
            super().__init__()

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._input = TextInput(placeholder="path of a CSV file", suggester=PathSuggester())
        self._repair = Checkbox(Content("Split the quoted header"), compact=True)
        self._result = Static("", id="checked", markup=False)
        self._ready: tuple[str, bool] | None = None
        """The path and the tick that were checked without an error, until one of them changes."""

    def compose(self) -> ComposeResult:
        """The path, the box and the findings."""
        yield self._input
        yield self._repair
        yield self._result

    def on_mount(self) -> None:
        """Ask for a file."""
        self.restart()

    def restart(self) -> None:
        """Start over with another file."""
        self._ready, self._repair.display = None, False
        self._result.update(
            Content.styled(
                "The file is read and checked first; nothing is sent until you confirm.\n"
                "Right arrow completes a name, enter checks the file.",
                "$text-muted",
            )
        )
        self._input.focus()

    def show_problem(self, error: SegOpsError) -> None:
        """Show why the file cannot be read or uploaded."""
        problem = problem_of(error)
        lines = [Content.assemble(("✗ ", "bold $error"), one_line(problem.detail))]
        if problem.hint:
            lines.append(Content.styled(f"  {one_line(problem.hint)}", "$text-muted"))
        self._result.update(Content("\n").join(lines))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed, repair = event.value.strip(), self._repair.value
        if not typed:
            return
        if (typed, repair) == self._ready:
            self.post_message(self.Chosen(Path(typed).expanduser(), repair=repair))
            return
        self._result.update(Content.styled("◌ Reading …", "$primary"))
        self._check(typed, repair=repair)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._ready = None

    @on(Checkbox.Changed)
    def _ticked(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._ready = None
        self._input.focus()

    @work(exclusive=True, group="check")
    async def _check(self, typed: str, *, repair: bool) -> None:
        try:
            check = await asyncio.to_thread(check_csv, Path(typed).expanduser(), repair=repair)
        except SegOpsError as error:
            self.show_problem(error)
            return
        codes = {finding.code for finding in check.findings}
        self._repair.display = self._repair.value or REPAIRABLE in codes
        words = check_content(check)
        if not check.errors:
            self._ready = (typed, repair)
            how = Content.assemble(("enter", "bold $primary"), " uploads it and shows the columns")
            words = Content("\n").join([words, Content(""), how])
        self._result.update(words)
