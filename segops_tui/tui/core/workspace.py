"""What every pane is handed: the client, its guard, the jobs, the profile, the clock, the log.

Knows nothing itself; it is a bundle, so that a pane takes one argument.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from segops_tui.api.keys import redact
from segops_tui.tui.core.request_log import Sent
from segops_tui.tui.core.ui_state import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from segops_tui.api.request import Request
    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.guard import Lock
    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.tui.core.job_runner import JobRunner
    from segops_tui.tui.core.open_workspaces import Everywhere


@dataclass(frozen=True, slots=True)
class Ran:
    """One thing that was done, as the command line that does the same."""

    when: datetime
    command: str


@dataclass(slots=True)
class CommandLog:
    """What was done in this session, oldest first; only the last thousand are kept."""

    now: Callable[[], datetime]
    entries: list[Ran] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    """The changes the server has answered for, each request by itself."""

    def add(self, command: str) -> None:
        """Remember a command line."""
        self.entries.append(Ran(self.now(), redact(command)))
        del self.entries[:-1000]

    def note(self, request: Request[Any]) -> None:
        """Remember a change that was sent."""
        self.sent.append(Sent.of(request, when=self.now()))
        del self.sent[:-1000]


@dataclass(frozen=True, slots=True)
class Opened:
    """A client, and what is known of the guard it holds. The client does the refusing."""

    client: AsyncSegOpsAdmin
    lock: Lock | None = None
    """The lock in the client, of a profile that is guarded as production."""
    read_only: str = ""
    """Why no change leaves this client, where none does."""

    @property
    def guarded(self) -> str:
        """Why nothing may be changed now; empty when it may."""
        if self.read_only:
            return self.read_only
        if self.lock is None or self.lock.is_unlocked:
            return ""
        return "locked: U unlocks for 15 minutes"


class Changes:
    """Counts the changes that are being sent: a switch of profile would leave them half done."""

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
    """An open workspace."""

    opened: Opened
    ledger: Ledger
    jobs: JobRunner
    profile: Profile
    now: Callable[[], datetime]
    log: CommandLog
    everywhere: Everywhere
    """The jobs of this workspace and of those that were left while theirs ran."""
    memory: Memory = field(default_factory=Memory)
    """Choices of how things are shown, from earlier visits."""
    changes: Changes = field(default_factory=Changes)
    """The changes being sent now."""
    names: dict[int, str] = field(default_factory=dict)
    """Segment id to name, as far as they were seen; rules are read with them."""

    @property
    def client(self) -> AsyncSegOpsAdmin:
        """The client, which asks its guard before every change."""
        return self.opened.client

    @property
    def guarded(self) -> str:
        """Why nothing may be changed here now; empty when it may."""
        return self.opened.guarded
