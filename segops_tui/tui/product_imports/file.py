"""The first step of an import: choose a file and check it; nothing is sent yet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox, Input, OptionList
from textual.widgets.option_list import Option

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.imports.check import check_csv, require_importable
from segops_tui.jobs.imports.errors import ReadingUnclear
from segops_tui.jobs.imports.files.options import BY_EVIDENCE
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.product_imports.reading import (
    ReadSetting,
    setting_chooser,
    settings,
    with_setting,
)
from segops_tui.tui.product_imports.report import check_content
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import PathSuggester, TextInput
from segops_tui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.jobs.imports.errors import ReadChoice
    from segops_tui.jobs.imports.files.options import ReadOptions, TextFormat
    from segops_tui.jobs.imports.findings import CsvCheck

REPAIRABLE: Final = "quoted-header"
"""The finding that ticking the box repairs."""
_QUESTION: Final = Content.assemble(
    ("▶ Which is right?", "bold $warning"), "   ", key_hints(("enter", "chooses"))
)
_HEADING: Final = Content.assemble(
    ("How it is read", "bold"),
    "   ",
    key_hints(("tab", "goes there"), ("enter", "changes a line")),
)


class FilePage(VerticalScroll, can_focus=False):
    """A path, the findings, what only the user can decide, and how the file is read."""

    DEFAULT_CSS = """
    FilePage {
        height: 1fr; padding: 0 1;
        #checked { padding: 1 1 0 1; height: auto; }
        .heading { padding: 1 1 0 1; height: auto; }
        OptionList { height: auto; max-height: 12; margin: 0 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go_on", "Go on", show=False, id="import.check"),
    ]

    class Chosen(Message):
        """The user wants to upload the checked file."""

        def __init__(self, path: Path, check: CsvCheck, read: ReadOptions, *, repair: bool) -> None:
            self.path, self.check, self.read, self.repair = path, check, read, repair
            super().__init__()

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._input = TextInput(placeholder="path of a CSV file", suggester=PathSuggester())
        self._repair = Tick(Content("Split the quoted header"), compact=True)
        self._result = PlainText(id="checked")
        self._question = PlainText(_QUESTION, classes="heading")
        self._heading = PlainText(_HEADING, classes="heading")
        self._asked = OptionList(id="asked", markup=False)
        self._settings = OptionList(id="settings", markup=False)
        self._read = BY_EVIDENCE
        self._found: TextFormat | None = None
        """How the file was read by the last check, if it could be."""
        self._choices: tuple[ReadChoice, ...] = ()
        """The readings between which the user has to decide."""
        self._checked = ""
        """The path that was checked last; the options are those of that file."""
        self._ready: CsvCheck | None = None
        """The check without an error of the file as it is read now."""

    def compose(self) -> ComposeResult:
        """The path, the box, the findings, the question and the settings."""
        yield self._input
        yield self._repair
        yield self._result
        yield self._question
        yield self._asked
        yield self._heading
        yield self._settings

    def on_mount(self) -> None:
        """Ask for a file."""
        self.restart()

    def restart(self) -> None:
        """Start over with another file."""
        self._forget()
        self._repair.display = False
        self._result.update(
            Content.styled(
                "The file is read and checked first; nothing is sent until you confirm.\n"
                "Right arrow completes a name, enter or ctrl+s checks the file.",
                "$text-muted",
            )
        )
        self._input.focus()

    def show_problem(self, error: SegOpsError) -> None:
        """Show why the file cannot be read or uploaded."""
        problem = problem_of(error)
        detail = problem.detail
        if any(choice.cells for choice in self._choices):
            # The choices show their cells themselves.
            detail = f"{detail.partition(': ')[0].rstrip('.')}."
        lines = [Content.assemble(("✗ ", "bold $error"), one_line(detail))]
        # Where the form asks, the choices take the place of the command's options.
        if problem.hint and not self._choices:
            lines.append(Content.styled(f"  {one_line(problem.hint)}", "$text-muted"))
        self._result.update(Content("\n").join(lines))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go_on()

    def action_go_on(self) -> None:
        """Check the file that is typed; upload it once its check found no error."""
        typed = self._input.value.strip()
        if not typed:
            return
        check = self._ready
        if check is not None and typed == self._checked:
            path = Path(typed).expanduser()
            self.post_message(self.Chosen(path, check, self._read, repair=self._repair.value))
            return
        if typed != self._checked:
            self._forget()
        self._checked = typed
        self._recheck()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._ready = None

    @on(Checkbox.Changed)
    def _ticked(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._ready = None
        self._input.focus()

    @on(OptionList.OptionSelected, "#asked")
    def _answered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._read = self._read.merged(self._choices[event.option_index].options)
        self._recheck()

    @on(OptionList.OptionSelected, "#settings")
    @work(exclusive=True, group="setting")
    async def _setting_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        name, path = str(event.option.id), Path(self._checked).expanduser()
        try:
            chooser = await asyncio.to_thread(setting_chooser, name, path, self._read, self._found)
        except SegOpsError as error:
            self.show_problem(error)
            return
        chosen = await self.app.push_screen_wait(chooser)
        if chosen is not None:
            self._read = with_setting(self._read, name, chosen.value)
            self._recheck()

    def _recheck(self) -> None:
        self._ready = None
        self._result.update(Content.styled("◌ Reading …", "$primary"))
        self._check(self._checked, self._read, repair=self._repair.value)

    def _forget(self) -> None:
        self._read, self._found, self._choices = BY_EVIDENCE, None, ()
        self._checked, self._ready = "", None
        self._show_lists(asked=False, settings=False)

    @work(exclusive=True, group="check")
    async def _check(self, typed: str, options: ReadOptions, *, repair: bool) -> None:
        path = Path(typed).expanduser()
        self._found, self._choices = None, ()
        try:
            check = await asyncio.to_thread(check_csv, path, read=options, repair=repair)
            self._found = check.layout.text
            if check.errors:
                self._ask_about(check)
        except ReadingUnclear as error:
            self._choices = error.choices
            self.show_problem(error)
        except SegOpsError as error:
            self.show_problem(error)
        else:
            self._show_check(check)
        self._draw_reading()

    def _ask_about(self, check: CsvCheck) -> None:
        """Raise the question that the first error of a check is, if it is one.

        Raises:
            ReadingUnclear: only the user can tell.
        """
        try:
            require_importable(check)
        except ReadingUnclear:
            raise
        except SegOpsError:
            # The findings say it.
            return

    def _show_check(self, check: CsvCheck) -> None:
        codes = {finding.code for finding in check.findings}
        self._repair.display = self._repair.value or REPAIRABLE in codes
        words = check_content(check)
        if not check.errors:
            self._ready = check
            how = Content.assemble(("enter", "bold $primary"), " uploads it and shows the columns")
            words = Content("\n").join([words, Content(""), how])
        self._result.update(words)

    def _draw_reading(self) -> None:
        self._asked.clear_options()
        self._asked.add_options([Option(_choice_line(choice)) for choice in self._choices])
        self._settings.clear_options()
        self._settings.add_options(
            [
                Option(_setting_line(setting), id=setting.name)
                for setting in settings(self._read, self._found, self._choices)
            ]
        )
        is_file = self._found is not None or bool(self._choices) or self._read != BY_EVIDENCE
        self._show_lists(asked=bool(self._choices), settings=is_file)
        self._settings.highlighted = 0
        if self._choices:
            self._asked.highlighted = 0
            self._asked.focus()
        elif self.screen.focused in {None, self._asked, self._settings}:
            self._input.focus()

    def _show_lists(self, *, asked: bool, settings: bool) -> None:
        self._question.display = self._asked.display = asked
        self._heading.display = self._settings.display = settings


def _choice_line(choice: ReadChoice) -> Content:
    cells = " · ".join(map(one_line, choice.cells))
    gap = "   " if cells else ""
    return Content.assemble((one_line(choice.label), "bold"), gap, (cells, "$text-muted"))


def _setting_line(setting: ReadSetting) -> Content:
    style = "bold $warning" if setting.is_asked else "bold" if setting.is_chosen else ""
    note = "only you can tell" if setting.is_asked else "your choice" if setting.is_chosen else ""
    return Content.assemble(
        (f"{setting.title:<14}", "$text-muted"),
        (setting.value, style),
        (f"   {note}" if note else "", "$text-muted"),
    )
