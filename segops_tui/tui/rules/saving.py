"""What a screen that writes a rule keeps: the text, what is against it, and how it is saved.

Knows both kinds of segment by what it is handed. What was written is lost only to who says so
twice: not to a server that is away, nor to one that refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from segops_tui import wording
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form_fields import FormField, sent, set_options
from segops_tui.tui.rules.draft import START, placed, read_draft, told, written
from segops_tui.tui.rules.named_lines import NamedLines
from segops_tui.tui.rules.version_diff import VersionDiff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.condition_types import Kind
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.draft import Complaint
    from segops_tui.tui.rules.text import RuleText

MOST_SHOWN: Final = 3
"""Complaints shown in full; how many more there are is counted."""
CHANGES_WIDTH: Final = 100
"""Cells of the question that shows the changes, where there is room."""
_FIELDS: Final = frozenset({"name", "description", "definition"})


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

    @property
    def text(self) -> str:
        """Its rule as text to begin with."""
        rule = self.rule.value
        return START if rule is None else written(rule)

    def command(self, body: dict[str, Any]) -> str:
        """The command line that sends a body."""
        options = set_options((self.rule, *self.lines), body)
        if self.row is None:
            return self.save.command_line(fields=options)
        return self.save.command_line(id=self.row.id, fields=options)


class RuleSaving(ActionOwner, Screen[Any]):
    """Answers the segment as the server then has it, or None where nothing was saved."""

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

    text: RuleText
    """The rule as it is written; heirs make it."""

    def __init__(self, workspace: Workspace, subject: Subject) -> None:
        super().__init__()
        self.workspace, self.subject = workspace, subject
        self.draft = read_draft(subject.text, kind=subject.kind)
        self.names = NamedLines(subject.lines, id="names")
        self._complaints = Static("", id="complaints", markup=False)
        self._said = Static("", id="said", markup=False)
        self._busy = self._warned = self._insists = False

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to lose."""
        return self.text.text != self.subject.text or self.names.is_changed

    @property
    def body(self) -> dict[str, Any]:
        """What would be sent now; of a segment that there is, only what was changed."""
        fields = (*self.subject.lines, self.subject.rule)
        values = self.names.values
        if self.draft.definition is not None:
            values["definition"] = self.draft.definition
        return sent(fields, values, changed_only=self.subject.row is not None)

    def complain(self, complaints: Sequence[Complaint]) -> None:
        """Show what is against the rule, where it stands and below in words."""
        self.text.complaints = complaints
        lines = [Content(f"✗ {each.sentence}") for each in complaints[:MOST_SHOWN]]
        if len(complaints) > MOST_SHOWN:
            lines.append(Content(f"  and {len(complaints) - MOST_SHOWN} more"))
        self._complaints.update(Content("\n").join(lines))
        self._complaints.set_class(bool(lines), "-said")

    def complain_of(self, texts: Sequence[str]) -> None:
        """Show what a server has against it."""
        self.complain(placed(self.text.text, told(texts)))

    def say(self, words: str, style: str = "") -> None:
        """Say how it stands."""
        self._said.update(Content.styled(one_line(words), style))

    @work(exclusive=True, group="keep")
    async def _keep(self, body: dict[str, Any]) -> None:
        resource, row = self.subject.resource, self.subject.row
        try:
            if row is None:
                answer = await resource.create(**body)
            else:
                answer = await resource.update(row.id, **body)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Kept(answer, body))

    @on(Kept)
    def _was_kept(self, event: Kept) -> None:
        event.stop()
        self.workspace.log.add(self.subject.command(event.body))
        self.dismiss(event.answer)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self._busy = False
        problem = problem_of(event.error)
        at_fields = event.error.fields if isinstance(event.error, Invalid) else {}
        if "definition" in at_fields:
            self.complain_of(at_fields["definition"])
            self._go_to_fault()
        self.names.show_faults({name: " ".join(texts) for name, texts in at_fields.items()})
        if at_fields and at_fields.keys() <= _FIELDS:
            self.say("Not saved: see what is marked.", "bold $error")
        else:
            self.say(f"Not saved. {problem.line} {problem.hint}", "bold $error")

    @on(NamedLines.Changed)
    def touched(self) -> None:
        """Something was changed: what was said of the state before no longer holds."""
        self._warned = self._insists = False
        self.say("✎ changed, not saved yet" if self.is_changed else "", "$text-muted")

    def do_save(self) -> None:
        """Send it, unless something is against it; production is asked about once more."""
        if self._busy or self._hindered():
            return
        lock = self.workspace.opened.lock
        if lock is not None and self.body:
            self.confirm_changes()
        else:
            self.send()

    def confirm_changes(self) -> None:
        """Show what was changed, and send it at a yes."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.send()
            else:
                self.say("Not saved: what you wrote is still here; ctrl+s saves it.", "$warning")

        before = "" if self.subject.row is None else self.subject.text
        name = self.names.values["name"] or self.subject.one
        diff = VersionDiff()
        diff.show_lines(before.splitlines(), self.text.text.splitlines())
        question = Confirm(
            f"Save {crop(one_line(name), 60)}?",
            details=diff,
            profile=self.workspace.profile.name,
            yes="Save it",
            no="No, not yet",
            width=CHANGES_WIDTH,
        )
        self.app.push_screen(question, answered)

    def send(self) -> None:
        """Send what was changed."""
        body = self.body
        if not body:
            self.say("Nothing was changed.", "$text-muted")
            return
        self._busy = True
        self.say("◌ saving …", "$primary")
        self._keep(body)

    def do_copy(self) -> None:
        """Copy the command line that does the same."""
        line = self.subject.command(self.body)
        self.app.copy_to_clipboard(line)
        self.notify(one_line(line), title="Copied", markup=False, timeout=4)

    def do_leave(self) -> None:
        """Send nothing; what was written is thrown away only at the second time."""
        if self.is_changed and not self._warned:
            self._warned = True
            self.say("esc once more throws away what you wrote; ctrl+s saves it.", "$warning")
            return
        self.dismiss(None)

    def _hindered(self) -> bool:
        """Whether something is against sending it, which is then said."""
        draft = self.draft
        if not self.names.check():
            self.say("Not sent: see above.", "bold $error")
        elif draft.definition is None:
            self._go_to_fault()
            self.say("Not sent: the rule is no JSON object yet.", "bold $error")
        elif draft.complaints and not self._insists:
            self._insists = True
            self._go_to_fault()
            counted = wording.plural(len(draft.complaints), "fault")
            self.say(f"Not sent: {counted}. ctrl+s once more sends it as it is.", "$warning")
        else:
            return False
        return True

    def _go_to_fault(self) -> None:
        self.text.focus()
        if self.text.complaints:
            self.text.go_to(self.text.complaints[0].start)
