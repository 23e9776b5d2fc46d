"""Writing a rule: its JSON on the left, on the right what it means and whom it matches.

Knows what helps in writing: what can stand where, whole conditions, another editor. How it is
saved is `rule_saving`'s.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.external_editor import write_outside
from segops_tui.tui.core.text import one_line
from segops_tui.tui.rules.completion import offers_at
from segops_tui.tui.rules.condition_chooser import ConditionChooser
from segops_tui.tui.rules.draft import laid_out, read_draft
from segops_tui.tui.rules.editor_actions import RULE_EDITOR_ACTIONS
from segops_tui.tui.rules.live_preview import NO_PREVIEW, LivePreview
from segops_tui.tui.rules.saving import RuleSaving
from segops_tui.tui.rules.suggestions import Suggestions
from segops_tui.tui.rules.templates import Vocabulary, inserted, template
from segops_tui.tui.rules.text import RuleText
from segops_tui.tui.rules.vocabulary import fetch_vocabulary
from segops_tui.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.external_editor import Outcome
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.completion import Offers
    from segops_tui.tui.rules.saving import Subject


class RuleEditor(RuleSaving):
    """A full screen for one rule."""

    ACTIONS: ClassVar[Sequence[Action]] = RULE_EDITOR_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        # Some of these keys mean something in a text; here they mean this.
        replace(binding, priority=binding.key.startswith("ctrl+"))
        for binding in bindings(RULE_EDITOR_ACTIONS)
    ]
    DEFAULT_CSS = """
    RuleEditor {
        layers: base popup;
        .editor { border: round $border; border-title-color: $foreground; height: 1fr; }
        #both { height: 1fr; }
        #text { width: 3fr; height: 1fr; padding: 1 1 0 0; }
        #preview { width: 2fr; height: 1fr; }
        #complaints { height: auto; padding: 0 1; color: $error; display: none; }
        #complaints.-said { display: block; }
        #said { height: 1; padding: 0 1; }
    }
    """

    class Learnt(Message):
        """What the workspace calls its events, properties and attributes is known."""

        def __init__(self, vocabulary: Vocabulary) -> None:
            self.vocabulary = vocabulary
            super().__init__()

    class CameBack(Message):
        """The other editor has ended."""

        def __init__(self, outcome: Outcome) -> None:
            self.outcome = outcome
            super().__init__()

    def __init__(self, workspace: Workspace, subject: Subject, *, outside: bool = False) -> None:
        super().__init__(workspace, subject)
        self._begins_outside = outside
        self._vocabulary = Vocabulary(segments=self._others())
        self._suggestions = Suggestions()
        self.text = RuleText(subject.text, self._suggestions, self._offers_at, id="text")
        self._preview = LivePreview(workspace, subject.kind, id="preview")

    def compose(self) -> ComposeResult:
        """The names above, the rule and its meaning side by side, what is wrong below."""
        row = self.subject.row
        title = f"New {self.subject.one}" if row is None else f"Change {row.name}"
        with Vertical(classes="editor") as box:
            box.border_title = Content.styled(one_line(title), "bold")
            box.border_subtitle = Content(f"Profile  {one_line(self.workspace.profile.name)}")
            yield self.names
            with Horizontal(id="both"):
                yield self.text
                yield self._preview
            yield self._complaints
            yield self._said
        yield KeyBar()
        yield self._suggestions

    def on_mount(self) -> None:
        """Begin where there is something to write."""
        if self.subject.row is None:
            self.names.begin()
        else:
            self.text.focus()
        self._learn()
        self._read()
        if self._begins_outside:
            self.call_after_refresh(self.do_outside)

    @work(group="vocabulary")
    async def _learn(self) -> None:
        known = await fetch_vocabulary(self.workspace.client, self.subject.kind)
        self.post_message(self.Learnt(known))

    @work(exclusive=True, group="outside")
    async def _write_outside(self, text: str) -> None:
        self.post_message(self.CameBack(await write_outside(self.app, text, os.environ)))

    @on(Learnt)
    def _learnt(self, event: Learnt) -> None:
        event.stop()
        self.workspace.names.update(event.vocabulary.segments)
        self._vocabulary = replace(event.vocabulary, segments=self._others())

    @on(TextArea.Changed)
    def _written(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.text.text != self.draft.text:
            self.touched()
            self._read()

    @on(Suggestions.Taken)
    def _taken(self, event: Suggestions.Taken) -> None:
        event.stop()
        self.text.take(event.offer)

    @on(LivePreview.Refused)
    def _refused(self, event: LivePreview.Refused) -> None:
        event.stop()
        self.complain_of(event.texts)

    @on(CameBack)
    def _came_back(self, event: CameBack) -> None:
        event.stop()
        outcome, began = event.outcome, self._begins_outside
        self._begins_outside = False
        if outcome.trouble:
            self.say(f"{outcome.trouble} ctrl+e opens it again.", "bold $error")
            return
        if outcome.text.strip() == self.text.text.strip():
            self.say("The other editor changed nothing.", "$text-muted")
            if began and not self.is_changed:
                self.notify("Nothing was changed.", markup=False, timeout=4)
                self.dismiss(None)
            return
        self.text.put(laid_out(outcome.text.rstrip()), 0, len(self.text.text))
        self.touched()
        self._read()
        if self.draft.is_sound:
            self.confirm_changes()
        else:
            words = "Here it is as it was left: ctrl+e opens it again, or mend it here."
            self.say(words, "$warning")

    def cannot_ask(self) -> str:
        """Only a sound rule for users can be tried."""
        if self.subject.kind == "product":
            return NO_PREVIEW
        if self.draft.is_sound and self.draft.has_conditions:
            return ""
        return "First the rule must be sound and have a condition."

    def do_ask(self) -> None:
        """Ask without waiting for the typing to rest."""
        self._preview.follow(self.draft, rest=0.0)

    def do_suggest(self) -> None:
        """Offer what can be written under the cursor."""
        self.text.focus()
        self.text.suggest()

    def do_insert(self) -> None:
        """Ask which condition, and write a whole one."""

        def answered(name: str | None) -> None:
            if name is None:
                return
            condition = template(name, self.subject.kind, self._vocabulary)
            put = inserted(self.text.text, self.text.offset_of_cursor, condition)
            self.text.put(put.text, put.span.start, put.span.end)
            self.text.go_to(put.chosen.start, put.chosen.end)
            self.text.focus()

        chooser = ConditionChooser(
            self.subject.kind, self._vocabulary, segment_names=self.workspace.names
        )
        self.app.push_screen(chooser, answered)

    def do_outside(self) -> None:
        """Open the rule in the editor that VISUAL or EDITOR names."""
        self._write_outside(self.text.text)

    def _offers_at(self, text: str, at: int) -> Offers | None:
        return offers_at(text, at, kind=self.subject.kind, vocabulary=self._vocabulary)

    def _others(self) -> dict[int, str]:
        """The segments of users a rule can refer to: not itself."""
        row = self.subject.row
        own = row.id if row is not None and self.subject.kind == "user" else None
        return {number: name for number, name in self.workspace.names.items() if number != own}

    def _read(self) -> None:
        """Say what the text means now, and ask whom it matches."""
        self.draft = read_draft(self.text.text, kind=self.subject.kind)
        self.complain(self.draft.complaints)
        self._preview.follow(self.draft)
        self.refresh_bindings()
