"""The members of a segment, with the traits that the user chose as columns."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Column, Context, format_value
from segops_tui.nouns.segments import MEMBERS
from segops_tui.nouns.users import TRAIT, schema_traits, trait_column
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.column_chooser import ColumnChooser
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.segments.traits import AT_ONCE, TraitLoader
from segops_tui.tui.table.messages import LoadFailed, PageLoaded
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.table.sources import CursorSource
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.api.listing import AsyncListing
    from segops_tui.api.resources.segments import Member, Segment
    from segops_tui.nouns.column import Tone
    from segops_tui.tui.core.workspace import Workspace

MEMBERS_PAGE: Final = 200
SETTLE: Final = 0.15
"""Seconds the rows rest before traits are asked for; those that were scrolled past are skipped."""
SAMPLE: Final = 2 * AT_ONCE
"""Users in sight whose traits are offered where no schema declares any."""
NEVER: Final = "Never computed, so it has no members yet. Press r to compute it."


class MembersTab(Vertical, Sized):
    """The members, page by page; traits are asked for the rows in sight only."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "vertical_line",
            "choose_columns",
            "Columns",
            id="pane.columns",
            tooltip="Choose the columns of the members, their traits among them.",
        ),
        Binding(
            "ctrl+r",
            "refresh_members",
            "Refresh",
            id="pane.refresh",
            tooltip="Fetch the members and their traits again.",
        ),
    ]
    DEFAULT_CSS = """
    MembersTab #unread { color: $error; height: auto; max-height: 2; padding: 0 1; display: none; }
    """

    def __init__(self, workspace: Workspace, *, failed: Callable[[str], None]) -> None:
        super().__init__()
        self.workspace, self._failed = workspace, failed
        self._segment: Segment | None = None
        self._declared: list[str] | None = None
        self._settling: Timer | None = None
        self._unread = PlainText(id="unread")
        self.table = NounTable(id="people", markable=False, expected_errors=(SegOpsError,))
        self.traits = TraitLoader(
            self._read,
            spawn=partial(self.run_worker, group="traits"),
            sleep=workspace.client.sleep,
            gate=workspace.jobs.rate_gate,
            arrived=self._arrived,
        )

    def compose(self) -> ComposeResult:
        """Lay out the table, and below it what could not be read."""
        yield self.table
        yield self._unread

    def on_mount(self) -> None:
        """Show the columns, and follow the rows in sight."""
        self._show_columns()
        self.watch(self.table, "scroll_y", self.look, init=False)

    def fit_size(self) -> None:
        """Ask for rows that have come in sight."""
        self.look()

    def forget(self) -> None:
        """Drop the previous segment."""
        self._segment = None
        self.traits.want(())
        self.table.empty_text = "Loading …"
        self.table.set_rows([], key=id)
        self._show_failure()

    def show(self, segment: Segment) -> None:
        """Fetch a segment's members."""
        self._segment = segment
        run_flow(self, self._fetch, segment, group="members", exclusive=True)

    async def _fetch(self, segment: Segment) -> None:
        await self.workspace.client.sleep(SETTLE)
        members = self.workspace.client.segments.members

        def listing(cursor: str | None, limit: int) -> AsyncListing[Member]:
            return members(segment.id, limit=limit, cursor=cursor)

        never = segment.last_computed_at is None
        self.table.empty_text = NEVER if never else MEMBERS.empty
        source = CursorSource(listing, page_size=MEMBERS_PAGE)
        self.table.set_source(source, key=MEMBERS.key)

    # Columns

    @property
    def columns(self) -> list[Column[Member]]:
        """The columns that are shown: those that the user chose, else the usual ones."""
        chosen = self.workspace.ui_state.get(self._columns_key)
        own = {column.key: column for column in MEMBERS.columns}
        found = [
            own[key] if key in own else self._trait_column(key.removeprefix(TRAIT))
            for key in (chosen if isinstance(chosen, list) else ())
            if isinstance(key, str) and (key in own or key.startswith(TRAIT))
        ]
        return found or [*MEMBERS.columns]

    @property
    def shown_traits(self) -> list[str]:
        """The names of the traits that are columns now."""
        keys = [column.key for column in self.columns]
        return [key.removeprefix(TRAIT) for key in keys if key.startswith(TRAIT)]

    def action_choose_columns(self) -> None:
        """Ask which columns to show, and remember them."""
        run_flow(self, self._choose, group="columns", exclusive=True)

    async def _choose(self) -> None:
        pane = self.query_ancestor(Pane)
        names = await pane.load("The traits of the members", self._known_traits())
        columns = [(column.key, column.title) for column in MEMBERS.columns]
        columns += [(f"{TRAIT}{name}", name.upper()) for name in names]
        shown = [column.key for column in self.columns]
        keys = await pane.ask(ColumnChooser("of the members", columns, shown))
        if keys is None:
            return
        self.workspace.ui_state.put(self._columns_key, keys or None)
        self._show_columns()
        self.look()
        if self.shown_traits and self._segment is not None:
            traits = ",".join(self.shown_traits)
            pane.log_command(f"segops-tui segments members {self._segment.id} --traits {traits}")

    async def _known_traits(self) -> list[str]:
        """The traits that the schema declares, those seen so far, and those that are columns."""
        if self._declared is None:
            try:
                schemas = [schema async for schema in self.workspace.client.schemas.list()]
                self._declared = schema_traits(schemas)
            except SegOpsError:
                # What the users in sight have is offered all the same, and it is read next time.
                pass
        if not self._declared and not self.traits.names:
            sample = self._in_sight()[:SAMPLE]
            for start in range(0, len(sample), AT_ONCE):
                users = sample[start : start + AT_ONCE]
                await asyncio.gather(*map(self.traits.load, users))
        seen = sorted(self.traits.names, key=str.casefold)
        return list(dict.fromkeys([*(self._declared or ()), *seen, *self.shown_traits]))

    def _show_columns(self) -> None:
        now = self.workspace.now
        self.table.show_columns(self.columns, context=lambda: Context(now=now()))

    def _trait_column(self, name: str) -> Column[Member]:
        traits = self.traits.traits

        def value(member: Member) -> Any:
            found = traits(member.user_id)
            return found.get(name) if isinstance(found, dict) else None

        def words(member: Member, _context: Context) -> str:
            found = traits(member.user_id)
            if isinstance(found, SegOpsError):
                return f"{problem_of(found).symbol} failed"
            return "…" if found is None else format_value(found.get(name))

        def tone(member: Member, _context: Context) -> Tone:
            found = traits(member.user_id)
            return "bad" if isinstance(found, SegOpsError) else "muted" if found is None else ""

        return trait_column(name, value, words=words, tone=tone)

    @property
    def _columns_key(self) -> str:
        """Traits are a workspace's own, so the choice is kept for each profile."""
        return f"columns of members in {self.workspace.profile.name}"

    # Traits

    def look(self) -> None:
        """Ask for the traits of the rows in sight, once they rest."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE, self._look)

    def retry(self) -> None:
        """Ask again for traits that could not be read."""
        if self.traits.failure is not None:
            self.traits.retry()
            self._show_failure()

    def action_refresh_members(self) -> None:
        """Fetch the members and the traits in sight again."""
        self.traits.forget()
        if self._segment is not None and self.table.row_count:
            self.table.refresh_rows()
        elif self._segment is not None:
            self.show(self._segment)
        self.table.refresh()
        self.look()

    def _look(self) -> None:
        self._settling = None
        self.traits.want(self._in_sight() if self.shown_traits else ())
        self._show_failure()

    def _in_sight(self) -> list[str]:
        return list(dict.fromkeys(row.user_id for row in self._rows_in_sight()))

    async def _read(self, user_id: str) -> Mapping[str, Any]:
        return (await self.workspace.client.users.get(user_id)).properties

    def _arrived(self, user_id: str) -> None:
        # The row is the same; its cells are drawn and measured again, and those of a row that was
        # in sight before when it comes back.
        row = next((row for row in self._rows_in_sight() if row.user_id == user_id), None)
        if row is not None:
            self.table.update_row(user_id, row)
        else:
            self.table.refresh()
        self._show_failure()

    def _rows_in_sight(self) -> Sequence[Member]:
        first = self.table.scroll_offset.y
        lines = range(first, min(first + self.table.body_height, self.table.row_count))
        rows = [self.table.row_at(line) for line in lines]
        return [row for row in rows if row is not None]

    def _show_failure(self) -> None:
        failure = self.traits.failure
        self._unread.display = failure is not None
        if failure is not None:
            count, error = failure
            words = f"The traits of {count:,} could not be read; ctrl+r tries again."
            # What is cut off at the end of the lines is the request, not the remedy.
            self._unread.update(Content(one_line(f"{words} {problem_of(error).line}")))

    @on(PageLoaded)
    def _page_loaded(self, event: PageLoaded) -> None:
        event.stop()
        self.look()

    @on(LoadFailed)
    def _members_failed(self, event: LoadFailed) -> None:
        event.stop()
        self._failed("members")
        if isinstance(event.error, SegOpsError):
            self.notify(problem_of(event.error).words, severity="error", markup=False)
