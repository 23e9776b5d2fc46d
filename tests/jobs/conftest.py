"""What tests of jobs stand on: a ledger, and a sandbox whose waits pass at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.account import SANDBOX
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import AsyncInProcess, InProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from segops_tui.jobs.engine.progress import Progress

PIPELINE = Pipeline(Policy(max_retries=0))


class Hasty(SegOpsAdmin):
    """A client that waits by moving the clock."""

    move: Callable[[float], None]

    def sleep(self, seconds: float, /) -> None:
        self.move(seconds)


class AsyncHasty(AsyncSegOpsAdmin):
    """A client that waits by moving the clock."""

    move: Callable[[float], None]

    async def sleep(self, seconds: float, /) -> None:
        self.move(seconds)


class Listener:
    """Records the progress that is reported."""

    def __init__(self) -> None:
        self.heard: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.heard.append(progress)

    @property
    def stages(self) -> list[str]:
        """Stages in order, each once."""
        return list(dict.fromkeys(progress.stage for progress in self.heard))


@pytest.fixture
def workspace(sandbox_path: Path, clock: Any) -> Iterator[Sandbox]:
    """An empty workspace at the usual pace; its clock is `clock`."""
    with Sandbox(sandbox_path, clock=clock) as opened:
        yield opened


@pytest.fixture
def client(workspace: Sandbox, clock: Any) -> SegOpsAdmin:
    found = Hasty(transport=InProcess(workspace), pipeline=PIPELINE)
    found.move = clock.advance
    return found


@pytest.fixture
def async_client(workspace: Sandbox, clock: Any) -> AsyncSegOpsAdmin:
    found = AsyncHasty(transport=AsyncInProcess(workspace), pipeline=PIPELINE)
    found.move = clock.advance
    return found


@pytest.fixture
def unix(clock: Any) -> Callable[[], float]:
    """The same clock in Unix seconds."""
    return lambda: clock().timestamp()


@pytest.fixture
def ledger(tmp_path: Path, unix: Callable[[], float]) -> Iterator[Ledger]:
    """The ledger as the sandbox's clients see it."""
    opened = Ledger(tmp_path / "jobs.db", clock=unix)
    yield opened.bound_to(lambda _salt: SANDBOX)
    opened.close()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def shoppers(client: SegOpsAdmin) -> int:
    """A segment of the users who bought: three of them, not computed yet."""
    for user in ("ada", "bob", "cyd"):
        client.events.track(user_id=user, event_type="order_placed", payload={"total": 10})
    client.events.track(user_id="dan", event_type="page_viewed")
    definition = {
        "logic": "AND",
        "conditions": [
            {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
        ],
    }
    return client.segments.create(name="Shoppers", definition=definition).id


@pytest.fixture
def catalogue(tmp_path: Path) -> Callable[..., Path]:
    """Writes a CSV file: `catalogue("sku,name", "A,Apple", …)`."""

    def write(*lines: str, name: str = "catalogue.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    return write
