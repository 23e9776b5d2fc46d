"""The Activations pane: connectors that push a segment to a marketing tool."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.activations import Activation
from segops_tui.jobs.sync import SYNC, start_sync
from segops_tui.nouns import activations as nouns
from segops_tui.nouns.activations import (
    ACTIVATIONS,
    CONNECTORS,
    connector_words,
    status_tone,
    status_words,
)
from segops_tui.nouns.analytics import HEALTH
from segops_tui.nouns.column import Column, Context, Tone, format_value
from segops_tui.tui.activations.form import (
    ConnectorForm,
    SegmentNames,
    connector_body,
    connector_fields,
    flat_body,
)
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form_fields import set_options
from segops_tui.tui.panes.actions import pane_actions, start_jobs
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.editing import Editing, change_each, deleting, may_switch
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.plots.scale import spinner
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.sync_logs import NEVER, SyncLogs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.analytics import ActivationHealth
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

_LONGEST_ERROR = 2_000
NOT_AVAILABLE = "Syncs are not available."


class ActivationDetail(Detail[Activation]):
    """A connector."""

    first_tab = "syncs"

    def __init__(
        self,
        workspace: Workspace,
        *,
        health: Callable[[Activation], ActivationHealth | None],
        segment: Callable[[Activation], str],
    ) -> None:
        super().__init__(workspace)
        self._health, self._segment = health, segment
        self._logs, self._settings = SyncLogs(), FactList()

    def compose(self) -> ComposeResult:
        """Lay out the summary and two tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Syncs", id="syncs"), Scroll():
                yield self._logs
            with TabPage("Settings", id="settings"), Scroll():
                yield self._settings

    def name_of(self, row: Activation) -> str:
        """The segment and the tool."""
        tool = connector_words(row.connector_type, Context(now=self.workspace.now()))
        return f"{self._segment(row)} → {tool}"

    def is_same(self, before: Activation, after: Activation) -> bool:
        """Whether both are the same connector; nothing is fetched for one."""
        return before.id == after.id

    def summary(self, row: Activation) -> Content:
        """Status, age and success; then the last error in full."""
        context = Context(now=self.workspace.now())
        health = self._health(row)
        synced = wording.age(row.last_synced_at, now=context.now)
        parts: list[str | tuple[str, str]] = [
            (one_line(status_words(row.status, context)), TONES[status_tone(row.status)]),
            (f"  synced {synced}" if row.last_synced_at else "  never synced", "$text-muted"),
        ]
        if health is not None and health.success_rate is not None:
            parts.append(f"  {format_value(health.success_rate)}% of the last syncs succeeded")
        lines = [Content.assemble(*parts)]
        if row.last_error:
            lines.append(Content.styled(f"✗ {block(row.last_error[:_LONGEST_ERROR])}", "$error"))
        return Content("\n").join(lines)

    def draw(self, row: Activation) -> None:
        """Draw the syncs, and every setting as the server masks it."""
        context = Context(now=self.workspace.now())
        health = self._health(row)
        if health is None:
            self._logs.show([], empty=NOT_AVAILABLE if row.last_synced_at else NEVER)
        else:
            self._logs.show(health.sync_logs, empty=NEVER)
        self._settings.facts = [
            ("Segment", f"{self._segment(row)} (id {row.segment})"),
            ("Connector", connector_words(row.connector_type, context)),
            *((name, format_value(value)) for name, value in row.config.items()),
            ("Created", wording.moment(row.created_at)),
            ("Changed", wording.moment(row.updated_at)),
            ("Id", format_value(row.id)),
        ]


_HEALTH_COLUMNS: Final = ("success_rate", "sync_logs")
"""Columns from analytics, beside the connector's own."""
_PRIORITIES: Final = {"connector_type": 1, "last_synced_at": 2}
"""In a narrow list, segment and status stay longest."""
_LAST: Final = ("last_error", "updated_at")


def cannot_sync(pane: ActivationsPane) -> str:
    """There must be a connector that is not being synced."""
    if not pane.chosen:
        return pane.none_chosen()
    is_busy = all(pane.progress_of(row) is not None for row in pane.chosen)
    return "It is being synced already." if is_busy else ""


async def sync(pane: ActivationsPane) -> None:
    """Sync the chosen connectors, after a confirmation if that would empty an audience."""
    rows = [row for row in pane.chosen if pane.progress_of(row) is None]
    never_computed = await pane.load("Segments", _never_computed(pane, rows))
    if never_computed is None:
        return
    if never_computed and not await pane.ask(_confirm_sync(pane, rows, never_computed)):
        return
    pane.log_command(nouns.SYNC.command_line(ids=[row.id for row in rows]))
    pane.table.clear_marks()

    def note(row: Activation) -> Job:
        return start_sync(
            pane.workspace.ledger,
            activation_id=row.id,
            name=pane.noun.label(row),
            profile=pane.workspace.profile.name,
            command=nouns.SYNC.command_line(ids=[row.id]),
        )

    await start_jobs(pane, [partial(note, row) for row in rows])


async def _never_computed(
    pane: ActivationsPane, rows: Sequence[Activation]
) -> list[Activation] | None:
    """The connectors whose segment was never computed; None if that is not known."""
    never: set[int] = set()
    with pane.reporting("Not synced"):
        for segment_id in dict.fromkeys(row.segment for row in rows):
            segment = await pane.workspace.client.segments.get(segment_id)
            if segment.last_computed_at is None:
                never.add(segment_id)
        return [row for row in rows if row.segment in never]
    return None


def _confirm_sync(
    pane: ActivationsPane, rows: Sequence[Activation], never: Sequence[Activation]
) -> Confirm:
    return Confirm(
        "Sync a segment that was never computed?",
        lines=[
            wording.listed([pane.noun.label(row) for row in never]),
            "The segment was never computed: an empty list is pushed, which clears the"
            " audience in the tool.",
            "To compute it first, press r in pane 1.",
        ],
        profile=pane.workspace.profile.name,
        yes=f"Sync {pane.counted(rows)} anyway",
        danger=True,
    )


async def toggle(pane: ActivationsPane) -> None:
    """Turn the chosen connectors on; where all of them are on, turn them off."""
    chosen = pane.chosen
    status = "inactive" if all(row.status == "active" for row in chosen) else "active"

    def command_of(row: Activation) -> str:
        return nouns.TOGGLE.command_line(id=row.id, status=status)

    async def change(row: Activation) -> Activation:
        changed = await pane.workspace.client.activations.update(row.id, status=status)
        pane.log_command(command_of(row))
        return changed

    rows = [row for row in chosen if row.status != status]
    verb = "activate" if status == "active" else "deactivate"
    if not await may_switch(pane, rows, verb, command_of=command_of):
        return
    changed = await change_each(pane, rows, change, "Not changed")
    pane.source.replace(changed)
    for row in changed:
        effect = (
            "is synced after every recompute."
            if row.status == "active"
            else "is no longer synced automatically."
        )
        pane.notify(f"{one_line(pane.noun.label(row))} {effect}", markup=False, timeout=4)


async def _send_new(pane: ActivationsPane, body: dict[str, Any]) -> Activation:
    row = await pane.workspace.client.activations.create(**body)
    pane.load_health()
    return row


async def _send_changes(pane: ActivationsPane, row: Activation, body: dict[str, Any]) -> Activation:
    changed = await pane.workspace.client.activations.update(row.id, **body)
    # Its segment may be another one now, with another name.
    pane.load_health()
    return changed


EDITING: Final[Editing[Activation]] = Editing(
    nouns.CREATE,
    nouns.EDIT,
    fields=lambda pane, row: connector_fields(row, SegmentNames(pane.workspace.names)),
    body=lambda pane, row, values: connector_body(row, values, SegmentNames(pane.workspace.names)),
    options=lambda _row, fields, body: set_options(fields, flat_body(body)),
    form=ConnectorForm,
    send_new=_send_new,
    send_changes=_send_changes,
)


async def create(pane: ActivationsPane) -> None:
    """Create a connector in a form."""
    await pane.load("Segments", _fetch_names(pane))
    await EDITING.run_create(pane)


async def edit(pane: ActivationsPane) -> None:
    """Edit the connector under the cursor in a form."""
    before = pane.row
    await pane.load("Segments", _fetch_names(pane))
    if before is not None and pane.row is not None and pane.row.id == before.id:
        await EDITING.run_edit(pane)


async def _fetch_names(pane: ActivationsPane) -> None:
    """Fetch the names of segments; a key that may not read them enters ids instead."""
    with pane.reporting("No segment names"):
        names = {s.id: s.name async for s in pane.workspace.client.segments.list()}
        pane.workspace.names.update(names)


class ActivationsPane(Pane[Activation]):
    """Every connector of the workspace, with its health."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.SYNC.does(sync, unavailable=cannot_sync),
        nouns.TOGGLE.does(toggle, unavailable=Pane.none_chosen),
        nouns.CREATE.does(create),
        nouns.EDIT.does(edit, unavailable=Pane.no_row),
        deleting(
            nouns.DELETE,
            warning=(
                "Its sync history is deleted; the tool keeps the people it was sent.",
                "Their sync histories are deleted; the tools keep the people they were sent.",
            ),
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    command = "activations"
    sortable = ("segment", "status", "success_rate", "last_synced_at")
    job_kinds = frozenset({SYNC})

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        self._health: dict[int, ActivationHealth] = {}
        self.noun = ACTIVATIONS._replace(
            label=lambda row: (
                f"{CONNECTORS.get(row.connector_type, row.connector_type)}"
                f" for {self.segment_name(row)}"
            ),
            empty="No activations yet. Press n to create one: a segment, and the tool it is"
            " pushed to.",
        )
        self.noun = self.noun._replace(columns=tuple(self._live_columns()))
        super().__init__(workspace, id=id)

    def make_detail(self) -> ActivationDetail:
        """Make the detail's widget."""
        return ActivationDetail(
            self.workspace, health=lambda row: self._health.get(row.id), segment=self.segment_name
        )

    def refetch(self) -> None:
        """Fetch the connectors, and their health: the list does not wait for that."""
        super().refetch()
        self.load_health()

    def load_health(self) -> None:
        """Fetch the health of the connectors."""
        run_flow(self, self._load_health, group="health", exclusive=True)

    def segment_name(self, row: Activation) -> str:
        """The name of its segment, or the segment's id where the name is not known."""
        health = self._health.get(row.id)
        name = health.segment_name if health is not None and health.segment_name else ""
        return name or self.workspace.names.get(row.segment) or f"segment {row.segment}"

    def progress_of(self, row: Activation) -> Progress | None:
        """The sync of a connector that is running."""
        return self.workspace.jobs.find(SYNC, row.id)

    async def _load_health(self) -> None:
        try:
            health = [row async for row in self.workspace.client.analytics.activations()]
        except SegOpsError:
            # The list itself shows what is wrong; without analytics only these columns are empty.
            return
        self._health.clear()
        self._health.update({row.id: row for row in health})
        if self.has_answer:
            self.draw_rows()
            if self.row is not None:
                self.detail.show(self.row)

    def _live_columns(self) -> Sequence[Column[Activation]]:
        """The noun's columns with the segment's name, the health, and the sync that runs."""
        columns: dict[str, Column[Activation]] = {c.key: c for c in ACTIVATIONS.columns}
        columns["segment"] = columns["segment"]._replace(
            value=self.segment_name, words=None, min_width=18, ample_width=30
        )
        columns["status"] = columns["status"]._replace(
            words=self._status, tone=self._status_tone, min_width=9
        )
        for key, priority in _PRIORITIES.items():
            columns[key] = columns[key]._replace(priority=priority)
        last = {key: columns.pop(key) for key in _LAST}
        for key in _HEALTH_COLUMNS:
            columns[key] = self._health_column(HEALTH.column(key))
        return list({**columns, **last}.values())

    def _status(self, row: Activation, context: Context) -> str:
        running = self.progress_of(row)
        if running is None:
            return status_words(row.status, context)
        return f"{spinner(running.elapsed_at(context.now.timestamp()))} syncing"

    def _status_tone(self, row: Activation, _context: Context) -> Tone:
        return status_tone(row.status) if self.progress_of(row) is None else "busy"

    def _health_column(self, column: Column[ActivationHealth]) -> Column[Activation]:
        def words(row: Activation, context: Context) -> str:
            health = self._health.get(row.id)
            return "–" if health is None else column.text(health, context)

        def tone(row: Activation, context: Context) -> Tone:
            health = self._health.get(row.id)
            return "" if health is None else column.tone(health, context)

        def value(row: Activation) -> Any:
            health = self._health.get(row.id)
            return None if health is None else column.value(health)

        return Column(
            column.key,
            column.title,
            value,
            words=words,
            tone=tone,
            align=column.align,
            priority=column.priority + 3,
        )
