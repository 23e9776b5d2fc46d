"""A form for any noun: checked as it is typed, sent once, a server's complaints at their fields.

Knows fields and how to send what they hold by whatever it is handed; knows no noun. What was typed
is lost only to who says so twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.dialogs.form_fields import Reading, read, sent
from segops_tui.tui.dialogs.form_lines import (
    keys_line,
    label_of,
    line_of,
    typed_in,
    typed_of,
    write_in,
)
from segops_tui.tui.widgets.choice import Choice
from segops_tui.tui.widgets.ticks import Ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from segops_tui.tui.dialogs.form_fields import FormField

LOW: Final = 32
"""Lines of a screen from which on there is room for all of a form."""
Send = Callable[[dict[str, Any]], Awaitable[Any]]
"""Sends a body, answers what the server made of it."""


class FormScreen(ModalScreen[Any]):
    """Answers what `send` answered, or None where nothing was kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Save", id="form.keep", tooltip="Check it and send it."),
        Binding("escape", "give_up", "Cancel", id="form.cancel", tooltip="Send nothing."),
        Binding(
            "ctrl+y", "copy", "Copy command", id="form.copy",
            tooltip="Copy the command line that does the same.",
        ),
        Binding("down", "app.focus_next", "Next", show=False, id="form.next"),
        Binding("up", "app.focus_previous", "Before", show=False, id="form.before"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    FormScreen .dialog { width: 88; padding: 0 2; }
    FormScreen .line { height: auto; width: 1fr; }
    FormScreen .line .label { width: 16; color: $text-muted; }
    FormScreen .line Input { width: 1fr; }
    FormScreen .line Choice, FormScreen .line Ticks, FormScreen .line .fixed {
        padding: 0 1; width: 1fr;
    }
    FormScreen .line TextArea, FormScreen .line TextArea:focus {
        width: 1fr; height: 9; border: none; padding: 0 1; background: $panel;
    }
    FormScreen .line TextArea:focus { background: $block-cursor-blurred-background; }
    FormScreen.-low .line TextArea, FormScreen.-low .line TextArea:focus { height: 5; }
    FormScreen .line TextArea.-short, FormScreen .line TextArea.-short:focus { height: 4; }
    FormScreen .fault { height: auto; padding-left: 17; color: $error; display: none; }
    FormScreen .note { height: auto; padding-left: 17; color: $text-muted; }
    FormScreen .fault.-said { display: block; }
    FormScreen #fields { height: auto; max-height: 100%; }
    FormScreen #note { color: $text-muted; margin-bottom: 1; }
    FormScreen #said { height: auto; min-height: 1; margin-top: 1; }
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]  # noqa: RUF012

    doing: ClassVar[str] = "saving"
    """What is said while the server is waited for."""
    not_done: ClassVar[str] = "Not saved"
    """What is said where it refused."""
    key_title: ClassVar[str] = "save"
    """What ctrl+s does, in a word."""

    class Kept(Message):
        """The server has it."""

        def __init__(self, answer: Any) -> None:
            self.answer = answer
            super().__init__()

    class Failed(Message):
        """The server does not have it."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(
        self,
        title: str,
        fields: Sequence[FormField],
        *,
        send: Send,
        profile: str,
        command: Callable[[dict[str, Any]], str] | None = None,
        changed_only: bool = False,
        note: str = "",
    ) -> None:
        super().__init__()
        self._title, self._fields, self._send_body = title, list(fields), send
        self._profile, self._command, self._note = profile, command, note
        self._changed_only = changed_only
        self._touched: set[str] = set()
        self._warned = self._busy = False

    def compose(self) -> ComposeResult:
        """A line for each field, what is against it below; what is against all of it at the end."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content.styled(one_line(self._title), "bold")
            box.border_subtitle = Content(f"Profile  {one_line(self._profile)}")
            if self._note:
                yield Static(Content(one_line(self._note)), id="note", markup=False)
            with VerticalScroll(id="fields", can_focus=False):
                for field in self._fields:
                    with Horizontal(classes="line"):
                        yield Static(label_of(field), classes="label", markup=False)
                        yield line_of(field)
                    if field.note:
                        yield Static(Content(one_line(field.note)), classes="note", markup=False)
                    yield Static("", id=f"fault-{field.slug}", classes="fault", markup=False)
            yield from self.below()
            yield Static("", id="said", markup=False)
            yield Static(keys_line(self.key_title), markup=False)

    def on_mount(self) -> None:
        """Begin at the first line that can be changed."""
        first = next((field for field in self._fields if not field.fixed), None)
        if first is not None:
            self._line(first).focus()

    @property
    def body(self) -> dict[str, Any]:
        """What would be sent now."""
        values = {name: reading.value for name, reading in self._readings().items()}
        return sent(self._fields, values, changed_only=self._changed_only)

    def below(self) -> Iterable[Widget]:
        """What stands below the fields; heirs may have something to show there."""
        return ()

    def kept(self, answer: Any) -> None:
        """The server has it: leave, unless an heir has more to ask or to show."""
        self.dismiss(answer)

    def stay(self, words: str, style: str = "$text-muted") -> None:
        """Let the person go on in the form, and say why."""
        self._busy = False
        self._say(words, style)

    def typed(self, name: str) -> str:
        """What stands in a line."""
        return typed_in(self._named(name))

    def put(self, name: str, typed: str) -> None:
        """Write something into a line."""
        write_in(self._named(name), typed)

    def changed_field(self, name: str) -> None:
        """A field was changed by hand; heirs may follow it."""

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    @on(Ticks.Changed)
    def _changed(self, event: Any) -> None:
        event.stop()
        field = next((f for f in self._fields if f"field-{f.slug}" == event.control.id), None)
        if field is None:
            return
        if self._typed(field) != field.typed:
            self._touched.add(field.name)
        self._warned = False
        self._say("")
        if field.name in self._touched:
            self._show_fault(field, read(field, self._typed(field)))
        self.changed_field(field.name)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    @on(Kept)
    def _was_kept(self, event: Kept) -> None:
        event.stop()
        self.kept(event.answer)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self._busy = False
        problem = problem_of(event.error)
        at_fields = event.error.fields if isinstance(event.error, Invalid) else {}
        said = {name: field for field in self._fields for name in (field.name, *field.also)}
        known = [said[name] for name in at_fields if name in said]
        for name, texts in at_fields.items():
            if name in said:
                self._show_fault(said[name], Reading(fault=" ".join(texts)))
        if known and len(known) == len(at_fields):
            self._line(known[0]).focus()
            self._say(f"{self.not_done}: see above.", "bold $error")
        else:
            self._say(f"{self.not_done}. {problem.line} {problem.hint}", "bold $error")

    def action_give_up(self) -> None:
        """Send nothing; what was typed is thrown away only at the second time."""
        if self._is_changed() and not self._warned:
            self._warned = True
            self._say(
                f"esc once more throws away what you typed; ctrl+s: {self.key_title}.", "$warning"
            )
            return
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the command line that does the same."""
        if self._command is not None:
            line = self._command(self.body)
            self.app.copy_to_clipboard(line)
            self.notify(one_line(line), title="Copied", markup=False, timeout=4)

    def action_keep(self) -> None:
        """Send it, unless something is against it."""
        if self._busy:
            return
        readings = self._readings()
        faulty = [field for field in self._fields if readings[field.name].fault]
        for field in self._fields:
            self._show_fault(field, readings[field.name])
        body = self.body
        if faulty:
            self._line(faulty[0]).focus()
            self._say("Not sent: see above.", "bold $error")
        elif self._changed_only and not body:
            self._say("Nothing was changed.", "$text-muted")
        else:
            self._busy = True
            self._say(f"◌ {self.doing} …", "$primary")
            self._keep(body)

    @work(exclusive=True, group="keep")
    async def _keep(self, body: dict[str, Any]) -> None:
        try:
            answer = await self._send_body(body)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Kept(answer))

    def _readings(self) -> dict[str, Reading]:
        return {field.name: read(field, self._typed(field)) for field in self._fields}

    def _is_changed(self) -> bool:
        return any(self._typed(field) != field.typed for field in self._fields)

    def _typed(self, field: FormField) -> str:
        return field.typed if field.fixed else typed_of(field, self._line(field))

    def _line(self, field: FormField) -> Widget:
        return self.query_one(f"#field-{field.slug}")

    def _named(self, name: str) -> Widget:
        return self._line(next(field for field in self._fields if field.name == name))

    def _show_fault(self, field: FormField, reading: Reading) -> None:
        line = self.query_one(f"#fault-{field.slug}", Static)
        line.update(Content(block(reading.fault)))
        line.set_class(bool(reading.fault), "-said")

    def _say(self, words: str, style: str = "") -> None:
        self.query_one("#said", Static).update(Content.styled(one_line(words), style))
