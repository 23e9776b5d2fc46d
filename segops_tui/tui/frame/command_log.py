"""What was done in this session: as command lines, as curl, as Python; copied or saved as a script.

Knows the log and how its lines are said; runs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Static

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import block, crop, one_line
from segops_tui.tui.dialogs.path_form import PathForm
from segops_tui.tui.frame.session_script import ENDINGS, FORMS, Form, lines_of, script_of
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.dialogs.path_form import Destination
    from segops_tui.tui.frame.session_script import Line

_TITLES: Final[dict[Form, tuple[str, str]]] = {
    "command": ("u", "Commands"),
    "curl": ("c", "curl"),
    "python": ("p", "Python"),
}
_EMPTY: Final[dict[Form, str]] = {
    "command": "Nothing was done yet. What you do here appears as a command line.",
    "curl": "No change was sent yet. Each one appears as a request.",
    "python": "No change was sent yet. Each one appears as a call.",
}


class CommandLogScreen(ModalScreen[None]):
    """The newest line first; the one under the cursor in full below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "copy", "Copy", id="log.copy", tooltip="Copy this line."),
        Binding("Y", "copy_all", "Copy all", id="log.copy_all", tooltip="Copy all as a script."),
        Binding("s", "save", "Save script", id="log.save", tooltip="Write all to a script."),
        Binding("tab", "turn", "Next form", id="log.turn", tooltip="Commands, curl, Python."),
        Binding("u", "say('command')", "Commands", id="log.command", tooltip="As command lines."),
        Binding("c", "say('curl')", "curl", id="log.curl", tooltip="As curl, without the key."),
        Binding("p", "say('python')", "Python", id="log.python", tooltip="As Python calls."),
        Binding("escape,q,L", "dismiss", "Close", id="log.close", tooltip="Go back."),
    ]
    DEFAULT_CSS = """
    CommandLogScreen #forms { height: 1; margin-bottom: 1; }
    CommandLogScreen #full { height: auto; max-height: 9; overflow-y: auto; padding: 0 1; }
    CommandLogScreen #full { border-top: solid $border-blurred; }
    """

    form: reactive[Form] = reactive("command")

    class Saved(Message):
        """The script is in a file."""

        def __init__(self, to: Destination, lines: int) -> None:
            self.to, self.lines = to, lines
            super().__init__()

    class NotSaved(Message):
        """It is in no file."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._log, self._profile = workspace.log, workspace.profile

    def compose(self) -> ComposeResult:
        """The three forms, a table of two columns, and one line in full."""
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content.styled("Command log", "bold")
            box.border_subtitle = Content("y copies   s saves a script   esc closes")
            yield Static("", id="forms", markup=False)
            yield VirtualTable(
                [
                    TableColumn("when", "TIME", lambda line: f"{line.when:%H:%M:%S}", width=8),
                    TableColumn(
                        "line", "WHAT", lambda line: one_line(line.title), flex=True, max_width=400
                    ),
                ],
                markable=False,
                fit="scroll",
            )
            with Vertical(id="full"):
                yield Static("", id="code", markup=False)

    def on_mount(self) -> None:
        """The newest first."""
        self.query_one(VirtualTable).focus()

    def watch_form(self, form: Form) -> None:
        """Say everything in another way."""
        table = self.query_one(VirtualTable)
        table.empty_text = _EMPTY[form]
        table.set_rows(list(reversed(lines_of(self._log, form, self._profile))), key=id)
        self.query_one("#forms", Static).update(self._forms())
        self._show(table.current_row)

    def action_say(self, form: Form) -> None:
        """Say everything in that way."""
        self.form = form

    def action_turn(self) -> None:
        """Say everything in the next way."""
        self.form = FORMS[(FORMS.index(self.form) + 1) % len(FORMS)]

    def action_copy(self) -> None:
        """Copy the line under the cursor."""
        line: Line | None = self.query_one(VirtualTable).current_row
        if line is not None:
            self.app.copy_to_clipboard(line.code)
            words = crop(one_line(line.code), 200)
            self.notify(words, title="Copied", markup=False, timeout=3)

    def action_copy_all(self) -> None:
        """Copy what `s` would write."""
        count = self._count
        if count:
            self.app.copy_to_clipboard(script_of(self._log, self.form, self._profile))
            self.notify(f"A script of {wording.plural(count, 'line')}", title="Copied", timeout=3)

    def action_save(self) -> None:
        """Ask where to, then write the script."""
        if not self._count:
            self.notify(_EMPTY[self.form], title="Save script: not now", severity="warning")
            return
        ending = ENDINGS[self.form]

        def answered(to: Destination | None) -> None:
            if to is not None:
                script = script_of(self._log, self.form, self._profile)
                self._save(to, script, self._count)

        self.app.push_screen(
            PathForm(
                "Save this session as a script",
                about=f"{wording.plural(self._count, 'line')}; no key is written",
                proposal=f"segops-session{ending}",
                endings=[ending],
            ),
            answered,
        )

    @work(group="save", exclusive=True)
    async def _save(self, to: Destination, script: str, lines: int) -> None:
        target = Target(to.path, to.force, tag="session")
        try:
            target.check()
            with Receiver(target) as receiver:
                receiver.write(script.encode())
                receiver.finish(announced=None)
        except SegOpsError as error:
            self.post_message(self.NotSaved(error))
        else:
            self.post_message(self.Saved(to, lines))

    @on(Saved)
    def _saved(self, event: Saved) -> None:
        event.stop()
        runner = "python" if event.to.path.suffix == ".py" else "bash"
        runner = "python" if event.to.path.suffix == ".py" else "sh"
        name = one_line(event.to.path)
        words = f"{wording.plural(event.lines, 'line')} → {name}\nRead it, then: {runner} {name}"
        self.notify(words, title="Saved", markup=False, timeout=8)

    @on(NotSaved)
    def _not_saved(self, event: NotSaved) -> None:
        event.stop()
        problem = problem_of(event.error)
        self.notify(problem.words, title="Not saved", severity="error", markup=False)

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        self._show(event.row)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.action_copy()

    @property
    def _count(self) -> int:
        return len(self._log.entries if self.form == "command" else self._log.sent)

    def _show(self, line: Line | None) -> None:
        self.query_one("#full").display = line is not None
        if line is not None:
            note = "\nA secret was left out: …" if line.hides else ""
            words = Content(block(line.code))
            self.query_one("#code", Static).update(words + Content.styled(note, "$warning"))

    def _forms(self) -> Content:
        current = "bold $block-cursor-foreground on $block-cursor-background"
        return Content("  ").join(
            Content.assemble(
                (f" {key} ", "bold $primary"),
                (f" {title} ", current if form == self.form else "$text-muted"),
            )
            for form, (key, title) in _TITLES.items()
        )
