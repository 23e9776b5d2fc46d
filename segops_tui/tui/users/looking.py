"""What is looked up about a user by a key: why a segment holds them, and which events are shown.

Knows the tabs of a user's detail and what can be chosen in them; changes nothing.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.users import User
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.chooser import Choosable, Chooser
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.users.timeline import SINCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.tui.users.detail import UserDetail
    from segops_tui.tui.users.timeline import Since


class UserLooking(ListedPane[User]):
    """A pane of users that can be looked into."""

    detail: UserDetail

    class SegmentsLoaded(Message):
        """The segments there are to choose from."""

        def __init__(self, user: User, choices: Sequence[Choosable[int]]) -> None:
            self.user, self.choices = user, choices
            super().__init__()

    class SegmentsFailed(Message):
        """They cannot be had."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def cannot_explain(self) -> str:
        """There must be somebody."""
        return "" if self.row is not None else "There is no user under the cursor."

    cannot_event_type = cannot_since = cannot_explain

    def do_explain(self) -> None:
        """Ask which segment, those the user is in first."""
        if self.row is not None:
            self._fetch_segments(self.row)

    def do_event_type(self) -> None:
        """Ask which events are shown."""
        timeline = self._open("timeline").timeline

        def answered(choice: Choosable[str] | None) -> None:
            if choice is not None:
                timeline.narrow(event_type=choice.value)
                self._log_events()

        counted = f" (counted in the newest {timeline.seen:,})" if timeline.is_cut else ""
        choices = timeline.type_choices()
        self.app.push_screen(
            Chooser(f"Show which events?{counted}", choices, current=timeline.event_type), answered
        )

    def do_since(self) -> None:
        """Ask how far back."""
        timeline = self._open("timeline").timeline

        def answered(choice: Choosable[Since] | None) -> None:
            if choice is not None:
                timeline.narrow(since=choice.value)
                self._log_events()

        choices = [Choosable(since, since.title) for since in SINCE]
        self.app.push_screen(
            Chooser("Show events of how long?", choices, current=timeline.since), answered
        )

    @work(exclusive=True, group="choose")
    async def _fetch_segments(self, user: User) -> None:
        client = self.workspace.client
        try:
            within = [each async for each in client.users.segments(user.user_id)]
            every = [each async for each in client.segments.list()]
        except SegOpsError as error:
            self.post_message(self.SegmentsFailed(error))
            return
        held = {each.segment_id for each in within}
        choices = [
            Choosable(each.segment_id, each.segment_name, group="In these, as last computed")
            for each in within
        ]
        choices += [
            Choosable(each.id, each.name, group="Not in these")
            for each in every
            if each.id not in held
        ]
        self.post_message(self.SegmentsLoaded(user, choices))

    @on(SegmentsLoaded)
    def _segments_loaded(self, event: SegmentsLoaded) -> None:
        event.stop()
        # Whoever went on to another user, or into a dialog, does not want to be asked any more.
        if self.row is None or self.row.user_id != event.user.user_id or not self.is_in_front:
            return
        explain = self.detail.explain

        def answered(choice: Choosable[int] | None) -> None:
            if choice is not None:
                explain.choose(choice.value, choice.title)
                self._open("explain")
                line = self.named("explain")
                key = event.user.user_id
                self.run_command(line.command_line(id=key, segment=choice.value))

        self.app.push_screen(
            Chooser(
                f"Why is {event.user.user_id} in, or not in …",
                event.choices,
                current=explain.segment_id,
                empty="There are no segments yet: 1, then n, makes one.",
            ),
            answered,
        )

    @on(SegmentsFailed)
    def _segments_failed(self, event: SegmentsFailed) -> None:
        event.stop()
        problem = problem_of(event.error)
        self.notify(problem.words, title="No segments", severity="error", markup=False)

    @property
    def is_in_front(self) -> bool:
        """Whether this pane is what somebody looks at."""
        return bool(self.display) and self.screen.is_current

    def _open(self, tab: str) -> UserDetail:
        """Show a tab of the detail, alone where there is no room for both."""
        self.detail.open_tab(tab)
        if not self.detail.display:
            self.add_class("-detail")
            self.call_after_refresh(self.detail.enter)
        return self.detail

    def _log_events(self) -> None:
        if self.row is not None:
            options = self.detail.timeline.options()
            self.run_command(
                shlex.join(["segops-tui", "users", "events", self.row.user_id, *options])
            )
