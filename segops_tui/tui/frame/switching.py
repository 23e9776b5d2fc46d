"""Switching workspaces: each opens behind its own frame, and closes once its jobs have ended."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.filter import Monochrome, NoColor

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core import theme
from segops_tui.tui.core.actions import ActionOwner, run_flow
from segops_tui.tui.core.clipboard import Copying
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.request_log import CommandLog
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.type_ahead import TypeAhead
from segops_tui.tui.core.ui_state import UiState
from segops_tui.tui.core.workspace import OpenWorkspaces, Workspace
from segops_tui.tui.frame.main import MainScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from textual.filter import LineFilter
    from textual.theme import Theme

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.guard import Lock
    from segops_tui.client.pipeline import Trace
    from segops_tui.config.profiles import ConsoleSettings, Profile
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.profiles import Profiles

CHECK_AFTER: Final = 5.0
"""Seconds after which health is checked behind the pane that was opened; None checks only there."""
PATIENCE: Final = 0.3
"""Seconds of opening after which the user is told what takes so long."""


def cannot_switch_profile(app: Switching) -> str:
    """Why profiles cannot be switched now; empty when they can."""
    if app.profiles is None:
        return "This console was started for one profile only."
    if app.workspace is not None and app.workspace.changes.under_way:
        return "A change is being sent; switch when it is done."
    return ""


async def switch_profile(app: Switching) -> None:
    """List the profiles and switch to the chosen one."""
    from segops_tui.tui.profiles.screen import ProfilesScreen  # noqa: PLC0415 (when opened)

    if app.profiles is None:
        return
    profile = await app.push_screen_wait(ProfilesScreen(app.profiles, current=app.profile))
    if profile is not None and (profile != app.profile or app.workspace is None):
        app.enter(profile)


def cannot_unlock(app: Switching) -> str:
    """Why there is nothing to unlock; empty when there is."""
    if app.workspace is None:
        return "The workspace is not open yet."
    if app.workspace.opened.read_only:
        return app.workspace.opened.read_only
    if app.workspace.opened.lock is None:
        return f"{app.profile.name} is not locked: changes are sent."
    return ""


async def unlock(app: Switching) -> None:
    """Unlock changes for 15 minutes after a confirmation; if they are unlocked, lock them."""
    lock = None if app.workspace is None else app.workspace.opened.lock
    if lock is None:
        return
    if lock.is_unlocked:
        lock.lock()
    else:
        from segops_tui.tui.dialogs.confirm import Confirm  # noqa: PLC0415 (when opened)

        name = one_line(app.profile.name)
        confirm = Confirm(
            f"Unlock {name}?",
            lines=[
                f"For 15 minutes changes are sent to {name}, a production workspace.",
                "Press U to lock it earlier.",
            ],
            profile=app.profile.name,
            yes="Unlock for 15 minutes",
            danger=True,
        )
        if not await app.push_screen_wait(confirm):
            return
        lock.unlock()
    app.show_guard()


async def _close_opened(opening: asyncio.Future[Opened]) -> None:
    with suppress(SegOpsError):
        await (await opening).client.aclose()


class Switching(ActionOwner, Copying, TypeAhead):
    """An app with one workspace in front, and others kept open while their jobs run.

    Each workspace has a mode of its own, whose first screen is its frame.
    """

    DEFAULT_MODE = "workspace 0"

    usual_theme: Theme = theme.DARK
    """The theme where none is chosen."""

    def __init__(
        self,
        *,
        profile: Profile,
        open_client: Callable[[], AsyncSegOpsAdmin | Opened],
        open_ledger: Callable[[], Ledger],
        profiles: Profiles | None = None,
        lock: Lock | None = None,
        plan_of: Callable[[Job], Plan] | None = None,
        now: Callable[[], datetime],
        place: str = "health",
        ui_state: UiState | None = None,
        preferences: ConsoleSettings | None = None,
        check_after: float | None = CHECK_AFTER,
    ) -> None:
        super().__init__()
        self._check_after = check_after
        self._first, self.profile, self._now, self._place = profile, profile, now, place
        self._open_client, self._open_ledger, self._plan_of = open_client, open_ledger, plan_of
        self.profiles, self._lock = profiles, lock
        self._ui_state = ui_state or UiState()
        if preferences is None:
            from segops_tui.config.profiles import ConsoleSettings  # noqa: PLC0415 (a default)

            preferences = ConsoleSettings()
        self._preferences = preferences
        self._logs: dict[str, CommandLog] = {}
        self._ledger: Ledger | None = None
        self.open_workspaces = OpenWorkspaces(
            self, profiles=profiles, open_beside=self._open_beside, release=self._leave
        )
        self.workspace: Workspace | None = None
        for own in theme.THEMES:
            self.register_theme(own)
        self.apply_theme(profile)
        # The style sheets are read once, for the theme that is shown first.
        self.stylesheet.set_variables(self.get_css_variables())
        self._styled_for = self.theme
        self._frames = 0
        self._main = self._new_frame(place)
        self.add_mode(self.DEFAULT_MODE, lambda: self._main)

    def refresh_css(self, animate: bool = True) -> None:
        """Read and apply the style sheets again if they were read for another theme."""
        if self._styled_for != self.theme:
            self._styled_for = self.theme
            super().refresh_css(animate)

    def enter(self, profile: Profile) -> None:
        """Show a profile's workspace in a new frame; nothing of the previous one stays."""
        gone, left = self._main, self.workspace
        self.profile = profile
        self.workspace = self.open_workspaces.of(profile)
        self.apply_theme(profile)
        while self.screen is not gone:
            self.pop_screen()
        self.clear_notifications()
        self._frames += 1
        before, mode = self.current_mode, f"workspace {self._frames}"
        self._main = frame = self._new_frame(gone.place)
        self.add_mode(mode, lambda: frame)
        shown = self.switch_mode(mode)
        self.remove_mode(before)
        self._open(frame, shown)
        if left is not None and left is not self.workspace:
            self._leave(left, shown)

    def _new_frame(self, place: str) -> MainScreen:
        return MainScreen(
            self.profile,
            self._now,
            place=place,
            jobs=self.open_workspaces,
            check_after=self._check_after,
        )

    def apply_theme(self, profile: Profile) -> None:
        """Apply the theme of a profile, else of the config file, else the one chosen last."""
        word = profile.theme or self._preferences.theme or self._ui_state.get("theme")
        self.theme = theme.BY_WORD.get(str(word), self.usual_theme).name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters; without colour ANSI colours go too, as greys would be black."""
        filters = super().get_line_filters()
        if not (self.no_color and self.native_ansi_color):
            return filters
        return [NoColor() if isinstance(each, Monochrome) else each for each in filters]

    async def close_all(self) -> None:
        """Detach the jobs, so that they can be resumed, then close the connections."""
        for workspace in self.open_workspaces.workspaces:
            await workspace.jobs.detach_all()
            await workspace.client.aclose()
        if self._ledger is not None:
            with suppress(SegOpsError):
                # Those that were still waiting for their turn.
                self._ledger.detach_all()
            self._ledger.close()

    @work(group="open")
    async def _open(self, frame: MainScreen, shown: Awaitable[None] | None = None) -> None:
        if shown is not None:
            await shown
        if self.workspace is not None:
            frame.open(self.workspace)
            return
        waiting = self.set_timer(PATIENCE, self._show_opening)
        try:
            opened = await asyncio.to_thread(self._opened, self.profile)
            ledger = self._ledger
            if ledger is None:
                ledger = await asyncio.to_thread(self._open_ledger)
        except SegOpsError as error:
            if frame is self._main:
                frame.show_problem(problem_of(error), way_out=self.profiles is not None)
            return
        finally:
            waiting.stop()
        self._ledger = self._ledger or ledger
        if ledger is not self._ledger:
            ledger.close()
        if frame is not self._main or self.workspace is not None:
            # The user has switched to another profile meanwhile.
            await opened.client.aclose()
            return
        self.workspace = self._workspace_of(opened, self._ledger, self.profile)
        self.open_workspaces.add(self.workspace)
        frame.open(self.workspace)

    async def _open_beside(self, profile: Profile) -> Workspace:
        """Open a workspace behind the one in front, whose ledger is open.

        Raises:
            SegOpsError: it cannot be opened.
        """
        if self._ledger is None:
            raise TypeError("no workspace is in front")
        opening = asyncio.ensure_future(asyncio.to_thread(self._opened, profile))
        try:
            opened = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread goes on; what it opens has to be closed.
            run_flow(self, _close_opened, opening, group="leave")
            raise
        workspace = self._workspace_of(opened, self._ledger, profile)
        self.open_workspaces.add(workspace)
        return workspace

    def _opened(self, profile: Profile) -> Opened:
        if profile is not self._first and self.profiles is not None:
            return self.profiles.open(profile)
        opened = self._open_client()
        return opened if isinstance(opened, Opened) else Opened(opened, self._lock)

    @work(group="leave")
    async def _leave(self, workspace: Workspace, shown: Awaitable[None] | None = None) -> None:
        """Close a workspace that is not in front, unless its jobs still run."""
        if shown is not None:
            await shown
        if workspace is self.workspace or workspace.jobs.progress or workspace.changes.under_way:
            return
        if workspace in self.open_workspaces.workspaces:
            self.open_workspaces.drop(workspace)
            await workspace.client.aclose()

    def _workspace_of(self, opened: Opened, ledger: Ledger, profile: Profile) -> Workspace:
        # What drives jobs is loaded behind the painted frame.
        from segops_tui.jobs.registry import plan_of  # noqa: PLC0415
        from segops_tui.tui.core.job_runner import JobRunner  # noqa: PLC0415

        ledger = ledger.bound_to(opened.client.account)
        jobs = JobRunner(
            self,
            opened.client,
            ledger,
            plan_of=self._plan_of or plan_of,
            clock=lambda: self._now().timestamp(),
        )
        log = self._logs.setdefault(profile.name, CommandLog(self._now))
        opened.client.on_change = log.add_request
        workspace = Workspace(
            opened,
            ledger,
            jobs,
            profile,
            self._now,
            log,
            self.open_workspaces,
            self._ui_state,
        )
        traffic = workspace.traffic

        def note(trace: Trace) -> None:
            traffic.add(trace, self._now().timestamp())
            jobs.rate_gate.note_attempt(trace)

        opened.client.on_attempt = note
        return workspace

    @on(MainScreen.Reopen)
    def open_workspace(self) -> None:
        """Open the workspace in front."""
        self._open(self._main)

    def show_guard(self) -> None:
        """Show in the frame whether changes are sent."""
        self._main.show_guard()

    def _show_opening(self) -> None:
        if self.profile.is_sandbox:
            self._main.say_opening(
                "Preparing the sandbox …",
                "A shop with products, people and months of events. This happens once.",
            )

    @property
    def running(self) -> list[Progress]:
        """The running jobs, those of other profiles with their profile's name."""
        return self.open_workspaces.seen_from(self.profile.name)

    @property
    def profiles_with_jobs(self) -> str:
        """The names of the profiles whose jobs run."""
        names = [
            each.profile.name for each in self.open_workspaces.workspaces if each.jobs.progress
        ]
        return wording.listed(names)
