"""Learning schemas from events that were sent: whose, or which file; then which are made.

Knows `schemas infer`, which stores nothing; what is chosen of its guesses is created one by one.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.record import Record
from segops_tui.nouns.column import Context
from segops_tui.nouns.schemas import GUESSES
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sample_events import BadSamples, read_events
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, set_options
from segops_tui.tui.table.messages import MarksChanged, RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.schemas import EventSchema, InferredSchemas
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

TALLEST: Final = 12
"""Lines the table takes; it scrolls."""
_FIELDS: Final = (
    FormField("user_id", "User", hint="u_00066: their 200 latest events"),
    FormField("file", "or file", hint="events.ndjson"),
)


class InferForm(Form):
    """Asks where events are; answers what was guessed from them."""

    busy_title = "guessing"
    failed_title = "Nothing was guessed"
    key_title = "guess"

    def __init__(self, workspace: Workspace, action: Action) -> None:
        async def send(body: dict[str, Any]) -> InferredSchemas:
            if body.get("file"):
                path = Path(body["file"]).expanduser()
                events = await asyncio.to_thread(read_events, path)
            elif body.get("user_id"):
                events = await _events_of(workspace, body["user_id"])
            else:
                raise BadSamples("A user or a file is needed.")
            found = await workspace.client.schemas.infer(events)
            workspace.log.add(command(body))
            return found

        def command(body: dict[str, Any]) -> str:
            if body.get("file") or not body.get("user_id"):
                return action.command_line(file=body.get("file", "events.ndjson"))
            listed = replace(action, command="users events {id} -o ndjson")
            return f"{listed.command_line(id=body['user_id'])} | {action.command_line(file='-')}"

        super().__init__(
            "Guess schemas from events",
            _FIELDS,
            send=send,
            profile=workspace.profile.name,
            command=command,
            note="Nothing is stored before you choose which of them to make.",
        )


class InferredScreen(ModalScreen[list[Any]]):
    """Shows what was guessed; answers the schemas that were made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,c", "make", "Make", id="infer.make", tooltip="Make the marked ones."),
        Binding("escape,q", "leave", "Close", id="infer.close", tooltip="Make none."),
    ]
    DEFAULT_CSS = """
    InferredScreen .dialog { width: 100; padding: 0 1; }
    InferredScreen Static { height: auto; margin-top: 1; }
    InferredScreen #said { min-height: 1; }
    """

    class Made(Message):
        """Some were made; an error ended it where not all were."""

        def __init__(self, schemas: Sequence[EventSchema], error: SegOpsError | None) -> None:
            self.schemas, self.error = schemas, error
            super().__init__()

    def __init__(
        self, workspace: Workspace, create: Action, found: InferredSchemas, known: set[str]
    ) -> None:
        super().__init__()
        self._workspace, self._create, self._made = workspace, create, list[Any]()
        guesses = [Record(each) for each in found.schemas if isinstance(each, dict)]
        self._known = [g for g in guesses if str(g.raw.get("event_type")) in known]
        self._new = [g for g in guesses if g not in self._known]
        self._table = NounTable(id="guesses")
        self._busy = False

    def compose(self) -> ComposeResult:
        """Those that are new, and which are not."""
        with Vertical(classes="dialog") as box:
            counted = wording.plural(len(self._new), "new schema")
            box.border_title = Content.styled(f"Guessed: {counted}", "bold")
            box.border_subtitle = Content(f"Profile  {one_line(self._workspace.profile.name)}")
            yield self._table
            if self._known:
                names = wording.listed([str(g.raw.get("event_type")) for g in self._known])
                have = "has a schema" if len(self._known) == 1 else "have schemas"
                yield Static(
                    Content.styled(one_line(f"{names} {have} already."), "$text-muted"),
                    markup=False,
                )
            yield Static("", id="said", markup=False)
            keys = (("space", "mark"), ("ctrl+s", "make the marked"), ("esc", "make none"))
            yield Static(key_hints(*keys), markup=False)

    def on_mount(self) -> None:
        """Every new one is marked."""
        self._table.show_columns(
            GUESSES.columns, context=lambda: Context(now=self._workspace.now())
        )
        self._table.empty_text = "Every type in these events has a schema already."
        self._table.set_rows(self._new, key=id)
        self._table.styles.height = min(len(self._new) + 1, TALLEST)
        if self._new:
            self._table.action_mark_all()
        self._table.focus()

    def action_leave(self) -> None:
        """Go back with those that were made."""
        self.dismiss(self._made)

    def action_make(self) -> None:
        """Make the marked ones."""
        chosen = self._table.marked_rows
        guarded = self._workspace.guarded
        if guarded:
            self._say(f"⊘ Not made. {guarded}", "$warning")
        elif not chosen:
            self._say("None is marked: space marks.", "$warning")
        elif not self._busy:
            self._busy = True
            self._say("◌ making …", "$primary")
            self._make([guess.raw for guess in chosen])

    @work(exclusive=True, group="make")
    async def _make(self, guesses: Sequence[dict[str, Any]]) -> None:
        made: list[EventSchema] = []
        failure: SegOpsError | None = None
        for guess in guesses:
            body = {"event_type": guess["event_type"], "properties": guess.get("properties") or []}
            try:
                made.append(await self._workspace.client.schemas.create(**body))
            except SegOpsError as error:
                failure = error
                break
            options = set_options([], body)
            self._workspace.log.add(self._create.command_line(fields=options))
        self.post_message(self.Made(made, failure))

    @on(Made)
    def _were_made(self, event: Made) -> None:
        event.stop()
        self._busy = False
        self._made += event.schemas
        if event.error is None:
            self.dismiss(self._made)
            return
        gone = {schema.event_type for schema in event.schemas}
        self._new = [g for g in self._new if g.raw.get("event_type") not in gone]
        self._table.clear_marks()
        self._table.set_rows(self._new, key=id)
        made = wording.plural(len(event.schemas), "schema")
        self._say(f"✗ {made} made, then: {problem_of(event.error).line}", "$error")

    @on(MarksChanged)
    @on(RowHighlighted)
    @on(RowSelected)
    def _mine(self, event: Message) -> None:
        event.stop()

    def _say(self, words: str, style: str) -> None:
        self.query_one("#said", Static).update(Content.styled(one_line(words), style))


async def _events_of(workspace: Workspace, user_id: str) -> list[dict[str, Any]]:
    page = await workspace.client.users.events(user_id, limit=200).page()
    if not page.items:
        raise BadSamples(f"{user_id} sent no events.")
    return [{"user_id": user_id, **event.raw} for event in page.items]
