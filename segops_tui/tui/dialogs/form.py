"""Form: asks for the fields of any noun, checks them as they are typed, and sends them once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, TextArea

from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.nouns.column import Context
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import block, key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.dialogs.form_fields import NO, YES, Reading, as_option, body_of, read
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.choice import Choice, MultiChoice
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from segops_tui.nouns.column import Noun
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.dialogs.form_fields import FormField

LOW: Final = 32
"""Screen height in lines below which a form is drawn more tightly."""
RESULT_LINES: Final = 7
"""Height of the table of a dry run; it scrolls."""
RESULT_LINES_LOW: Final = 4
"""Its height on a low screen."""
_KEYS: Final = (("ctrl+y", "copy command"), ("esc", "cancel"))
_CHOOSING: Final = frozenset({"choice", "several", "flag"})
"""Kinds of fields that the arrow keys choose in."""
Send = Callable[[dict[str, Any]], Awaitable[Any]]
"""Sends a body and returns what the server answered."""


@dataclass(frozen=True, slots=True)
class DryRunResult:
    """What a request would do: a sentence with its style, and rows."""

    words: str
    style: str = ""
    rows: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class DryRun:
    """Makes a form show each answer below its fields and stay open, as nothing is stored."""

    workspace: Workspace
    noun: Noun[Any]
    """Which columns the rows of a result have."""
    result_of: Callable[[Any], DryRunResult]


class Form(Dialog[Any]):
    """Answers what `send` returned, or None where the user cancelled.

    What the server rejects by field is shown at that field. Escape asks for a second escape
    before it throws typed text away.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Save", id="form.keep", tooltip="Check it and send it."),
        Binding("escape", "cancel", "Cancel", id="form.cancel", tooltip="Send nothing."),
        Binding(
            "ctrl+y", "copy", "Copy command", id="form.copy",
            tooltip="Copy the command line that does the same.",
        ),
        Binding("enter", "go_on", "Next", show=False, id="form.go_on"),
        Binding("down", "app.focus_next", "Next", show=False, id="form.next"),
        Binding("up", "app.focus_previous", "Before", show=False, id="form.before"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    Form .line { height: auto; width: 1fr; }
    Form .line .label { width: 16; color: $text-muted; }
    Form .line Input { width: 1fr; }
    Form .line Choice, Form .line MultiChoice, Form .line .fixed { padding: 0 1; width: 1fr; }
    Form .line TextArea, Form .line TextArea:focus {
        width: 1fr; height: 9; border: none; padding: 0 1; background: $panel;
    }
    Form .line TextArea:focus { background: $block-cursor-blurred-background; }
    Form.-low .line TextArea, Form.-low .line TextArea:focus { height: 5; }
    Form.-dry-run .line TextArea, Form.-dry-run .line TextArea:focus { height: 7; }
    Form.-dry-run.-low .line TextArea, Form.-dry-run.-low .line TextArea:focus { height: 3; }
    Form .line TextArea.-short, Form .line TextArea.-short:focus { height: 4; }
    Form .fault { height: auto; padding-left: 17; color: $error; display: none; }
    Form .note { height: auto; padding-left: 17; color: $text-muted; }
    Form .fault.-shown { display: block; }
    Form #fields { height: auto; max-height: 100%; }
    Form #note { color: $text-muted; margin-bottom: 1; }
    Form #results { display: none; margin-top: 1; }
    Form #status { height: auto; min-height: 1; margin-top: 1; }
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]  # noqa: RUF012

    key_title: ClassVar[str] = "save"
    """What ctrl+s does, in a word."""
    busy_title: ClassVar[str] = "saving"
    """Shown while the server is working."""
    failed_title: ClassVar[str] = "Not saved"
    """Shown where the server refused."""

    declined_note: ClassVar[str] = ""
    """Shown where `send` returns None as the user declined its question; empty closes the form."""

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
        dry_run: DryRun | None = None,
    ) -> None:
        super().__init__(title, subtitle=f"Profile  {profile}")
        self._fields, self._send, self._command = list(fields), send, command
        self._note, self._changed_only = note, changed_only
        self._dry_run = dry_run
        self._results = NounTable(id="results", markable=False)
        self._touched: set[str] = set()
        self._warned = self._busy = False
        self.set_class(dry_run is not None, "-dry-run")

    def body(self) -> ComposeResult:
        """Each field with its fault below it, then what concerns the whole form, then the keys."""
        if self._note:
            yield PlainText(Content(one_line(self._note)), id="note")
        with VerticalScroll(id="fields", can_focus=False):
            for field in self._fields:
                with Horizontal(classes="line"):
                    yield PlainText(_label(field), classes="label")
                    yield _editor(field)
                if field.note:
                    yield PlainText(Content(one_line(field.note)), classes="note")
                yield PlainText(id=f"fault-{field.slug}", classes="fault")
        if self._dry_run is not None:
            yield self._results
        yield PlainText(id="status")
        yield PlainText(key_hints(*self._keys()))

    def _keys(self) -> Iterator[tuple[str, str]]:
        kinds = [field.kind for field in self._fields if not field.fixed]
        if kinds[1:]:
            yield "ctrl+s", self.key_title
            yield "enter tab", "next"
        else:
            yield "enter ctrl+s", self.key_title
        if not _CHOOSING.isdisjoint(kinds):
            yield "← →", "choose"
        yield from _KEYS

    def on_mount(self) -> None:
        """Focus the first field that can be changed."""
        first = next((field for field in self._fields if not field.fixed), None)
        if first is not None:
            self._line(first).focus()
        dry_run = self._dry_run
        if dry_run is not None:
            self._results.show_columns(
                dry_run.noun.columns, context=lambda: Context(now=dry_run.workspace.now())
            )

    @property
    def payload(self) -> dict[str, Any]:
        """What would be sent now."""
        values = {name: reading.value for name, reading in self._readings().items()}
        return body_of(self._fields, values, changed_only=self._changed_only)

    def accepted(self, answer: Any) -> None:
        """Close with the server's answer; a dry run shows it and stays open."""
        if answer is None and self.declined_note:
            self.stay_open(self.declined_note)
            return
        if self._dry_run is None:
            self.dismiss(answer)
            return
        result = self._dry_run.result_of(answer)
        self._results.display = bool(result.rows)
        tallest = RESULT_LINES_LOW if self.app.size.height < LOW else RESULT_LINES
        self._results.styles.height = min(len(result.rows) + 1, tallest)
        self._results.set_rows(result.rows, key=id)
        self.stay_open(result.words, result.style)

    def stay_open(self, words: str, style: str = "$text-muted") -> None:
        """Let the user go on in the form after the server's answer, and show why."""
        self._busy = False
        self.show_status(words, style)

    def show_status(self, words: str, style: str = "$text-muted") -> None:
        """Show a sentence about the whole form."""
        self.query_one("#status", PlainText).update(Content.styled(one_line(words), style))

    def typed(self, name: str) -> str:
        """The text of a field."""
        return _text_in(self._named(name))

    def write(self, name: str, text: str) -> None:
        """Replace the text of a field, as if it had been typed."""
        match self._named(name):
            case Input() | Choice() as line:
                line.value = text
            case TextArea() as area:
                area.text = text

    def changed_field(self, name: str) -> None:
        """Called when the user changed a field; subclasses may adapt others to it."""

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    @on(MultiChoice.Changed)
    def _changed(self, event: Any) -> None:
        event.stop()
        field = next((f for f in self._fields if f"field-{f.slug}" == event.control.id), None)
        if field is None:
            return
        if self._typed(field) != field.typed:
            self._touched.add(field.name)
        self._warned = False
        self.show_status("")
        if field.name in self._touched:
            self._show_fault(field, read(field, self._typed(field)).fault)
        self.changed_field(field.name)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go_on()

    def action_go_on(self) -> None:
        """Go to the next field; send from the last one."""
        if not self.next_line():
            self.action_keep()

    def action_cancel(self) -> None:
        """Send nothing; typed text is thrown away only at the second escape."""
        if self._dry_run is None and self._is_changed() and not self._warned:
            self._warned = True
            words = f"esc again throws away what you typed; ctrl+s: {self.key_title}."
            self.show_status(words, "$warning")
            return
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the command line that does the same."""
        if self._command is not None:
            line = self._command(self.payload)
            self.app.copy_to_clipboard(line)
            self.notify(one_line(line), title="Copied", markup=False, timeout=4)

    def action_keep(self) -> None:
        """Send the fields, unless one of them has a fault."""
        if self._busy:
            return
        readings = self._readings()
        faulty = [field for field in self._fields if readings[field.name].fault]
        for field in self._fields:
            self._show_fault(field, readings[field.name].fault)
        payload = self.payload
        if faulty:
            self._line(faulty[0]).focus()
            self.show_status("Not sent: see above.", "bold $error")
        elif self._changed_only and not payload:
            self.show_status("Nothing was changed.")
        else:
            self._busy = True
            self.show_status(f"◌ {self.busy_title} …", "$primary")
            # It stays busy once the server has accepted it: a form is sent once.
            self._submit(payload)

    @work(exclusive=True, group="keep")
    async def _submit(self, payload: dict[str, Any]) -> None:
        try:
            answer = await self._send(payload)
        except SegOpsError as error:
            self._show_error(error)
        else:
            self.accepted(answer)

    def _show_error(self, error: SegOpsError) -> None:
        self._busy = False
        rejected = error.fields if isinstance(error, Invalid) else {}
        fields = {name: field for field in self._fields for name in (field.name, *field.also)}
        known = [fields[name] for name in rejected if name in fields]
        for name, texts in rejected.items():
            if name in fields:
                self._show_fault(fields[name], " ".join(texts))
        if known and len(known) == len(rejected):
            self._line(known[0]).focus()
            self.show_status(f"{self.failed_title}: see above.", "bold $error")
        else:
            problem = problem_of(error, again="ctrl+s")
            words = f"{self.failed_title}. {problem.line} {problem.hint}"
            self.show_status(words, "bold $error")

    def _readings(self) -> dict[str, Reading]:
        return {field.name: read(field, self._typed(field)) for field in self._fields}

    def _is_changed(self) -> bool:
        return any(self._typed(field) != field.typed for field in self._fields)

    def _typed(self, field: FormField) -> str:
        if field.fixed:
            return field.typed
        line = self._line(field)
        typed = _text_in(line)
        # A server's text is drawn without its control characters; unless the user changed what
        # was drawn, the field still has the original text.
        drawn = block if isinstance(line, TextArea) else one_line
        return field.typed if typed == drawn(field.typed) else typed

    def _line(self, field: FormField) -> Widget:
        return self.query_one(f"#field-{field.slug}")

    def _named(self, name: str) -> Widget:
        return self._line(next(field for field in self._fields if field.name == name))

    def _show_fault(self, field: FormField, fault: str) -> None:
        line = self.query_one(f"#fault-{field.slug}", PlainText)
        line.update(Content(block(fault)))
        line.set_class(bool(fault), "-shown")


class AskForm(Form):
    """Collects values for a question that follows; nothing is saved by the form itself."""

    key_title = "go on"
    busy_title = "fetching"
    failed_title = "The request failed"


def payload_options(payload: Mapping[str, Any]) -> list[str]:
    """The `--set` options of a command line with this payload."""
    return [
        part for name, value in payload.items() for part in ("--set", f"{name}={as_option(value)}")
    ]


def _label(field: FormField) -> Content:
    """The label of a field, with a star where it is required."""
    return Content.assemble(one_line(field.label), (" *" if field.required else "", "$primary"))


def _editor(field: FormField) -> Widget:
    """A widget to type or choose in, with the field's first value."""
    name = f"field-{field.slug}"
    if field.fixed:
        return PlainText(Content(one_line(field.typed or "–")), classes="fixed", id=name)
    match field.kind:
        case "choice":
            options = list(dict.fromkeys([*field.options, *filter(None, [field.typed])]))
            return Choice(options, value=field.typed or options[0], id=name)
        case "flag":
            return Choice([YES, NO], value=field.typed, id=name)
        case "several":
            return MultiChoice(field.options, chosen=list(field.value or ()), id=name)
        case "json" | "lines":
            area = TextArea(block(field.typed), id=name, tab_behavior="focus", compact=True)
            is_short = field.reader is None and (field.kind == "lines" or not field.typed)
            return area.set_class(is_short, "-short")
    return TextInput(
        one_line(field.typed),
        id=name,
        placeholder=one_line(field.hint),
        password=field.secret,
        compact=True,
        select_on_focus=False,
    )


def _text_in(widget: Widget) -> str:
    """What a field's widget holds, as a user would type it.

    Raises:
        TypeError: it is not a widget of a field.
    """
    match widget:
        case Input() | Choice():
            return widget.value
        case TextArea():
            return widget.text
        case MultiChoice():
            return ", ".join(widget.chosen)
    raise TypeError(type(widget))
