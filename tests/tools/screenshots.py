"""Draws the console into `screenshots/`, from a seeded shop and a clock that stands still.

    python tests/tools/screenshots.py [NAME …]

The same scenes are what `tests/tui/test_looks.py` compares.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Policy
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.conversation import Manners
from segops_tui.config.profiles import Profile
from segops_tui.jobs.ledger import Ledger
from segops_tui.sandbox.app import Sandbox
from segops_tui.sandbox.inprocess import AsyncInProcess
from segops_tui.sandbox.seed import seed
from segops_tui.tui.app import Console

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from segops_tui.api.exchange import Attempt, Reply

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "screenshots"
WIDE = (140, 40)
PATIENCE = 20.0
SHOPIFY = "Handle,Title,Vendor,Type,Tags,Variant SKU,Variant Price\n" + "".join(
    f"trail-{word}-{size},Trail {word.title()},Northwind,Hiking,{word};outdoor,,{price}.00\n"
    for word, price in (("boot", 149), ("parka", 289), ("tent", 399), ("stove", 79))
    for size in ("s", "m", "l")
)


class Still:
    """A sandbox's door that can hold calls back, or be out of order."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._door = AsyncInProcess(sandbox)
        self.holds: Callable[[str], bool] = lambda _call: False
        self.error: Exception | None = None
        self._for_ever = asyncio.Event()

    async def send(self, attempt: Attempt, /) -> Reply:
        """Answer, or do not."""
        if self.holds(f"{attempt.method} {attempt.target}"):
            await self._for_ever.wait()
        if self.error is not None:
            raise self.error
        return await self._door.send(attempt)

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
    pilot: Pilot[int] = field(init=False)
    door: Still = field(init=False)

    def console(self, place: str) -> Console:
        """A console that has not started."""
        path = self.folder / "sandbox.sqlite3"
        shutil.copy(self.shop, path)
        ids = iter(f"a1b2c3{number:02x}" for number in range(1, 200))
        return Console(
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
        manners = Manners(Policy(max_retries=0))
        return AsyncSegOpsAdmin(transport=self.door, manners=manners)

    async def until(self, words: str) -> None:
        """Wait for words to be on the screen."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while words not in self.text():
            if asyncio.get_running_loop().time() > end:
                raise RuntimeError(f"{words!r} did not come; the screen is:\n{self.text()}")
            await self.pilot.pause(0.05)

    async def done(self, jobs: int) -> None:
        """Wait until so many jobs have ended."""
        workspace = self.pilot.app.workspace  # type: ignore[attr-defined]
        while len(workspace.jobs.outcomes) < jobs:
            await self.pilot.pause(0.05)

    async def still(self) -> None:
        """Wait until nothing changes any more."""
        before, same = "", 0
        while same < 4:
            await self.pilot.pause(0.08)
            now = self.text()
            before, same = now, same + 1 if now == before else 0

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
    """A picture: where it begins, what is done, what must be there."""

    name: str
    play: Play
    place: str = "segments"
    pace: float = 0.0
    broken: bool = False
    themes: tuple[str, ...] = ("dark",)


async def segments(studio: Studio) -> None:
    """The list, and the rule of the first where there is room for it."""
    await studio.until("Segments 14 of 14")


async def filtered(studio: Studio) -> None:
    """A filter, two marks."""
    await studio.press("slash", "v", "i", "p", "enter", "space")
    await studio.until("1 marked")


async def members(studio: Studio) -> None:
    """Who is in it, in full width."""
    await studio.press("right_square_bracket", "enter")
    await studio.until("u_0")


async def sql(studio: Studio) -> None:
    """The statement behind a rule."""
    await studio.press("right_square_bracket", "right_square_bracket", "enter")
    await studio.until("SELECT")


async def versions(studio: Studio) -> None:
    """What the last save changed."""
    await studio.press("left_square_bracket", "enter")
    await studio.until("against version")


async def recompute(studio: Studio) -> None:
    """Some done, with what has changed; the others under way."""
    await studio.press("space", "space", "r")
    await studio.done(2)
    studio.door.holds = lambda call: call.startswith("POST")
    await studio.press("R", "y")
    await studio.until("jobs running")


async def delete(studio: Studio) -> None:
    """The question before it."""
    await studio.press("space", "space", "d")
    await studio.until("Delete 2 segments?")


async def export(studio: Studio) -> None:
    """Where to."""
    await studio.press("x")
    await studio.until("segment-1-members.csv")


async def products(studio: Studio) -> None:
    """The catalogue."""
    await studio.until("NW-")
    await studio.until("2,104 of 2,104")


async def score(studio: Studio) -> None:
    """A product's score."""
    await studio.until("NW-")
    await studio.press("c", "right_square_bracket", "enter")
    await studio.until("of 100")
    await studio.until("/25")


async def _to_columns(studio: Studio) -> None:
    Path("shopify.csv").write_text(SHOPIFY, encoding="utf-8")
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "shopify.csv"
    await studio.press("enter")
    await studio.until("uploads it")


async def import_check(studio: Studio) -> None:
    """What a check says before a byte leaves."""
    await _to_columns(studio)


async def import_columns(studio: Studio) -> None:
    """A file without SKUs, and the proposal."""
    await _to_columns(studio)
    await studio.press("enter")
    await studio.until("takes Handle for sku")


async def import_progress(studio: Studio) -> None:
    """Rows coming in."""
    rows = "".join(f"big-{n},Lamp {n},{n % 90}.00\n" for n in range(20_000))
    Path("lamps.csv").write_text("SKU,Name,Price\n" + rows, encoding="utf-8")
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "lamps.csv"
    await studio.press("enter")
    await studio.until("uploads it")
    await studio.press("enter")
    await studio.until("tells rows apart")
    await studio.press("i")
    await studio.until("importing")
    studio.now += timedelta(seconds=1)
    await studio.until("rows/s")


async def import_report(studio: Studio) -> None:
    """What came of it."""
    await import_columns(studio)
    await studio.press("a", "i")
    await studio.until("rows of shopify.csv")


async def product_segments(studio: Studio) -> None:
    """Sets of products."""
    await studio.until("ALL of")


async def jobs(studio: Studio) -> None:
    """The ledger."""
    await studio.press("1")
    await studio.until("ALL of")
    await studio.press("space", "space", "space", "r")
    await studio.done(3)
    await studio.press("0")
    await studio.until("● done")


async def help_keys(studio: Studio) -> None:
    """The keys of the table and the pane."""
    await studio.press("question_mark")
    await studio.until("esc closes")


async def palette(studio: Studio) -> None:
    """Going to a segment by name."""
    await studio.press("ctrl+p")
    await studio.press("r", "e", "c", "o")
    await studio.until("Recompute stale")


async def log(studio: Studio) -> None:
    """What was done, as command lines."""
    await studio.press("space", "space", "r")
    await studio.done(2)
    await studio.press("down", "r", "L")
    await studio.until("recompute 1 2")


async def offline(studio: Studio) -> None:
    """A server that is down."""
    await studio.until("Cannot reach the server")


BOTH = ("dark", "light")
SCENES = (
    Scene("segments", segments, themes=BOTH),
    Scene("filter", filtered),
    Scene("members", members),
    Scene("sql", sql),
    Scene("versions", versions),
    Scene("recompute", recompute, themes=BOTH),
    Scene("delete", delete),
    Scene("export", export),
    Scene("products", products, place="products", themes=BOTH),
    Scene("score", score, place="products"),
    Scene("import-check", import_check, place="products"),
    Scene("import", import_columns, place="products", themes=BOTH),
    Scene("import-progress", import_progress, place="products", pace=1.0),
    Scene("import-report", import_report, place="products"),
    Scene("product-segments", product_segments, place="product-segments"),
    Scene("jobs", jobs, place="jobs"),
    Scene("help", help_keys),
    Scene("palette", palette),
    Scene("log", log),
    Scene("offline", offline, broken=True),
)


def seeded(path: Path) -> Path:
    """A shop at `NOW`."""
    Sandbox(path, clock=lambda: NOW).close()
    connection = sqlite3.connect(path, isolation_level=None)
    seed(connection, now=NOW)
    connection.close()
    return path


async def draw(scene: Scene, shop: Path, *, size: tuple[int, int], theme: str = "dark") -> str:
    """Play a scene and answer its picture, as SVG."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        studio = Studio(Path(name), shop, pace=scene.pace, broken=scene.broken)
        console = studio.console(scene.place)
        async with console.run_test(size=size) as pilot:
            studio.pilot = pilot
            await studio.until("live" if not scene.broken else "offline")
            console.theme = f"segops-{theme}"
            await scene.play(studio)
            for field_ in console.screen.query(Input):
                field_.cursor_blink = False
            await studio.still()
            return console.export_screenshot(title="segops-tui")


def main(names: list[str]) -> int:
    """Draw every scene, or those named."""
    os.environ.pop("NO_COLOR", None)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shop = seeded(Path(folder) / "shop.sqlite3")
        for scene in SCENES:
            if names and scene.name not in names:
                continue
            for theme in scene.themes:
                svg = asyncio.run(draw(scene, shop, size=WIDE, theme=theme))
                file = FOLDER / f"{scene.name}{'' if theme == 'dark' else '-' + theme}.svg"
                file.write_text(normalised(svg), encoding="utf-8")
                print(file.relative_to(FOLDER.parent))
    return 0


def normalised(svg: str) -> str:
    """The picture without the random number its parts are named by."""
    return re.sub(r"terminal-\d+-", "terminal-", svg)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
