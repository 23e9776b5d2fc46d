"""A connector's detail: its status, its latest syncs, its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import TabPane

from segops_tui import wording
from segops_tui.api.resources.activations import Activation
from segops_tui.nouns.activations import connector_words, status_tone, status_words
from segops_tui.nouns.column import Context, format_value
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.sync_logs import NEVER, SyncLogs

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from segops_tui.api.resources.analytics import ActivationHealth
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
            with TabPane("Syncs", id="syncs"), Scroll():
                yield self._logs
            with TabPane("Settings", id="settings"), Scroll():
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
