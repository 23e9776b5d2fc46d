"""Infer schemas from the events of a user or a file, then create the ones the user marks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.record import Record
from segops_tui.api.resources.schemas import EventSchema
from segops_tui.nouns import schemas as nouns
from segops_tui.nouns.column import Context
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, set_options
from segops_tui.tui.table.messages import MarksChanged, RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.message import Message

    from segops_tui.api.resources.schemas import InferredSchemas
    from segops_tui.tui.core.workspace import Workspace

LARGEST: Final = 20_000_000
"""Bytes of a file."""
MOST: Final = 2_000
"""Events of a file that are sent, the first ones."""


_HINT: Final = 'JSON: an array of {"event_type": …, "payload": …}, or one of these on each line.'
TALLEST: Final = 12
"""Lines of the table; it scrolls."""
_FIELDS: Final = (
    FormField("user_id", "User", hint="u_00066: their 200 latest events"),
    FormField("file", "or file", hint="events.ndjson"),
)


class InferForm(Form):
    """Asks for a user or a file; answers what the server infers from the events."""

    busy_title = "guessing"
    failed_title = "Nothing was guessed"
    key_title = "guess"

    def __init__(self, workspace: Workspace) -> None:
        async def send(body: dict[str, Any]) -> InferredSchemas:
            if body.get("file"):
                path = Path(body["file"]).expanduser()
                events = await asyncio.to_thread(read_events, path)
            elif body.get("user_id"):
                events = await _events_of(workspace, body["user_id"])
            else:
                raise BadSamples("Enter a user or a file.")
            found = await workspace.client.schemas.infer(events)
            workspace.log.add(command(body))
            return found

        def command(body: dict[str, Any]) -> str:
            if body.get("file") or not body.get("user_id"):
                return nouns.INFER.command_line(file=body.get("file", "events.ndjson"))
            listed = nouns.INFER._replace(command="users events {id} -o ndjson")
            return (
                f"{listed.command_line(id=body['user_id'])} | {nouns.INFER.command_line(file='-')}"
            )

        super().__init__(
            "Guess schemas from events",
            _FIELDS,
            send=send,
            profile=workspace.profile.name,
            command=command,
            note="Nothing is stored until you choose which of them to create.",
        )


class InferredSchemasDialog(Dialog[list[EventSchema]]):
    """Shows what was guessed; answers the schemas that were created."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,c", "create", "Create", id="infer.make", tooltip="Create the marked ones."),
        Binding("escape,q", "leave", "Close", id="infer.close", tooltip="Create none."),
    ]
    AUTO_FOCUS = "NounTable"
    DEFAULT_CSS = """
    InferredSchemasDialog PlainText { height: auto; margin-top: 1; }
    InferredSchemasDialog #status { min-height: 1; }
    """

    def __init__(self, workspace: Workspace, found: InferredSchemas, known: set[str]) -> None:
        self._workspace = workspace
        guesses = [Record(each) for each in found.schemas if isinstance(each, dict)]
        self._known = [g for g in guesses if str(g.raw.get("event_type")) in known]
        self._new = [g for g in guesses if g not in self._known]
        self._created: list[EventSchema] = []
        self._table = NounTable(id="guesses")
        self._busy = False
        super().__init__(
            f"Guessed: {wording.plural(len(self._new), 'new schema')}",
            subtitle=f"Profile  {workspace.profile.name}",
        )

    def body(self) -> ComposeResult:
        """The new schemas, and the names of those that exist."""
        yield self._table
        if self._known:
            names = wording.listed([str(g.raw.get("event_type")) for g in self._known])
            have = "has a schema" if len(self._known) == 1 else "have schemas"
            line = one_line(f"{names} {have} already.")
            yield PlainText(Content.styled(line, "$text-muted"))
        yield PlainText(id="status")
        keys = (("space", "mark"), ("ctrl+s", "create the marked"), ("esc", "create none"))
        yield PlainText(key_hints(*keys))

    def on_mount(self) -> None:
        """Mark every new one."""
        self._table.show_columns(
            nouns.GUESSES.columns, context=lambda: Context(now=self._workspace.now())
        )
        self._table.empty_text = "Every type in these events has a schema already."
        self._table.set_rows(self._new, key=id)
        self._table.styles.height = min(len(self._new) + 1, TALLEST)
        if self._new:
            self._table.action_mark_all()

    def action_leave(self) -> None:
        """Close, with those that were created."""
        self.dismiss(self._created)

    def action_create(self) -> None:
        """Create the marked ones."""
        chosen = self._table.marked_rows
        guarded = self._workspace.guarded
        if guarded:
            self._show_status(f"⊘ Not created. {guarded}", "$warning")
        elif not chosen:
            self._show_status("None is marked. Press space to mark.", "$warning")
        elif not self._busy:
            self._busy = True
            self._show_status("◌ creating …", "$primary")
            run_flow(self, self._create, [guess.raw for guess in chosen], group="create")

    async def _create(self, guesses: Sequence[dict[str, Any]]) -> None:
        before = len(self._created)
        try:
            with self._workspace.changes.one():
                for guess in guesses:
                    await self._create_one(guess)
        except SegOpsError as error:
            self._busy = False
            self._show_rest()
            created = wording.plural(len(self._created) - before, "schema")
            line = f"✗ {created} created, then: {problem_of(error).line}"
            self._show_status(line, "$error")
        else:
            self.dismiss(self._created)

    async def _create_one(self, guess: dict[str, Any]) -> None:
        body = {"event_type": guess["event_type"], "properties": guess.get("properties") or []}
        self._created.append(await self._workspace.client.schemas.create(**body))
        self._workspace.log.add(nouns.CREATE.command_line(fields=set_options([], body)))

    def _show_rest(self) -> None:
        created = {schema.event_type for schema in self._created}
        self._new = [g for g in self._new if g.raw.get("event_type") not in created]
        self._table.clear_marks()
        self._table.set_rows(self._new, key=id)

    @on(MarksChanged)
    @on(RowHighlighted)
    @on(RowSelected)
    def _table_message(self, event: Message) -> None:
        event.stop()

    def _show_status(self, text: str, style: str) -> None:
        self.query_one("#status", PlainText).update(Content.styled(one_line(text), style))


async def _events_of(workspace: Workspace, user_id: str) -> list[dict[str, Any]]:
    page = await workspace.client.users.events(user_id, limit=200).page()
    if not page.items:
        raise BadSamples(f"{user_id} sent no events.")
    return [{"user_id": user_id, **event.raw} for event in page.items]


class BadSamples(SegOpsError):
    """There are no events to infer schemas from."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def read_events(path: Path) -> list[dict[str, Any]]:
    """Read the first events of a file: an array, `{"events": …}`, or NDJSON.

    Raises:
        BadSamples: the file cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > LARGEST:
            largest = wording.size(LARGEST)
            raise BadSamples(f"{path} is over {largest}; use a part of it.", hint=_HINT)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadSamples(f"{path} cannot be read: {why}.", hint=_HINT) from error
    events = _events(text, str(path))[:MOST]
    if not events:
        raise BadSamples(f"{path} has no events in it.", hint=_HINT)
    return events


def _events(text: str, name: str) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return [_event(line, f"{name}, line {n}") for n, line in _lines(text)]
    if isinstance(parsed, dict):
        listed = parsed.get("events")
        parsed = listed if isinstance(listed, list) else [parsed]
    if not isinstance(parsed, list) or not all(isinstance(item, dict) for item in parsed):
        raise BadSamples(f"{name} must hold events, which are objects.", hint=_HINT)
    return parsed


def _lines(text: str) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _event(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadSamples(f"{where}: not JSON.", hint=_HINT) from error
    if not isinstance(value, dict):
        raise BadSamples(f"{where}: not an object.", hint=_HINT)
    return value
