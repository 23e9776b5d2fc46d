"""The rule editor: rows or JSON on the left, a live preview beside it, faults and status below.

Rows and JSON are two views of one text: the builder's edits are edits of the JSON.

An edit is lost only when the user discards it twice: it survives a server that is unreachable
and one that rejects it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import TextArea

from segops_tui import wording
from segops_tui.api.condition_types import condition_types
from segops_tui.api.definition import condition_label, referenced_events
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.jobs.recompute import SEGMENT
from segops_tui.nouns.action import Action
from segops_tui.tui.core.actions import ActionOwner, bindings, run_flow
from segops_tui.tui.core.external_editor import edit_externally
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, key_hints, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.dialogs.form_fields import body_of
from segops_tui.tui.rules.builder import RuleBuilder
from segops_tui.tui.rules.completion import completions_at
from segops_tui.tui.rules.draft import locate_faults, parse_draft, parse_server_faults, reflow_json
from segops_tui.tui.rules.edited_segment import FieldLines
from segops_tui.tui.rules.grouping import group_as_segment
from segops_tui.tui.rules.json_edits import changed_span
from segops_tui.tui.rules.json_positions import find_positions, parse_path
from segops_tui.tui.rules.preview import NO_PREVIEW, RulePreview
from segops_tui.tui.rules.rows import path_at, reason_no_rows, take_out
from segops_tui.tui.rules.templates import Vocabulary, fetch_vocabulary, insert_condition, template
from segops_tui.tui.rules.text import RuleText, Suggestions
from segops_tui.tui.rules.view import VersionDiff
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable
from segops_tui.tui.widgets.key_bar import KeyBar
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.condition_types import Kind
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.completion import Completions
    from segops_tui.tui.rules.draft import LocatedFault
    from segops_tui.tui.rules.edited_segment import EditedSegment
    from segops_tui.tui.rules.json_positions import Path
    from segops_tui.tui.rules.rows import Row

WIDTH: Final = 108
"""Cells of the dialog where there is room."""


class ConditionChooser(Dialog[str]):
    """Answers the API's name of a condition type, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", id="conditions.cancel", tooltip="Write nothing."),
        Binding("ctrl+s", "choose", "Choose", show=False, id="conditions.choose"),
    ]
    DEFAULT_CSS = """
    ConditionChooser PlainText { padding: 0 1; height: auto; }
    ConditionChooser #example { margin: 1 0; }
    """

    def __init__(
        self,
        kind: Kind,
        vocabulary: Vocabulary,
        *,
        segment_names: Mapping[int, str],
        current: str = "",
    ) -> None:
        """`current` is the type of the condition that is changed; empty where one is added."""
        super().__init__(
            "Another type for the condition" if current else "Add a condition", width=WIDTH
        )
        self._current = current
        self._kind, self._vocabulary, self._names = kind, vocabulary, segment_names
        self._types = list(condition_types(kind).values())

    def body(self) -> ComposeResult:
        """A row for each type, and an example of the one under the cursor."""
        columns = [
            TableColumn("name", "CONDITION", lambda each: each.name, width=20),
            TableColumn(
                "summary", "WHAT IT ASKS", lambda each: each.summary, flex=True, max_width=90
            ),
        ]
        table = VirtualTable(columns, markable=False)
        table.styles.height = len(self._types) + 1
        yield table
        yield PlainText(id="example")
        keys = key_hints(("enter", "writes it, to be changed"), ("esc", "cancel"))
        yield PlainText(keys)

    def on_mount(self) -> None:
        """List the types, the cursor on the present one, else on the first."""
        table = self.query_one(VirtualTable)
        table.set_rows(self._types, key=lambda each: each.name)
        names = [each.name for each in self._types]
        if self._current in names:
            table.cursor_row = names.index(self._current)
        table.focus()

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        example = template(event.row.name, self._kind, self._vocabulary)
        words = condition_label(example, segment_names=self._names)
        # In full where the table has had to cut it.
        summary = "" if self.size.width > WIDTH else f"{event.row.summary}\n"
        shown = Content.assemble(
            (summary, "$text-muted"), ("It begins as  ", "$text-muted"), one_line(words)
        )
        self.query_one("#example", PlainText).update(shown)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.dismiss(event.row.name)

    def action_choose(self) -> None:
        """Answer the type under the cursor."""
        row = self.query_one(VirtualTable).current_row
        if row is not None:
            self.dismiss(row.name)


FAULTS_SHOWN: Final = 3
"""Faults listed below the text; the others are counted."""

POLL: Final = 0.25
"""Seconds between two looks whether a new segment is computed."""

VIEW_KEY: Final = "rule_view"
"""Where the view of the last rule is remembered."""

DIFF_WIDTH: Final = 100
"""Cells of the dialog that shows the diff, where there is room."""


async def _save(editor: RuleEditor) -> None:
    await editor.save()


async def _choose_condition(editor: RuleEditor) -> None:
    await editor.choose_condition()


async def _edit_externally(editor: RuleEditor) -> None:
    await editor.edit_externally()


# An action runs as a worker only where its `run` is a coroutine function, which a lambda is not.
# The keys work while typing too, so none is a letter.
RULE_EDITOR_ACTIONS: Final = (
    Action(
        "editor.save",
        "Save",
        "ctrl+s",
        "pane",
        "segments update {id} {fields}",
        help="Save the rule; members change at the next recompute.",
        changes=True,
        run=_save,
    ),
    Action(
        "editor.leave",
        "Leave",
        "escape",
        "pane",
        "segments get {id}",
        help="Close the editor; press twice to discard changes.",
        run=lambda editor: editor.leave(),
    ),
    Action(
        "editor.view",
        "Rows/JSON",
        "ctrl+t",
        "pane",
        "segments get {id} -o json",
        help="Switch between the rows of the rule and its JSON; both are the same draft.",
        run=lambda editor: editor.switch_view(),
        unavailable=lambda editor: editor.why_no_rows(),
    ),
    Action(
        "editor.insert",
        "Condition",
        "ctrl+n",
        "pane",
        "segments create {fields}",
        help="Choose a kind of condition and insert one to edit.",
        run=_choose_condition,
    ),
    Action(
        "editor.suggest",
        "Suggest",
        "ctrl+space,ctrl+@",
        "pane",
        "schemas list",
        help="Show completions at the cursor; typing shows them too.",
        run=lambda editor: editor.suggest(),
    ),
    Action(
        "editor.outside",
        "Your editor",
        "ctrl+e",
        "pane",
        "segments update {id} {file}",
        help="Edit the rule in $VISUAL or $EDITOR, then review the diff.",
        run=_edit_externally,
    ),
    Action(
        "editor.ask",
        "Preview",
        "ctrl+r",
        "pane",
        "segments preview {file}",
        help="Fetch the preview again.",
        run=lambda editor: editor.refresh_preview(),
        unavailable=lambda editor: editor.why_no_preview(),
    ),
    Action(
        "editor.copy",
        "Copy command",
        "ctrl+y",
        "pane",
        "segments update {id} {fields}",
        help="Copy the equivalent command line.",
        run=lambda editor: editor.copy_command(),
    ),
)


class RuleEditor(ActionOwner, Screen[Any]):
    """A full screen for one rule; returns the saved segment, or None where nothing was saved."""

    ACTIONS: ClassVar[Sequence[Action]] = RULE_EDITOR_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        # TextArea binds some of the ctrl keys itself.
        replace(binding, priority=binding.key.startswith("ctrl+"))
        for binding in bindings(RULE_EDITOR_ACTIONS)
    ]
    DEFAULT_CSS = """
    RuleEditor {
        layers: base popup;
        .editor { border: round $border; border-title-color: $foreground; height: 1fr; }
        #both { height: 1fr; }
        #text, #builder { width: 3fr; height: 1fr; padding: 1 1 0 0; }
        #preview { width: 2fr; height: 1fr; }
        &.-rows.-narrow #both {
            layout: vertical;
            #builder { width: 1fr; height: 3fr; padding: 0; }
            #preview { width: 1fr; height: 2fr; }
        }
        #faults { height: auto; padding: 0 1; color: $error; display: none; }
        #faults.-shown { display: block; }
        #status { height: auto; min-height: 1; max-height: 3; padding: 0 1; }
    }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDTH, "-wide")]  # noqa: RUF012

    def __init__(
        self, workspace: Workspace, segment: EditedSegment, *, external: bool = False
    ) -> None:
        super().__init__()
        self.workspace, self.segment = workspace, segment
        self.draft = parse_draft(segment.text, kind=segment.kind)
        self.fields = FieldLines(segment.lines, id="names")
        self._vocabulary = Vocabulary(segments=self._other_segments())
        self._suggestions = Suggestions()
        self.text = RuleText(segment.text, self._suggestions, self._completions_at, id="text")
        self.builder = RuleBuilder(
            workspace,
            segment.kind,
            vocabulary=lambda: self._vocabulary,
            choose_type=self._choose_type,
            id="builder",
        )
        self._preview = RulePreview(workspace, segment.kind, id="preview")
        self._faults = PlainText(id="faults")
        self._status = PlainText(id="status")
        self._starts_external = external
        self._saving = False
        self._discard_confirmed = self._faults_confirmed = False

    def compose(self) -> ComposeResult:
        """The fields above, the text and its preview side by side, faults and status below."""
        row = self.segment.row
        title = f"New {self.segment.one}" if row is None else f"Change {row.name}"
        with Vertical(classes="editor") as box:
            box.border_title = Content.styled(one_line(title), "bold")
            box.border_subtitle = Content(f"Profile  {one_line(self.workspace.profile.name)}")
            yield self.fields
            with Horizontal(id="both"):
                yield self.builder
                yield self.text
                yield self._preview
            yield self._faults
            yield self._status
        yield KeyBar()
        yield self._suggestions

    def on_mount(self) -> None:
        """Focus the name of a new segment, the rule of an existing one."""
        prefers_json = self.workspace.ui_state.get(VIEW_KEY) == "json"
        self._show_view("json" if prefers_json or reason_no_rows(self.text.text) else "rows")
        if self.segment.row is None:
            self.fields.begin()
        else:
            self.rule_widget.focus()
        self._load_vocabulary()
        self._parse()
        if self._starts_external:
            self.call_after_refresh(
                self.run_worker, self.edit_externally, group="editor.outside", exclusive=True
            )

    @property
    def shows_rows(self) -> bool:
        """Whether the rule is shown as rows, not as JSON."""
        return self.has_class("-rows")

    @property
    def rule_widget(self) -> RuleBuilder | RuleText:
        """What shows the rule now."""
        return self.builder if self.shows_rows else self.text

    def switch_view(self) -> None:
        """Show the rows as JSON, or the JSON as rows; the place stays."""
        if self.shows_rows:
            self.show_json(() if self.builder.row is None else self.builder.row.path)
            self.workspace.ui_state.put(VIEW_KEY, "json")
            return
        self._show_view("rows")
        self.builder.show(self.draft)
        self.builder.go_to(path_at(self.text.text, self.text.offset_of_cursor))
        self.builder.focus()
        self.workspace.ui_state.put(VIEW_KEY, "rows")

    def show_json(self, path: Path = ()) -> None:
        """Show the JSON, with the cursor where a path is."""
        self._show_view("json")
        self.text.go_to(find_positions(self.text.text).nearest(path).start)
        self.text.focus()

    def why_no_rows(self) -> str:
        """Why the rule cannot be shown as rows; empty when it can."""
        reason = "" if self.shows_rows else reason_no_rows(self.text.text)
        return f"There are no rows of this text. {reason}" if reason else ""

    def _show_view(self, view: Literal["rows", "json"]) -> None:
        self.set_class(view == "rows", "-rows")
        self.set_class(view == "json", "-json")
        self.builder.display, self.text.display = view == "rows", view == "json"
        self._preview.figures_first = view == "rows"

    @property
    def is_changed(self) -> bool:
        """Whether there are unsaved changes."""
        return self.text.text != self.segment.text or self.fields.is_changed

    @property
    def body(self) -> dict[str, Any]:
        """The request body; for an existing segment only what was changed."""
        fields = (*self.segment.lines, self.segment.rule)
        values = self.fields.values
        if self.draft.definition is not None:
            values["definition"] = self.draft.definition
        return body_of(fields, values, changed_only=self.segment.row is not None)

    async def save(self) -> None:
        """Save, unless there are faults; a production profile confirms the diff first."""
        if self._saving or not self._check():
            return
        if self.workspace.opened.lock is not None and self.body:
            await self.confirm_and_send()
        else:
            await self.send()

    async def confirm_and_send(self) -> None:
        """Show the diff and save if the user confirms it."""
        before = "" if self.segment.row is None else self.segment.text
        name = self.fields.values["name"] or self.segment.one
        diff = VersionDiff()
        diff.show_lines(before.splitlines(), self.text.text.splitlines())
        dialog = Confirm(
            f"Save {crop(one_line(name), 60)}?",
            details=diff,
            profile=self.workspace.profile.name,
            yes="Save it",
            no="No, not yet",
            width=DIFF_WIDTH,
        )
        if await self.app.push_screen_wait(dialog):
            await self.send()
        else:
            self.show_status("Not saved. Your changes are kept; ctrl+s saves.", "$warning")

    async def send(self) -> None:
        """Send what was changed and close; where that fails, stay open and show why."""
        body = self.body
        if not body:
            self.show_status("Nothing was changed.", "$text-muted")
            return
        self._saving = True
        self.show_status("◌ saving …", "$primary")
        try:
            with self.workspace.changes.one():
                saved = await self.segment.send(body)
        except SegOpsError as error:
            self._show_error(error)
        else:
            self.workspace.log.add(self.segment.command(body))
            self._show_warnings(saved.raw.get("warnings"))
            self.dismiss(saved)
        finally:
            self._saving = False

    def _show_warnings(self, warnings: object) -> None:
        """Tell what the server found odd in the saved rule."""
        if isinstance(warnings, list) and warnings:
            words = "\n".join(crop(one_line(str(each)), 200) for each in warnings[:3])
            self.app.notify(
                words, title="Saved with a warning", severity="warning", markup=False, timeout=12
            )

    async def choose_condition(self) -> None:
        """Choose a condition type and insert a template of it."""
        if self.shows_rows and self.builder.rows:
            self.builder.focus()
            await self.builder.add()
            return
        kind = self.segment.kind
        name = await self._choose_type()
        if name is None:
            return
        condition = template(name, kind, self._vocabulary)
        insertion = insert_condition(self.text.text, self.text.offset_of_cursor, condition)
        self.text.put(insertion.text, insertion.span.start, insertion.span.end)
        self.text.go_to(insertion.selection.start, insertion.selection.end)
        self.text.focus()

    async def _choose_type(self, current: str = "") -> str | None:
        kind, names = self.segment.kind, self.workspace.names
        chooser = ConditionChooser(kind, self._vocabulary, segment_names=names, current=current)
        return await self.app.push_screen_wait(chooser)

    async def edit_externally(self) -> None:
        """Edit in $VISUAL or $EDITOR; a valid result is saved once the user confirms the diff."""
        edit = await edit_externally(self.app, self.text.text, os.environ)
        started_external, self._starts_external = self._starts_external, False
        if edit.problem:
            self.show_status(f"{edit.problem} ctrl+e opens it again.", "bold $error")
            return
        if edit.text.strip() == self.text.text.strip():
            self.show_status("Your editor changed nothing.", "$text-muted")
            if started_external and not self.is_changed:
                self.notify("Nothing was changed.", markup=False, timeout=4)
                self.dismiss(None)
            return
        self.text.put(reflow_json(edit.text.rstrip()), 0, len(self.text.text))
        self._changed()
        self._parse()
        if self.draft.is_valid:
            await self.confirm_and_send()
        else:
            self.show_status(
                "Not saved: the rule has faults. Fix them here, or press ctrl+e to reopen.",
                "$warning",
            )

    def leave(self) -> None:
        """Close without saving; unsaved changes are discarded at the second press."""
        if self.is_changed and not self._discard_confirmed:
            self._discard_confirmed = True
            self.show_status(
                "Unsaved changes: press esc again to discard them, ctrl+s to save.", "$warning"
            )
            return
        self.dismiss(None)

    def suggest(self) -> None:
        """Show completions at the cursor of the JSON."""
        if self.shows_rows:
            self.show_json(() if self.builder.row is None else self.builder.row.path)
            # A popup closes where the cursor moves, and the text has no place on the screen yet.
            self.text.call_after_refresh(self.text.suggest)
        else:
            self.text.focus()
            self.text.suggest()

    def refresh_preview(self) -> None:
        """Fetch the preview without delay."""
        self._preview.follow(self.draft, delay=0.0)
        self.builder.recount()

    def why_no_preview(self) -> str:
        """Why neither the preview nor a count can be fetched; empty when one can."""
        if self.segment.kind == "product":
            return NO_PREVIEW
        counted = self.shows_rows and any(row.is_condition for row in self.builder.rows)
        if counted or (self.draft.is_valid and self.draft.has_conditions):
            return ""
        return "The rule must be valid and have a condition."

    def copy_command(self) -> None:
        """Copy the equivalent command line."""
        line = self.segment.command(self.body)
        self.app.copy_to_clipboard(line)
        self.notify(one_line(line), title="Copied", markup=False, timeout=4)

    def show_status(self, text: str, style: str = "") -> None:
        """Show a line below the text."""
        self._status.update(Content.styled(one_line(text), style))

    def show_faults(self, faults: Sequence[LocatedFault]) -> None:
        """Underline faults and list the first few."""
        self.text.faults = faults
        lines = [Content(f"✗ {each.sentence}") for each in faults[:FAULTS_SHOWN]]
        if len(faults) > FAULTS_SHOWN:
            lines.append(Content(f"  and {len(faults) - FAULTS_SHOWN} more"))
        lines += [Content.styled(line, "$warning") for line in self._unknown_events()]
        self._faults.update(Content("\n").join(lines))
        self._faults.set_class(bool(lines), "-shown")

    def _unknown_events(self) -> list[str]:
        """What is odd about the event types of the rule: no fault, as an event may come yet."""
        known = self._vocabulary.events
        odd = sorted(referenced_events(self.draft.definition) - known.keys()) if known else []
        return [
            f"! no schema has the event type {one_line(name)}"
            + (", and no user had such an event" if name in self.workspace.unused_events else "")
            for name in odd[:FAULTS_SHOWN]
        ]

    @work(group="vocabulary")
    async def _load_vocabulary(self) -> None:
        vocabulary = await fetch_vocabulary(self.workspace.client, self.segment.kind)
        self.workspace.names.update(vocabulary.segments)
        self._vocabulary = replace(vocabulary, segments=self._other_segments())
        self.show_faults(self.draft.faults)

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.text.text != self.draft.text:
            self._changed()
            self._parse()

    @on(RuleBuilder.Edited)
    def _rows_edited(self, event: RuleBuilder.Edited) -> None:
        """Put what differs into the JSON, so that the rest and its history stay."""
        event.stop()
        start, end, put = changed_span(self.text.text, event.text)
        self.text.history.checkpoint()
        self.text.put(put, start, end)

    @on(RuleBuilder.Undone)
    def _undo(self, event: RuleBuilder.Undone) -> None:
        event.stop()
        self.text.undo()

    @on(RuleBuilder.JsonWanted)
    def _json_wanted(self, event: RuleBuilder.JsonWanted) -> None:
        event.stop()
        self.show_json(event.path)
        self.show_status("Only as JSON: the builder does not know this. ctrl+t goes back.")

    @on(RuleBuilder.GroupWanted)
    def _group_wanted(self, event: RuleBuilder.GroupWanted) -> None:
        event.stop()
        run_flow(self, self._group, event.rows, group="builder.group", exclusive=True)

    async def _group(self, rows: Sequence[Row]) -> None:
        text = self.text.text
        made = await group_as_segment(self.app, self.workspace, rows)
        if made is None:
            return
        name = one_line(made.segment.name)
        if self.text.text != text:
            self.show_status(f"{name} was made; the rule had changed, so refer to it yourself.")
            return
        self._vocabulary = replace(self._vocabulary, segments=self._other_segments())
        after, _ = take_out(text, rows, made.logic, made.reference)
        self.builder.put(after)
        self.notify(f"{name}, computing now", title="Segment created", markup=False)
        while self.workspace.jobs.find(SEGMENT, made.segment.id) is not None:
            await self.workspace.client.sleep(POLL)
        # Until then the new segment had no members, and the counts were of that.
        self.refresh_preview()

    @on(FieldLines.Changed)
    def _changed(self) -> None:
        """Update the status; earlier confirmations no longer hold."""
        self._discard_confirmed = self._faults_confirmed = False
        self.show_status("✎ unsaved changes" if self.is_changed else "", "$text-muted")

    @on(Suggestions.Accepted)
    def _accepted(self, event: Suggestions.Accepted) -> None:
        event.stop()
        self.text.accept(event.completion)

    @on(RulePreview.Rejected)
    def _rejected(self, event: RulePreview.Rejected) -> None:
        event.stop()
        self._show_server_faults(event.messages)

    def _parse(self) -> None:
        """Parse the text, show its faults, and let the preview follow."""
        self.draft = parse_draft(self.text.text, kind=self.segment.kind)
        self.show_faults(self.draft.faults)
        self._preview.follow(self.draft)
        self.builder.show(self.draft)
        self.refresh_bindings()

    def _check(self) -> bool:
        """Whether the segment can be sent; shows why not. A second try sends a faulty rule."""
        draft = self.draft
        if not self.fields.check():
            self.show_status("Not saved: see above.", "bold $error")
        elif draft.definition is None:
            self._go_to_fault()
            self.show_status("Not saved: the rule is not a JSON object.", "bold $error")
        elif draft.faults and not self._faults_confirmed:
            self._faults_confirmed = True
            self._go_to_fault()
            count = wording.plural(len(draft.faults), "fault")
            self.show_status(f"Not saved: {count}. Press ctrl+s again to save anyway.", "$warning")
        else:
            return True
        return False

    def _show_error(self, error: SegOpsError) -> None:
        by_field = error.fields if isinstance(error, Invalid) else {}
        if "definition" in by_field:
            self._show_server_faults(by_field["definition"])
            self._go_to_fault()
        self.fields.show_faults({name: " ".join(texts) for name, texts in by_field.items()})
        if by_field and by_field.keys() <= {"name", "description", "definition"}:
            self.show_status("Not saved: see the marked faults.", "bold $error")
        else:
            problem = problem_of(error, again="ctrl+s")
            self.show_status(f"Not saved. {problem.line} {problem.hint}", "bold $error")

    def _show_server_faults(self, messages: Sequence[str]) -> None:
        self.show_faults(locate_faults(self.text.text, parse_server_faults(messages)))

    def _go_to_fault(self) -> None:
        faults = self.text.faults
        if self.shows_rows and faults and self.builder.rows:
            self.builder.go_to(parse_path(faults[0].path))
            self.builder.focus()
            return
        self._show_view("json")
        self.text.focus()
        if faults:
            self.text.go_to(faults[0].start)

    def _completions_at(self, text: str, at: int) -> Completions | None:
        return completions_at(text, at, kind=self.segment.kind, vocabulary=self._vocabulary)

    def _other_segments(self) -> dict[int, str]:
        """The user segments a rule can refer to: all but the edited one."""
        row = self.segment.row
        own = row.id if row is not None and self.segment.kind == "user" else None
        return {number: name for number, name in self.workspace.names.items() if number != own}
