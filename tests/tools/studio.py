"""What a scene has in hand: a console on a seeded shop whose clock stands still."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cells import Screen, taken, together
from textual.widgets import TextArea

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Policy
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.pipeline import Pipeline
from segops_tui.config.profiles import Profile
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import AsyncInProcess
from segops_tui.sandbox.seeding.seed import seed
from segops_tui.tui.frame.app import Console

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from segops_tui.api.exchange import Attempt, Reply

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
BOTH = ("dark", "light")
PATIENCE = 20.0


@dataclass(frozen=True)
class Shot:
    """What was on the screen, and the words over it."""

    title: str
    screen: Screen


class Still:
    """A sandbox's door that can hold calls back, or be out of order."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._door = AsyncInProcess(sandbox)
        self.holds: Callable[[str], bool] = lambda _call: False
        self.error: Exception | None = None
        self.waiting = 0
        """Calls held back now."""
        self._goes_on = asyncio.Event()

    async def send(self, attempt: Attempt, /) -> Reply:
        """Answer, or do not."""
        if self.holds(f"{attempt.method} {attempt.target}"):
            self.waiting += 1
            await self._goes_on.wait()
            self.waiting -= 1
        if self.error is not None:
            raise self.error
        return await self._door.send(attempt)

    def let_go(self) -> None:
        """Answer what was held back."""
        self._goes_on.set()

    def let_one_go(self) -> None:
        """Answer what was held back, and hold what follows."""
        self._goes_on.set()
        self._goes_on = asyncio.Event()

    def stream(self, attempt: Attempt, /) -> Any:
        """Open a file."""
        return self._door.stream(attempt)

    async def aclose(self) -> None:
        """Close the sandbox."""
        await self._door.aclose()


@dataclass
class Studio:
    """What a scene has in hand while the console runs."""

    folder: Path
    shop: Path
    pace: float = 0.0
    now: datetime = NOW
    broken: bool = False
    shots: list[Shot] = field(default_factory=list)
    pilot: Pilot[int] = field(init=False)
    door: Still = field(init=False)

    def console(self, place: str) -> Console:
        """A console that has not started."""
        path = self.folder / "sandbox.sqlite3"
        shutil.copy(self.shop, path)
        ids = iter(f"a1b2c3{number:02x}" for number in range(1, 200))
        return Console(
            check_after=None,
            profile=Profile("sandbox", "sandbox:", None, workspace="Northwind Outfitters"),
            open_client=lambda: self._client(path),
            open_ledger=lambda: Ledger(
                self.folder / "jobs.db",
                clock=lambda: self.now.timestamp(),
                new_id=lambda: next(ids),
            ),
            now=lambda: self.now,
            place=place,
        )

    def _client(self, path: Path) -> AsyncSegOpsAdmin:
        self.door = Still(Sandbox(path, clock=lambda: self.now, pace=self.pace))
        if self.broken:
            url = "https://api.example.com/api/segments/"
            self.door.error = ConnectionFailed("Connection refused.", method="GET", url=url)
        pipeline = Pipeline(Policy(max_retries=0))
        return AsyncSegOpsAdmin(transport=self.door, pipeline=pipeline)

    async def until(self, words: str) -> None:
        """Wait for words to be on the screen."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while words not in self.text():
            if asyncio.get_running_loop().time() > end:
                raise RuntimeError(f"{words!r} did not come; the screen is:\n{self.text()}")
            await self.pilot.pause(0.05)

    async def held(self) -> None:
        """Wait until a call is held back."""
        while not self.door.waiting:
            await self.pilot.pause(0.05)

    async def done(self, jobs: int) -> None:
        """Wait until so many jobs have ended."""
        workspace = self.pilot.app.workspace  # type: ignore[attr-defined]
        while len(workspace.jobs.outcomes) < jobs:
            await self.pilot.pause(0.05)

    async def still(self) -> None:
        """Wait until nothing changes any more, colours included."""
        before, same = taken(self.pilot.app), 0
        while same < 4:
            await self.pilot.pause(0.08)
            now = taken(self.pilot.app)
            before, same = now, same + 1 if now == before else 0

    async def shot(self, title: str) -> None:
        """Take the screen in every theme."""
        app = self.pilot.app
        for blinking in app.screen.query("Input, TextArea"):
            blinking.cursor_blink = False  # type: ignore[attr-defined]
        for area in app.screen.query(TextArea):
            # It keeps lines as it drew them, and takes one that was drawn while the cursor was
            # invisible for one whose cursor does not blink.
            area._line_cache.clear()
            area.refresh()
        looks = {}
        # On a busy machine something may still move in the first theme: then take both again.
        for is_last in (False, False, False, True):
            for theme in BOTH:
                app.theme = f"segops-{theme}"
                await self.still()
                looks[theme] = taken(app)
            app.theme = f"segops-{BOTH[0]}"
            try:
                screen = together(looks)
            except ValueError:
                if is_last:
                    raise
            else:
                break
        self.shots.append(Shot(title, screen))

    def text(self) -> str:
        """What is on the screen."""
        strips = self.pilot.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)


Play = Callable[[Studio], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """A picture: where it begins, what is done, what must be there; or a film of several."""

    name: str
    play: Play
    place: str = "segments"
    pace: float = 0.0
    broken: bool = False
    size: tuple[int, int] | None = None
    """Columns and rows, for a scene that is drawn at a size of its own."""


def seeded(path: Path) -> Path:
    """A shop at `NOW`."""
    Sandbox(path, clock=lambda: NOW).close()
    connection = sqlite3.connect(path, isolation_level=None)
    seed(connection, now=NOW)
    connection.close()
    return path


async def draw(scene: Scene, shop: Path, *, size: tuple[int, int]) -> list[Shot]:
    """Play a scene once and answer the shots it took, or one of how it ended."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        studio = Studio(Path(name), shop, pace=scene.pace, broken=scene.broken)
        console = studio.console(scene.place)
        async with console.run_test(size=size) as pilot:
            studio.pilot = pilot
            await studio.until("live" if not scene.broken else "offline")
            await scene.play(studio)
            if not studio.shots:
                await studio.shot("segops-tui")
            return studio.shots
