"""What every test stands on: a home of its own, no network, and a sandbox whose clock stands still.

`caller` is the same client up to four times over: blocking or awaited, in-process or over HTTP.
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import shutil
import signal
import socket
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.entropy import deterministic_PRNG

from segops_tui.api.listing import AsyncListing
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.core.in_process import AsyncInProcess, InProcess
from segops_tui.sandbox.seeding.seed import SIZES, Size, seed
from segops_tui.session import open_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from segops_tui.api.request import Page
    from segops_tui.sandbox.core.app import Answer
    from tests.tools.forks import Forks

pytest_plugins = ["tests.tools.workers"]

IN_MEMORY = Path("/dev/shm")


def _keep_files_in_memory() -> None:
    """Put temporary folders into memory, where that is roomy and may run scripts.

    Config files, ledgers and sandboxes are flushed to the disk at each change: 6 ms a time on an
    ordinary disk, three times the CPU time of the tests in all.
    """
    if not (IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK)):
        return
    if os.statvfs(IN_MEMORY).f_flag & getattr(os, "ST_NOEXEC", 0):
        return
    if shutil.disk_usage(IN_MEMORY).free > 2 * 1024**3:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


_keep_files_in_memory()


# A console makes strips and styles by the thousand, and at Python's own threshold a quarter of the
# CPU time of its tests went into looking through them.
gc.set_threshold(1_000_000)


def pytest_configure(config: pytest.Config) -> None:
    """Leave garbage to the end of the process in `make test`: looking for it took 25 of 280 s.

    A worker grows to 0.6–1.0 GiB. `make test-all` looks for it, and so tells what nobody closed.
    """
    if _is_make_test(config):
        gc.disable()


def _is_make_test(config: pytest.Config) -> bool:
    return "not thorough" in config.getoption("-m")


FORKS = pytest.StashKey["Forks"]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Prepare what all workers share."""
    config = session.config
    if config.option.workers > 1 and any("forks" in item.fixturenames for item in session.items):
        from tests.tools.forks import Forks

        forks = Forks(config._tmp_path_factory.mktemp("forks"))  # type: ignore[attr-defined]
        config.stash[FORKS] = forks
        config.add_cleanup(forks.close)
    # What was collected stays to the end: no look for garbage goes through it, a second each.
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look for garbage once. pytest looks five times and Python twice more, half a second each."""
    if gc.isenabled():
        gc.collect()
    gc.freeze()


# The same examples on every run, and no clock: a loaded machine is not a failing test.
settings.register_profile("project", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("thorough", settings.get_profile("project"), max_examples=400)
# Hypothesis mixes constants of every module that is loaded into what it draws. Which are loaded
# depends on the tests that ran before, so the examples would; and weighing them takes seconds.
providers._get_local_constants = lambda: providers._local_constants
settings.load_profile("project")  # `make test-all` loads the other one
# Before the first example it looks through all objects for generators of random numbers. Now there
# are fewest objects, and workers that are forked from this process need not look again.
with deterministic_PRNG():
    pass

KEY = "sk_test_0123456789abcdef"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """pytest's folder for the test, without the link to it.

    pytest leaves a link a test, and looks through them all to number the next test's folder.
    """
    yield tmp_path
    link = tmp_path.with_name(tmp_path.name.rstrip("0123456789") + "current")
    link.unlink(missing_ok=True)


_homes = count()


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """An empty home; nothing of the developer's own configuration is seen.

    It is not made: two tests in three touch no file, and a folder for each took two seconds.
    """
    for name in list(os.environ):
        if name.startswith("SEGOPS_"):
            monkeypatch.delenv(name)
    path = tmp_path_factory.getbasetemp() / f"home-{next(_homes)}"
    monkeypatch.setenv("SEGOPS_TUI_HOME", str(path))
    yield path
    if path.exists():
        shutil.rmtree(path, ignore_errors=True)


FEW = Size(people=250, products=421)


def _fill_shop(folder: Path) -> None:
    with Sandbox(folder / "sandbox.db", clock=Clock()) as sandbox:
        seed(sandbox.store.connection(), now=NOW)


def _fill_few_people_home(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "small", Size(people=1_000, products=FEW.products))
        open_sandbox(find_paths({"SEGOPS_TUI_HOME": str(home)})).close()


ONCE = {"few-people": _fill_few_people_home, "shop": _fill_shop}
"""What is made once for all workers, and how a folder is filled with it."""


def _make_once(name: str, shared: Path) -> Path:
    """Fill a folder, or wait for the one who does."""
    folder, ready = shared / f"once-{name}", shared / f"once-{name}-ready"
    try:
        folder.mkdir()
    except FileExistsError:
        while not ready.exists():
            time.sleep(0.02)
    else:
        try:
            ONCE[name](folder)
        finally:
            ready.touch()
    return folder


def _make_all(shared: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever started this ends it.
    for name in ONCE:
        _make_once(name, shared)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin with what nearly every run of all tests needs: only one core collects them."""
    config = session.config
    has_workers = config.option.workers > 1 and hasattr(os, "fork")
    if _is_make_test(config) and has_workers and not config.option.collectonly:
        shared = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        maker = get_context("fork").Process(target=_make_all, args=(shared,))
        maker.start()
        config.add_cleanup(maker.kill)


@pytest.fixture(scope="session")
def made_once(
    tmp_path_factory: pytest.TempPathFactory, worker: int | None
) -> Callable[[str], Path]:
    """A folder that is filled once for all workers: `made_once(name)` is this worker's copy."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker is None else own.parent

    def copied(name: str) -> Path:
        made = _make_once(name, shared)
        return Path(shutil.copytree(made, tmp_path_factory.mktemp(name) / name))

    return copied


@pytest.fixture(scope="session")
def shop_file(made_once: Callable[[str], Path]) -> Path:
    """The whole small shop as of `NOW`: copy it, a second or two are saved."""
    return made_once("shop") / "sandbox.db"


@pytest.fixture(scope="session", autouse=True)
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust in one authority instead of all: no test speaks TLS, and loading all takes 100 ms."""
    import certifi

    mark = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(mark)
    path = tmp_path_factory.mktemp("trust") / "one.pem"
    path.write_text(first + mark, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Connections leave this machine in no test."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test reached for {address!r}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(scope="session")
def few_people_home(made_once: Callable[[str], Path]) -> Path:
    """A home whose sandbox has few people, a quarter of the bytes: copy it to change it.

    They are a thousand: of 250, a segment of few has nobody on some days.
    """
    return made_once("few-people")


@pytest.fixture(scope="session")
def forks(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """The command as a process of its own at a tenth of the cost: for what needs no signal."""
    from tests.tools.forks import Forks

    if FORKS in pytestconfig.stash:
        yield pytestconfig.stash[FORKS]
        return
    with closing(Forks(tmp_path_factory.mktemp("forks"))) as opened:
        yield opened


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed makes a small shop of a twentieth of the people: for what does not depend on them."""
    monkeypatch.setitem(SIZES, "small", FEW)


class Clock:
    """A clock that moves when told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 0, **spans: float) -> None:
        """Move on, by seconds or by `minutes=…`, `hours=…`, `days=…`."""
        self.now += timedelta(seconds=seconds, **spans)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def _empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "sandbox.sqlite3"
    Sandbox(path).close()
    return path


@pytest.fixture
def sandbox_path(tmp_path: Path, _empty_workspace: Path) -> Path:
    """A file with an empty workspace, copied: making one waits for the disk."""
    path = tmp_path / "sandbox" / "sandbox.sqlite3"
    path.parent.mkdir()
    shutil.copy(_empty_workspace, path)
    return path


@pytest.fixture
def sandbox(sandbox_path: Path, clock: Clock) -> Iterator[Sandbox]:
    """An empty workspace; its clock is `clock`."""
    with Sandbox(sandbox_path, clock=clock) as opened:
        yield opened


@dataclass(frozen=True)
class Asker:
    """Puts calls to a sandbox without any client in between."""

    sandbox: Sandbox

    def __call__(
        self, method: str, path: str, body: Any = None, *, raw: bytes = b"", **headers: str
    ) -> Answer:
        """Ask; `path` may have a query, header names are written with `_`."""
        path, _, query = path.partition("?")
        pairs = tuple(
            tuple(part.split("=", 1)) if "=" in part else (part, "") for part in query.split("&")
        )
        content = raw if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.sandbox.answer(
            Call(method, path, pairs if query else (), named, content)  # type: ignore[arg-type]
        )

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask, and insist on a success; answers its JSON."""
        answer = self(method, path, body, **headers)
        assert answer.status < 300, answer.body
        return json.loads(answer.body) if answer.body else None

    def track(self, *events: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> None:
        """Record events: user, type, and what else an event has (`payload=`, `occurred_at=`)."""
        listed = [
            {"user_id": event[0], "event_type": event[1], **(event[2] if len(event) > 2 else {})}
            for event in events
        ]
        for start in range(0, len(listed), 500):
            body = {"events": listed[start : start + 500]}
            answer = self.ok("POST", "/api/ingestion/track/batch/", body)
            assert answer["skipped"] == 0


@pytest.fixture
def ask(sandbox: Sandbox) -> Asker:
    return Asker(sandbox)


class Caller:
    """One of the four ways to call; a test says what to call, not how to wait."""

    def __init__(self, client: SegOpsAdmin | AsyncSegOpsAdmin) -> None:
        self.client = client

    async def __call__(self, call: Callable[[Any], Any]) -> Any:
        """Make one call and answer what it answered."""
        result = call(self.client)
        return await result if inspect.isawaitable(result) else result

    async def all(self, call: Callable[[Any], Any]) -> list[Any]:
        """Walk a listing to its end."""
        pages = call(self.client)
        if isinstance(pages, AsyncListing):
            return [item async for item in pages]
        return list(pages)

    async def page(self, call: Callable[[Any], Any]) -> Page[Any]:
        """Fetch the one page of a listing that was asked for."""
        result = call(self.client).page()
        page: Page[Any] = await result if inspect.isawaitable(result) else result
        return page

    async def download(self, call: Callable[[Any], Any]) -> tuple[int | None, bytes]:
        """Fetch a file: the length that was announced, and its bytes."""
        opened = call(self.client)
        if isinstance(self.client, AsyncSegOpsAdmin):
            async with opened as download:
                return download.length, b"".join([chunk async for chunk in download])
        with opened as download:
            return download.length, b"".join(download)


class _Switch:
    """The server's application: whichever one a test has put in."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[_Switch, str]]:
    """One HTTP server for all tests: starting one costs more than most tests do."""
    from segops_tui.sandbox.server.serve import serving_app

    switch = _Switch()
    with serving_app(switch) as address:
        yield switch, address


@pytest.fixture
def http_door(
    _server: tuple[_Switch, str],
) -> Callable[[Any], Any]:
    """Serve a sandbox for the length of a block: `with http_door(sandbox) as address`."""
    from segops_tui.sandbox.server.asgi import asgi_app

    switch, address = _server

    @contextmanager
    def serve(answering: Any) -> Iterator[str]:
        switch.app = asgi_app(answering)
        try:
            yield address
        finally:
            switch.app.close()
            switch.app = None

    return serve


PIPELINE = Pipeline(Policy(max_retries=0))


@pytest.fixture(
    params=[
        "async-in-process",
        "blocking-http",
        pytest.param("blocking-in-process", marks=pytest.mark.thorough),
        pytest.param("async-http", marks=pytest.mark.thorough),
    ]
)
async def caller(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    sandbox_path: Path,
    clock: Clock,
    http_door: Callable[[Any], Any],
) -> AsyncIterator[Caller]:
    """The client, blocking or awaited, in-process or over HTTP; it retries nothing.

    Every run has both clients and both doors, and a thorough one each client at each door.
    """
    if request.param == "blocking-in-process":
        yield Caller(SegOpsAdmin(transport=InProcess(sandbox), pipeline=PIPELINE))
    elif request.param == "async-in-process":
        yield Caller(AsyncSegOpsAdmin(transport=AsyncInProcess(sandbox), pipeline=PIPELINE))
    else:
        # A second opener of the same file, and one that asks for keys.
        keyed = Sandbox(sandbox_path, clock=clock, keys=frozenset({KEY}))
        with keyed, http_door(keyed) as address:
            if request.param == "blocking-http":
                with SegOpsAdmin(KEY, base_url=address, pipeline=PIPELINE) as client:
                    yield Caller(client)
            else:
                async with AsyncSegOpsAdmin(KEY, base_url=address, pipeline=PIPELINE) as awaited:
                    yield Caller(awaited)
