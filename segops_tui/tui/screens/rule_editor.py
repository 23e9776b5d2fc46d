"""Writing a rule: its JSON on the left, on the right what it means and whom it matches.

Knows both kinds of segment by what it is handed. What was written is lost only to who says so
twice: not to a server that is away, nor to one that refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static, TextArea

from segops_tui import wording
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.tui.actions import bindings
from segops_tui.tui.form_fields import FormField, sent, set_options
from segops_tui.tui.problems import problem_of
from segops_tui.tui.rule_draft import START, placed, read_draft, told, written
from segops_tui.tui.screens.acting import Acting
from segops_tui.tui.screens.live_preview import NO_PREVIEW, LivePreview
from segops_tui.tui.screens.rule_editor_actions import RULE_EDITOR_ACTIONS
from segops_tui.tui.text import one_line
from segops_tui.tui.widgets.key_bar import KeyBar
from segops_tui.tui.widgets.named_lines import NamedLines
from segops_tui.tui.widgets.rule_text import RuleText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.condition_types import Kind
    from segops_tui.nouns.action import Action
    from segops_tui.tui.rule_draft import Complaint
    from segops_tui.tui.workspace import Workspace

MOST_SHOWN: Final = 3
"""Complaints shown in full; how many more there are is counted."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rule is written."""

    kind: Kind
    one: str
    """What one is called."""
    resource: Any
    """The client's namespace, which has `create` and `update`."""
    save: Action
    """Creating or editing, whose command line is the equivalent one."""
    row: Any = None
    """The segment as it is; None for a new one."""

    @property
    def lines(self) -> tuple[FormField, FormField]:
        """Its name and its description."""
        raw = {} if self.row is None else self.row.raw
        # As they are shown, so that a name nobody touched counts as unchanged.
        name, description = (one_line(raw.get(key) or "") for key in ("name", "description"))
        return (
            FormField("name", "Name", value=name, required=True),
            FormField("description", "Description", value=description),
        )

    @property
    def rule(self) -> FormField:
        """Its rule."""
        raw = {} if self.row is None else self.row.raw
        return FormField("definition", "Rule", "json", value=raw.get("definition") or None)


class RuleEditor(Acting, Screen[Any]):
    """Answers the segment as the server then has it, or None where nothing was saved."""

    ACTIONS: ClassVar[Sequence[Action]] = RULE_EDITOR_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        # Some of these keys mean something in a text; here they mean this.
        replace(binding, priority=binding.key.startswith("ctrl+"))
        for binding in bindings(RULE_EDITOR_ACTIONS)
    ]
    DEFAULT_CSS = """
    RuleEditor {
        .editor { border: round $border; border-title-color: $foreground; height: 1fr; }
        #both { height: 1fr; }
        #text { width: 3fr; height: 1fr; padding: 1 1 0 0; }
        #preview { width: 2fr; height: 1fr; }
        #complaints { height: auto; padding: 0 1; color: $error; display: none; }
        #complaints.-said { display: block; }
        #said { height: 1; padding: 0 1; }
    }
    """

    class Kept(Message):
        """The server has it."""

        def __init__(self, answer: Any, body: dict[str, Any]) -> None:
            self.answer, self.body = answer, body
            super().__init__()

    class Failed(Message):
        """The server does not have it."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(self, workspace: Workspace, subject: Subject) -> None:
        super().__init__()
        self.workspace, self._subject = workspace, subject
        rule = subject.rule.value
        self._text_before = START if rule is None else written(rule)
        self._draft = read_draft(self._text_before, kind=subject.kind)
        self._names = NamedLines(subject.lines, id="names")
        self._text = RuleText(self._text_before, id="text")
        self._preview = LivePreview(workspace, subject.kind, id="preview")
        self._complaints = Static("", id="complaints", markup=False)
        self._said = Static("", id="said", markup=False)
        self._busy = self._warned = self._insists = False

    def compose(self) -> ComposeResult:
        """The names above, the rule and its meaning side by side, what is wrong below."""
        row = self._subject.row
        title = f"New {self._subject.one}" if row is None else f"Change {row.name}"
        with Vertical(classes="editor") as box:
            box.border_title = Content.styled(one_line(title), "bold")
            box.border_subtitle = Content(f"Profile  {one_line(self.workspace.profile.name)}")
            yield self._names
            with Horizontal(id="both"):
                yield self._text
                yield self._preview
            yield self._complaints
            yield self._said
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin where there is something to write."""
        if self._subject.row is None:
            self._names.begin()
        else:
            self._text.focus()
        self._read()

    @work(exclusive=True, group="keep")
    async def _keep(self, body: dict[str, Any]) -> None:
        resource, row = self._subject.resource, self._subject.row
        try:
            if row is None:
                answer = await resource.create(**body)
            else:
                answer = await resource.update(row.id, **body)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Kept(answer, body))

    @on(TextArea.Changed)
    def _written(self, event: TextArea.Changed) -> None:
        event.stop()
        self._changed()
        self._read()

    @on(NamedLines.Changed)
    def _changed(self) -> None:
        self._warned = self._insists = False
        self._say("✎ changed, not saved yet" if self._is_changed else "", "$text-muted")

    @on(LivePreview.Refused)
    def _refused(self, event: LivePreview.Refused) -> None:
        event.stop()
        self._complain(placed(self._text.text, told(event.texts)))

    @on(Kept)
    def _was_kept(self, event: Kept) -> None:
        event.stop()
        self.workspace.log.add(self._command(event.body))
        self.dismiss(event.answer)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self._busy = False
        problem = problem_of(event.error)
        at_fields = event.error.fields if isinstance(event.error, Invalid) else {}
        if "definition" in at_fields:
            complaints = placed(self._text.text, told(at_fields["definition"]))
            self._complain(complaints)
            self._go_to(complaints)
        self._names.show_faults({name: " ".join(texts) for name, texts in at_fields.items()})
        if at_fields and at_fields.keys() <= {"name", "description", "definition"}:
            self._say("Not saved: see what is marked.", "bold $error")
        else:
            self._say(f"Not saved. {problem.line} {problem.hint}", "bold $error")

    def do_save(self) -> None:
        """Send it, unless something is against it."""
        draft, body = self._draft, self._body()
        if self._busy:
            return
        if not self._names.check():
            self._say("Not sent: see above.", "bold $error")
        elif draft.definition is None:
            self._go_to(draft.complaints)
            self._say("Not sent: the rule is no JSON object yet.", "bold $error")
        elif draft.complaints and not self._insists:
            self._insists = True
            self._go_to(draft.complaints)
            counted = wording.plural(len(draft.complaints), "fault")
            self._say(f"Not sent: {counted}. ctrl+s once more sends it as it is.", "$warning")
        elif not body:
            self._say("Nothing was changed.", "$text-muted")
        else:
            self._busy = True
            self._say("◌ saving …", "$primary")
            self._keep(body)

    def cannot_ask(self) -> str:
        """Only a sound rule for users can be tried."""
        if self._subject.kind == "product":
            return NO_PREVIEW
        if self._draft.is_sound and self._draft.has_conditions:
            return ""
        return "First the rule must be sound and have a condition."

    def do_ask(self) -> None:
        """Ask without waiting for the typing to rest."""
        self._preview.follow(self._draft, rest=0.0)

    def do_copy(self) -> None:
        """Copy the command line that does the same."""
        line = self._command(self._body())
        self.app.copy_to_clipboard(line)
        self.notify(one_line(line), title="Copied", markup=False, timeout=4)

    def do_leave(self) -> None:
        """Send nothing; what was written is thrown away only at the second time."""
        if self._is_changed and not self._warned:
            self._warned = True
            self._say("esc once more throws away what you wrote; ctrl+s saves it.", "$warning")
            return
        self.dismiss(None)

    @property
    def _is_changed(self) -> bool:
        return self._text.text != self._text_before or self._names.is_changed

    def _read(self) -> None:
        """Say what the text means now, and ask whom it matches."""
        self._draft = read_draft(self._text.text, kind=self._subject.kind)
        self._complain(self._draft.complaints)
        self._preview.follow(self._draft)
        self.refresh_bindings()

    def _complain(self, complaints: Sequence[Complaint]) -> None:
        self._text.complaints = complaints
        lines = [Content(f"✗ {each.sentence}") for each in complaints[:MOST_SHOWN]]
        if len(complaints) > MOST_SHOWN:
            lines.append(Content(f"  and {len(complaints) - MOST_SHOWN} more"))
        self._complaints.update(Content("\n").join(lines))
        self._complaints.set_class(bool(lines), "-said")

    def _go_to(self, complaints: Sequence[Complaint]) -> None:
        if complaints:
            self._text.focus()
            self._text.go_to(complaints[0].start)

    def _body(self) -> dict[str, Any]:
        """What would be sent now; of a segment that there is, only what was changed."""
        fields = (*self._subject.lines, self._subject.rule)
        values = self._names.values
        if self._draft.definition is not None:
            values["definition"] = self._draft.definition
        return sent(fields, values, changed_only=self._subject.row is not None)

    def _command(self, body: dict[str, Any]) -> str:
        options = set_options((self._subject.rule, *self._subject.lines), body)
        row = self._subject.row
        if row is None:
            return self._subject.save.command_line(fields=options)
        return self._subject.save.command_line(id=row.id, fields=options)

    def _say(self, words: str, style: str = "") -> None:
        self._said.update(Content.styled(one_line(words), style))
