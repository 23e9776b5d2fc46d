"""Traits for the rows in sight: few requests at once, none twice, none for what has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from segops_tui.api.errors import NotFound, ServerFailed
from segops_tui.jobs.engine.rate_gate import RateGate
from segops_tui.tui.segments.traits import AT_ONCE, TraitLoader


class Server:
    """Answers when told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.may = asyncio.Event()
        self.error = error

    async def read(self, user: str) -> Mapping[str, Any]:
        self.asked.append(user)
        await self.may.wait()
        if self.error is not None:
            raise self.error
        return {"email": f"{user}@example.com"}


def loader_of(server: Server, gate: RateGate | None = None) -> tuple[TraitLoader, list[str]]:
    arrived: list[str] = []

    def spawn(call: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.ensure_future(call())

    loader = TraitLoader(
        server.read,
        spawn=spawn,
        sleep=asyncio.sleep,
        gate=gate or RateGate(),
        arrived=arrived.append,
    )
    return loader, arrived


async def settled() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


def users(first: int, last: int) -> list[str]:
    return [f"u{number}" for number in range(first, last)]


async def test_few_are_asked_at_once_and_each_once():
    server = Server()
    loader, arrived = loader_of(server)

    loader.want(users(0, 10))
    await settled()
    assert server.asked == users(0, AT_ONCE)
    assert loader.traits("u0") is None

    server.may.set()
    await settled()
    loader.want(users(0, 10))
    await settled()

    assert server.asked == users(0, 10)
    assert sorted(arrived) == users(0, 10)
    assert loader.traits("u9") == {"email": "u9@example.com"}
    assert list(loader.names) == ["email"]


async def test_what_was_scrolled_away_is_cancelled_and_not_asked():
    server = Server()
    loader, arrived = loader_of(server)

    loader.want(users(0, 10))
    await settled()
    loader.want(users(500_000, 500_002))
    await settled()
    server.may.set()
    await settled()

    assert server.asked == [*users(0, AT_ONCE), "u500000", "u500001"]
    assert sorted(arrived) == ["u500000", "u500001"]
    assert loader.traits("u0") is None


async def test_a_failure_is_told_and_asked_again_on_a_retry_only():
    server = Server(ServerFailed("broken", status=500))
    server.may.set()
    loader, _ = loader_of(server)

    loader.want(users(0, 2))
    await settled()
    loader.want(users(0, 2))
    await settled()
    assert server.asked == users(0, 2)
    assert loader.failure is not None
    assert loader.failure[0] == 2

    server.error = None
    loader.retry()
    await settled()

    assert loader.failure is None
    assert loader.traits("u1") == {"email": "u1@example.com"}


async def test_a_member_whom_the_explorer_does_not_know_has_no_traits():
    server = Server(NotFound("gone", status=404))
    server.may.set()
    loader, _ = loader_of(server)

    loader.want(["u0"])
    await settled()

    assert loader.traits("u0") == {}
    assert loader.failure is None


async def test_nothing_is_asked_while_the_rate_gate_is_closed():
    now = [0.0]
    gate = RateGate(clock=lambda: now[0])
    gate.close_for(30)
    server = Server()
    server.may.set()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    loader, _ = loader_of(server, gate)
    loader._sleep = sleep

    loader.want(["u0"])
    await settled()

    assert slept == [30.0]
    assert server.asked == ["u0"]
