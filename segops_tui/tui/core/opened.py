"""A client that was opened for a profile, and whether its guard lets changes pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.guard import Lock


@dataclass(frozen=True, slots=True)
class Opened:
    """A client and the state of its guard; the client itself refuses changes."""

    client: AsyncSegOpsAdmin
    lock: Lock | None = None
    """The client's lock, for a production profile."""
    read_only: str = ""
    """Why this client sends no changes; empty when it does."""

    @property
    def guarded(self) -> str:
        """Why changes are refused now; empty when they are sent."""
        if self.read_only:
            return self.read_only
        if self.lock is None or self.lock.is_unlocked:
            return ""
        return "locked: U unlocks for 15 minutes"
