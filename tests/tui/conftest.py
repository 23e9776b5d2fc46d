"""The console on a sandbox whose clock stands still, behind a door that can be shut or slowed."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import shutil
import sys
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.keys import _character_to_key

from segops_tui.api.account import SANDBOX, Account
from segops_tui.api.exchange import Policy, Reply
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.pipeline import Pipeline
from segops_tui.config.profiles import Profile
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import AsyncInProcess
from segops_tui.tui.core.type_ahead import TypeAhead
from segops_tui.tui.frame.app import Console

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from textual.pilot import Pilot

    from segops_tui.api.exchange import Attempt

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""The moment the clock of every test stands at (`tests/conftest.py`)."""
HARMFUL = re.compile(r"(?!\n)[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|sk_(test|live)_\w")
"""Controls, marks that turn text round, and secret keys."""
PATIENCE = 60.0
"""Seconds a test waits for the screen: orders more than it takes, since a machine may be busy."""


def _load(name: str) -> Any:
    path = Path(__file__).parents[1] / "tools" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_quick = _load("quick_console")


class Door:
    """A sandbox's own door, with a hand on it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._door = AsyncInProcess(sandbox)
        self.asked: list[str] = []
        """Method, path and query of every call."""
        self.error: Exception | None = None
        """Raised in place of an answer."""
        self.status: int | None = None
        """Answered in place of the sandbox's own."""
        self.gate: asyncio.Event | None = None
        """Nothing is answered before it is set."""
        self.holds: Callable[[str], bool] = lambda _call: True
        """Which calls the gate holds up."""
        self.at: Account | None = None
        """The server it claims to be."""
        self.is_closed = False

    def listings(self, target: str) -> list[str]:
        """The calls for a list with a query: other panes' rows are counted meanwhile."""
        return [call for call in self.asked if call.startswith(f"GET {target}?")]

    def account(self, salt: str) -> Account:
        """The sandbox's, unless told otherwise."""
        return self.at or self._door.account(salt)

    async def send(self, attempt: Attempt, /) -> Reply:
        """Answer, unless told otherwise."""
        query = "&".join(f"{name}={value}" for name, value in attempt.query)
        call = f"{attempt.method} {attempt.target}{'?' if query else ''}{query}"
        self.asked.append(call)
        if self.gate is not None and self.holds(call):
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        if self.status is not None:
            body = json.dumps({"detail": "Invalid API key."}).encode()
            return Reply(self.status, {"x-request-id": "req_test"}, body, 0.0)
        return await self._door.send(attempt)

    def stream(self, attempt: Attempt, /) -> Any:
        """Open a file."""
        return self._door.stream(attempt)

    async def aclose(self) -> None:
        """Close the sandbox."""
        await self._door.aclose()
        self.is_closed = True


@dataclass
class Stage:
    """Everything a test of the console has in hand."""

    path: Path
    folder: Path
    now: Callable[[], datetime]
    profile: Profile = field(
        default_factory=lambda: Profile("sandbox", "sandbox:", None, workspace="Test shop")
    )
    door: Door | None = None
    ledger_error: Exception | None = None

    def open_client(self) -> AsyncSegOpsAdmin:
        """What the console is handed."""
        if self.door is None or self.door.is_closed:
            self.door = Door(Sandbox(self.path, clock=self.now, pace=0.0))
        pipeline = Pipeline(Policy(max_retries=0, timeout=5.0))
        return AsyncSegOpsAdmin(transport=self.door, pipeline=pipeline)

    def open_ledger(self) -> Ledger:
        """What the console is handed."""
        if self.ledger_error is not None:
            raise self.ledger_error
        ids = iter(f"job{number:05}" for number in range(1, 1_000))
        return Ledger(
            self.folder / "jobs.db",
            clock=lambda: self.now().timestamp(),
            new_id=lambda: next(ids),
        ).bound_to(lambda _salt: SANDBOX)

    def console(self, *, place: str = "segments", **more: Any) -> Console:
        """A console that has not started."""
        handed: dict[str, Any] = {
            "profile": self.profile,
            "open_client": self.open_client,
            "open_ledger": self.open_ledger,
            "now": self.now,
            "place": place,
            "check_after": None,
        }
        return Console(**{**handed, **more})

    @asynccontextmanager
    async def run(
        self,
        *,
        place: str = "segments",
        size: tuple[int, int] = (120, 36),
        notices: bool = False,
        **more: Any,
    ) -> AsyncIterator[Pilot[int]]:
        """A console that runs and shows its first rows, or what went wrong.

        What it says in passing is drawn only with `notices`: each is mounted, laid out over
        everything and taken away, once more on each screen that opens meanwhile. `told` has it
        all the same.
        """
        console = self.console(place=place, **more)
        async with console.run_test(size=size, notifications=notices) as pilot:
            await until(pilot, lambda: console.workspace is not None)
            await until(pilot, lambda: rows_are_there(console))
            yield pilot


def rows_are_there(console: Console) -> bool:
    """Whether the pane in front has had its first answer."""
    pane = getattr(console.screen, "pane", None)
    return pane is not None and pane.is_mounted and pane.has_answer


async def until(pilot: Pilot[Any], reached: Callable[[], object]) -> None:
    """Let the console work until something is so."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while not reached():
        if loop.time() > end:
            raise AssertionError("waited in vain; the screen is:\n" + screen_text(pilot))
        await _quick.settle()
        await asyncio.sleep(0.01)
        if pilot.app._exception is not None:
            break
    await pilot.pause()


async def type_in(pilot: Pilot[Any], words: str) -> None:
    """Type, a key at a time."""
    for character in words:
        await pilot.press(_character_to_key(character))


def screen_text(pilot: Pilot[Any]) -> str:
    """What a person reads, line by line, dialogs included."""
    text: str = _quick.text_of(pilot.app.screen)
    return text


@pytest.fixture(scope="session", autouse=True)
def _quickly(pytestconfig: pytest.Config) -> Iterator[None]:
    """Pictures are compared with what Textual alone draws."""
    if pytestconfig.getoption("-m") == "pictures":
        yield
        return
    with _quick.quickly():
        yield


@pytest.fixture(autouse=True)
def _separate_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of a test is typed in one go with the one before it: its clock stands still."""
    monkeypatch.setattr(TypeAhead, "typing_pause", 0.0)


@pytest.fixture
def quick() -> Any:
    """The module that makes consoles quick, `tests/tools/quick_console.py`."""
    return _quick


@pytest.fixture
def latch() -> Any:
    """Holds up threads that wait for it, and nothing that waits for the console."""
    return _quick.Latch()


@pytest.fixture
def painted() -> None:
    """Painted screens, for a test of what can go wrong in painting them."""


@pytest.fixture
def styles_found_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Styles found for each widget again, for a test that counts how often.

    It counts with `monkeypatch` too, and only one that undoes both undoes them in order.
    """
    _quick.find_styles_anew(monkeypatch)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Let no loop of a test of the console wait where there is nothing to wait for.

    The hook is called for every test, and those of other folders wait for processes too.
    """
    is_here = Path(__file__).parent in item.path.parents
    is_drawn = item.config.getoption("-m") == "pictures"
    with _quick.no_waiting() if is_here and not is_drawn else nullcontext():
        return (yield)


@pytest.fixture(autouse=True)
def _unpainted(request: pytest.FixtureRequest) -> Iterator[None]:
    is_painted = "painted" in request.fixturenames or request.config.getoption("-m") == "pictures"
    with nullcontext() if is_painted else _quick.unpainted():
        yield


@pytest.fixture
def stage(sandbox_path: Path, tmp_path: Path, clock: Callable[[], datetime]) -> Stage:
    """A console on an empty workspace, which a test fills with `ask`."""
    return Stage(sandbox_path, tmp_path, clock)


@pytest.fixture
def shop(shop_file: Path, tmp_path: Path, clock: Callable[[], datetime]) -> Stage:
    """A console on the seeded shop."""
    path = tmp_path / "shop.sqlite3"
    shutil.copy(shop_file, path)
    return Stage(path, tmp_path, clock)


@pytest.fixture
def seen() -> Callable[[Pilot[Any]], str]:
    """What a person reads."""
    return screen_text


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Pilot[Any]], str]]:
    """What the console has said in passing; whatever it says moves no cursor and shows no key."""
    said: dict[Console, list[str]] = {}
    notify = App.notify

    def remember(app: App[Any], message: str, *, title: str = "", **how: Any) -> None:
        said.setdefault(app, []).append(f"{title} {message}")
        notify(app, message, title=title, **how)

    monkeypatch.setattr(App, "notify", remember)
    yield lambda pilot: "\n".join(said.get(pilot.app, []))
    for words in chain.from_iterable(said.values()):
        assert HARMFUL.search(words) is None, words


@pytest.fixture
def reached() -> Callable[..., Any]:
    """`await reached(pilot, lambda: …)`."""
    return until


@pytest.fixture
def typed() -> Callable[..., Any]:
    """`await typed(pilot, "words")`."""
    return type_in


@pytest.fixture
def to_columns() -> Callable[[Pilot[Any], Path], Any]:
    """`await to_columns(pilot, file)`: open the form of an import up to the columns of a file."""

    async def opened(pilot: Pilot[Any], file: Path) -> None:
        await pilot.press("i")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        await until(pilot, lambda: "uploads it" in screen_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.page == "columns")

    return opened


@pytest.fixture
def gated() -> Callable[..., Any]:
    """Hold up the calls that match for the length of a block."""

    @contextmanager
    def hold(stage: Stage, holds: Callable[[str], bool]) -> Iterator[None]:
        if stage.door is None:
            stage.open_client()
        stage.door.gate, stage.door.holds = asyncio.Event(), holds
        try:
            yield
        finally:
            stage.door.gate.set()

    return hold
