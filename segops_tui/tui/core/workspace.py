"""An open workspace as panes see it, and all the workspaces that are open."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from textual.signal import Signal

from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.traffic import Traffic
from segops_tui.tui.core.ui_state import UiState

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from datetime import datetime

    from textual.app import App

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.job_runner import Ended, JobRunner
    from segops_tui.tui.core.opened import Opened
    from segops_tui.tui.core.profiles import Profiles
    from segops_tui.tui.core.request_log import CommandLog


AGES_EVERY: Final = 5.0
"""Seconds between two drawings of what tells an age."""


class Changes:
    """Counts the changes that are being sent, as a switch of profile would leave them half done."""

    def __init__(self) -> None:
        self.under_way = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one change while the block runs."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace: everything a pane needs, in one argument."""

    opened: Opened
    ledger: Ledger
    jobs: JobRunner
    profile: Profile
    now: Callable[[], datetime]
    log: CommandLog
    open_workspaces: OpenWorkspaces
    """This workspace and the others whose jobs still run."""
    ui_state: UiState = field(default_factory=UiState)
    """Display choices of earlier sessions."""
    changes: Changes = field(default_factory=Changes)
    """The changes being sent now."""
    names: dict[int, str] = field(default_factory=dict)
    """Names of the segments seen so far, by id, for showing rules."""
    edits: dict[tuple[int, datetime], bool] = field(default_factory=dict)
    """Whether an update of a segment after its last compute changed its rule, where known."""
    traffic: Traffic = field(default_factory=Traffic)
    """The requests of the last minute."""
    unused_events: set[str] = field(default_factory=set)
    """Event types in rules that no schema and no event has, where known."""

    @property
    def client(self) -> AsyncSegOpsAdmin:
        """The client, which checks its guard before every change."""
        return self.opened.client

    @property
    def guarded(self) -> str:
        """Why changes are refused now; empty when they are sent."""
        return self.opened.guarded


class OpenWorkspaces:
    """All open workspaces: the one in front, and those kept open while their jobs run."""

    def __init__(
        self,
        app: App[Any],
        *,
        profiles: Profiles | None = None,
        open_beside: Callable[[Profile], Coroutine[Any, Any, Workspace]] | None = None,
        release: Callable[[Workspace], object] | None = None,
    ) -> None:
        self._app = app
        self.profiles = profiles
        """The profiles of the config file; None where the console was started for one only."""
        self._open_beside, self._release = open_beside, release
        self.workspaces: list[Workspace] = []
        self.changed: Signal[list[Progress]] = Signal(app, "jobs of open workspaces changed")
        """The running jobs of all workspaces."""
        self.ended: Signal[Ended] = Signal(app, "job of an open workspace ended")
        """Each job as it stops, in any workspace."""

    def add(self, workspace: Workspace) -> None:
        """Forward a workspace's job signals until it is dropped."""
        self.workspaces.append(workspace)
        workspace.jobs.changed.subscribe(self._app, self._publish, immediate=True)
        workspace.jobs.ended.subscribe(self._app, self.ended.publish, immediate=True)

    def drop(self, workspace: Workspace) -> None:
        """Stop following a workspace."""
        self.workspaces = [each for each in self.workspaces if each is not workspace]
        workspace.jobs.changed.unsubscribe(self._app)
        workspace.jobs.ended.unsubscribe(self._app)

    def of(self, profile: Profile) -> Workspace | None:
        """The open workspace of this exact profile; None where it is not open or was edited."""
        return next((each for each in self.workspaces if each.profile == profile), None)

    async def open_beside(self, profile: Profile) -> Workspace:
        """The workspace of another profile, opened behind the one in front; release it later.

        Raises:
            SegOpsError: it cannot be opened.
        """
        known = self.of(profile)
        if known is not None:
            return known
        if self._open_beside is None:
            raise TypeError("this console opens one workspace only")
        return await self._open_beside(profile)

    def release(self, workspace: Workspace) -> None:
        """Close a workspace that was opened behind, once its jobs have ended."""
        if self._release is not None:
            self._release(workspace)

    def seen_from(self, front: str) -> list[Progress]:
        """The running jobs; those of a profile other than `front` are prefixed with its name."""
        return [
            progress
            if workspace.profile.name == front
            else replace(progress, title=f"{one_line(workspace.profile.name)}: {progress.title}")
            for workspace in self.workspaces
            for progress in workspace.jobs.progress
        ]

    def progress_of(self, job_id: str) -> Progress | None:
        """The progress of a job that this console runs; None for any other job."""
        found = (workspace.jobs.progress_of(job_id) for workspace in self.workspaces)
        return next((progress for progress in found if progress is not None), None)

    def tick(self) -> None:
        """Redraw elapsed times while a job runs."""
        for workspace in self.workspaces:
            workspace.jobs.tick()

    def _publish(self, _progress: list[Progress]) -> None:
        self.changed.publish(
            [progress for each in self.workspaces for progress in each.jobs.progress]
        )
