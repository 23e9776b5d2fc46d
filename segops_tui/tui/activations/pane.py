"""The Activations pane: connectors that push a segment to a marketing tool.

Knows connectors and how they fare; how a sync goes on is the jobs'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.activations import Activation
from segops_tui.nouns.activations import (
    ACTIVATION_ACTIONS,
)
from segops_tui.tui.activations.columns import with_health
from segops_tui.tui.activations.detail import ActivationDetail
from segops_tui.tui.activations.form import ConnectorForm, body_of, fields_of, flat
from segops_tui.tui.activations.syncing import SyncingPane
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.segment_names import SegmentNames
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.form_fields import set_options
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.panes.old_listed import ListedPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.analytics import ActivationHealth
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.dialogs.form_fields import FormField


class ActivationsPane(ListedPane[Activation], EditingPane[Activation], SyncingPane):
    """Every connector of the workspace, with how it fares."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *ACTIVATION_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIVATION_ACTIONS)]

    class HealthLoaded(Message):
        """How the connectors fare has come."""

        def __init__(self, health: Sequence[ActivationHealth]) -> None:
            self.health = health
            super().__init__()

    class Named(Message):
        """The names of segments are here, for a form."""

        def __init__(self, row: Activation | None) -> None:
            self.row = row
            super().__init__()

    class Toggled(Message):
        """Connectors were turned on or off, all of them or some."""

        def __init__(self, rows: Sequence[Activation], error: SegOpsError | None) -> None:
            self.rows, self.error = rows, error
            super().__init__()

    command = "activations"
    sortable = ("segment", "status", "success_rate", "last_synced_at")
    delete_warning = "Its syncs are forgotten; the tool keeps the people it was sent."
    form = ConnectorForm

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        self._health: dict[int, ActivationHealth] = {}
        super().__init__(workspace, id=id)
        self._noun = with_health(self._health, segment=self.segment_name, progress=self.progress_of)

    @property
    def noun(self) -> Noun[Activation]:
        """Connectors, told by their segment's name."""
        return self._noun

    def make_detail(self) -> ActivationDetail:
        """The detail's widget."""
        return ActivationDetail(
            self.workspace, health=lambda row: self._health.get(row.id), segment=self.segment_name
        )

    def resource(self) -> Any:
        """The client's activations."""
        return self.workspace.client.activations

    async def fetch(self) -> list[Activation]:
        """Every activation.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.activations.list()]

    def refetch(self) -> None:
        """Ask for the connectors, and for how they fare: the list does not wait for that."""
        super().refetch()
        self._load_health()

    async def fetch_one(self, key: str) -> Activation:
        """One activation.

        Raises:
            SegOpsError: it cannot be had.
        """
        return await self.workspace.client.activations.get(key)

    def segment_name(self, row: Activation) -> str:
        """A segment by its name, as far as anybody told it."""
        health = self._health.get(row.id)
        told = health.segment_name if health is not None and health.segment_name else ""
        return told or self.workspace.names.get(row.segment) or f"segment {row.segment}"

    def cannot_toggle(self) -> str:
        """There must be one."""
        return "" if self.chosen else f"There is no {self.noun.name} under the cursor."

    def do_toggle(self) -> None:
        """Turn the chosen ones on, or off where all of them are on."""
        rows = self.chosen
        is_on = all(row.status == "active" for row in rows)
        status = "inactive" if is_on else "active"
        self._toggle([row for row in rows if row.status != status], status)

    @work(group="toggle")
    async def _toggle(self, rows: Sequence[Activation], status: str) -> None:
        changed: list[Activation] = []
        failure: SegOpsError | None = None
        for row in rows:
            try:
                changed.append(await self.resource().update(row.id, status=status))
            except SegOpsError as error:
                failure = error
                break
            line = self.named("toggle").command_line(id=row.id, status=status)
            self.run_command(line)
        self.post_message(self.Toggled(changed, failure))

    @on(Toggled)
    def _toggled(self, event: Toggled) -> None:
        event.stop()
        changed = {row.id: row for row in event.rows}
        self.rows = [changed.get(row.id, row) for row in self.rows]
        self.put_rows()
        for row in event.rows:
            words = (
                "is synced after every recompute."
                if row.status == "active"
                else "is not synced by itself any more."
            )
            self.notify(f"{one_line(self.noun.label(row))} {words}", markup=False, timeout=4)
        if event.error is not None:
            line = problem_of(event.error).words
            self.notify(line, title="Not changed", severity="error", markup=False)

    def do_create(self) -> None:
        """Ask for a new one, once the names of segments are known."""
        self._fetch_names(None)

    def do_edit(self) -> None:
        """Ask what shall be otherwise, once the names of segments are known."""
        if self.row is not None:
            self._fetch_names(self.row)

    @work(exclusive=True, group="names")
    async def _fetch_names(self, row: Activation | None) -> None:
        try:
            names = {s.id: s.name async for s in self.workspace.client.segments.list()}
        except SegOpsError as error:
            # A key that may not read segments makes activations by their ids.
            line = problem_of(error).words
            self.notify(line, title="No names of segments", severity="warning", markup=False)
        else:
            self.workspace.names.update(names)
        self.post_message(self.Named(row))

    @on(Named)
    def _named(self, event: Named) -> None:
        event.stop()
        if event.row is None:
            super().do_create()
        elif self.row is not None:
            super().do_edit()

    def form_fields(self, row: Activation | None) -> Sequence[FormField]:
        """The segment by its name, and what the connector needs."""
        return fields_of(row, self._names)

    def as_body(self, row: Activation | None, values: dict[str, Any]) -> dict[str, Any]:
        """Ids in place of names, settings in their place."""
        return body_of(row, values, self._names)

    def as_options(
        self, row: Activation | None, fields: Sequence[FormField], body: dict[str, Any]
    ) -> list[str]:
        """`--set config.list_id=…`; a key is not said."""
        del row
        return set_options(fields, flat(body))

    @work(exclusive=True, group="health")
    async def _load_health(self) -> None:
        try:
            health = [row async for row in self.workspace.client.analytics.activations()]
        except SegOpsError:
            # The list says what is wrong where nothing can be had; here a column stays empty.
            return
        self.post_message(self.HealthLoaded(health))

    @on(HealthLoaded)
    def _health_loaded(self, event: HealthLoaded) -> None:
        event.stop()
        self._health.clear()
        self._health.update({row.id: row for row in event.health})
        if self._answered:
            self.put_rows()
            if self.row is not None:
                self.detail.show(self.row)

    def saved(self, row: Activation, *, is_new: bool) -> None:
        """Show it, and ask how it fares: its segment may be another one."""
        super().saved(row, is_new=is_new)
        self._load_health()

    @property
    def _names(self) -> SegmentNames:
        return SegmentNames(self.workspace.names)
