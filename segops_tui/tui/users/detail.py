"""What is known of a user: profile, timeline, segments, and why a segment holds them or not.

Knows the four tabs and how one leads to the other; each fetches for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import TabPane

from segops_tui import wording
from segops_tui.tui.panes.detail import Detail
from segops_tui.tui.users.explain import UserExplain
from segops_tui.tui.users.profile import UserProfile
from segops_tui.tui.users.segments import UserSegments
from segops_tui.tui.users.timeline import UserTimeline

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from segops_tui.api.resources.users import Event, User
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.users.tab import UserPart


class UserDetail(Detail["User"]):
    """A user."""

    first_tab = "profile"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.profile = UserProfile(workspace)
        self.timeline = UserTimeline(workspace)
        self.segments = UserSegments(workspace)
        self.explain = UserExplain(workspace)

    @property
    def parts(self) -> dict[str, UserPart]:
        """The tabs by name."""
        return {
            "profile": self.profile,
            "timeline": self.timeline,
            "segments": self.segments,
            "explain": self.explain,
        }

    @property
    def event_in_view(self) -> Event | None:
        """The event under the cursor, while the timeline is looked at."""
        return self.timeline.current if self.tabs.active == "timeline" else None

    def compose(self) -> ComposeResult:
        """Four tabs."""
        yield self.head
        with self.tabs:
            for name, part in self.parts.items():
                with TabPane(name.capitalize(), id=name):
                    yield part

    def name_of(self, row: User) -> str:
        """Their id: the API knows no name."""
        return row.user_id

    def is_same(self, before: User, after: User) -> bool:
        """The same user, who did nothing since."""
        return before.user_id == after.user_id and before.event_count == after.event_count

    def summary(self, row: User) -> Content:
        """How much they did, and when last."""
        seen = wording.age(row.last_seen, now=self.workspace.now())
        events = wording.plural(row.event_count, "event")
        return Content.assemble((events, "bold"), (f"  last seen {seen}", "$text-muted"))

    def draw(self, row: User) -> None:
        """What the list knows already."""
        self.profile.show_row(row)

    def forget(self) -> None:
        """Drop what was fetched for another user."""
        for part in self.parts.values():
            part.forget()

    def fill(self, tab: str) -> None:
        """Fetch what the tab shows, unless it is there."""
        part = self.parts.get(tab)
        if part is not None and self.row is not None:
            part.look_at(self.row.user_id)

    def open_tab(self, tab: str) -> None:
        """Turn to a tab."""
        self.tabs.active = tab
        self.fill(tab)

    @on(UserSegments.Chosen)
    def _segment_chosen(self, event: UserSegments.Chosen) -> None:
        event.stop()
        self.explain.choose(event.segment_id, event.name)
        self.open_tab("explain")
