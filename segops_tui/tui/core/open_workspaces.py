"""The workspaces that are open: the one in front, and those left while their jobs ran.

Knows which jobs run where and whose they are; opens nothing, and shows nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.signal import Signal

from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from textual.app import App

    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.workspace import Workspace


class Everywhere:
    """Every open workspace's jobs, those of another profile under its name."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self.workspaces: list[Workspace] = []
        self.changed: Signal[list[Progress]] = Signal(app, "jobs anywhere changed")
        """What runs now, in any workspace."""
        self.ended: Signal[Ended] = Signal(app, "job anywhere ended")
        """Each job as it stops, whoever's it is."""

    def add(self, workspace: Workspace) -> None:
        """Follow a workspace's jobs, until it is dropped."""
        self.workspaces.append(workspace)
        workspace.jobs.changed.subscribe(self._app, self._publish, immediate=True)
        workspace.jobs.ended.subscribe(self._app, self.ended.publish, immediate=True)

    def drop(self, workspace: Workspace) -> None:
        """Know of it no longer."""
        self.workspaces = [each for each in self.workspaces if each is not workspace]
        workspace.jobs.changed.unsubscribe(self._app)
        workspace.jobs.ended.unsubscribe(self._app)

    def of(self, profile: Profile) -> Workspace | None:
        """The workspace of that very profile, if it is open; one that was changed is another."""
        return next((each for each in self.workspaces if each.profile == profile), None)

    def seen_from(self, front: str) -> list[Progress]:
        """What runs now; a job of another profile than `front` has its name before it."""
        return [
            progress
            if workspace.profile.name == front
            else replace(progress, title=f"{one_line(workspace.profile.name)}: {progress.title}")
            for workspace in self.workspaces
            for progress in workspace.jobs.progress
        ]

    def progress_of(self, job_id: str) -> Progress | None:
        """The job of that id, if this console drives it."""
        found = (workspace.jobs.progress_of(job_id) for workspace in self.workspaces)
        return next((progress for progress in found if progress is not None), None)

    def tick(self) -> None:
        """Tell of time passing, while there is a job it passes for."""
        for workspace in self.workspaces:
            workspace.jobs.tick()

    def _publish(self, _progress: list[Progress]) -> None:
        self.changed.publish(
            [progress for each in self.workspaces for progress in each.jobs.progress]
        )
