"""Two workspaces behind two doors, and the profiles that lead to them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.account import Account
from segops_tui.api.exchange import Policy
from segops_tui.api.keys import Secret
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.guard import Lock, ReadOnly
from segops_tui.client.pipeline import Pipeline
from segops_tui.config.profiles import Profile
from segops_tui.config.secrets import FromFile
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.core.profiles import Known, Profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk_test_0123456789abcdef"
BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
RULE = {"logic": "AND", "conditions": [BOUGHT]}
STAGING_ROW, PROD_ROW = "Harbour regulars", "Mountain newcomers"


@dataclass
class World:
    """Two workspaces behind two doors, three profiles, and a lock whose clock a test turns."""

    staging: Any
    prod: Any
    source: FromFile
    lock_clock: list[float] = field(default_factory=lambda: [0.0])
    known: dict[str, Profile] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    before_opening: Callable[[Profile], None] = lambda _profile: None

    def __post_init__(self) -> None:
        for name, guard, colour in (
            ("staging", "none", "green"),
            ("prod", "production", "red"),
            ("audit", "read-only", "yellow"),
        ):
            address = f"https://{name}.example.com/api"
            self.known[name] = Profile(name, address, self.source, guard=guard, colour=colour)

    def open(self, profile: Profile) -> Opened:
        """A client of its own, with the guard its profile asks for."""
        self.before_opening(profile)
        stage = self.staging if profile.name == "staging" else self.prod
        stage.door = None
        stage.open_client()
        door, name, shut = stage.door, profile.name, stage.door.aclose

        async def close() -> None:
            self.closed.append(name)
            await shut()

        door.aclose = close
        door.at = Account(f"https://{name}.example.com/api")
        lock, reason = None, ""
        if profile.guard == "production":
            lock = Lock("The profile 'prod' is guarded", clock=lambda: self.lock_clock[0])
        elif profile.guard == "read-only":
            reason = "read-only: audit is guarded against every change"
        guard = ReadOnly("The profile 'audit' is read-only") if reason else lock
        pipeline = Pipeline(Policy(max_retries=0, timeout=5.0), guard=guard)
        return Opened(AsyncSegOpsAdmin(transport=door, pipeline=pipeline), lock, reason)

    def profiles(self) -> Profiles:
        """What the console is handed."""

        def listed() -> list[Known]:
            mask = f"{self.source.secret.mask} · {self.source.file}"
            broken = Known("broken", None, fault="config.toml, line 9: no key.", kept=False)
            return [*(Known(n, p, key=mask) for n, p in self.known.items()), broken]

        return Profiles(listed, self.open, lambda _new: None, lambda _new, _replaces: None)

    @asynccontextmanager
    async def run(self, name: str = "staging", size: tuple[int, int] = (100, 28)) -> Any:
        """A console on one of them."""
        profile = self.known[name]
        self.staging.profile = profile
        more = {"profiles": self.profiles(), "open_client": lambda: self.open(profile)}
        async with self.staging.run(size=size, **more) as pilot:
            yield pilot


@pytest.fixture
def world(stage, ask, tmp_path: Path, _empty_workspace: Path, clock) -> World:
    import shutil

    ask.ok("POST", "/api/segments/", {"name": STAGING_ROW, "definition": RULE})
    path = tmp_path / "prod" / "sandbox.sqlite3"
    path.parent.mkdir()
    shutil.copy(_empty_workspace, path)
    with Sandbox(path, clock=clock) as sandbox:
        type(ask)(sandbox).ok("POST", "/api/segments/", {"name": PROD_ROW, "definition": RULE})
    prod = type(stage)(path, tmp_path, clock)
    return World(stage, prod, FromFile(tmp_path / "config.toml", Secret(KEY)))


@pytest.fixture
def go(reached, seen):
    """Choose a profile in the switcher."""

    async def choose(pilot, name: str) -> None:
        await pilot.press("p")
        await reached(pilot, lambda: type(pilot.app.screen).__name__ == "ProfilesScreen")
        await reached(pilot, lambda: pilot.app.screen._known)
        names = [known.name for known in pilot.app.screen._known]
        pilot.app.screen._table.cursor_row = names.index(name)
        await pilot.press("enter")
        await reached(pilot, lambda: type(pilot.app.screen).__name__ == "MainScreen")

    return choose
