"""Servers that are down, slow, strict or odd: the screen says so, and goes on working."""

from __future__ import annotations

import asyncio
import json

import pytest
from textual import events
from textual.worker import WorkerFailed

from segops_tui.api.errors import ConnectionFailed, TimedOut
from segops_tui.api.exchange import Reply
from segops_tui.jobs.engine.errors import LedgerFailed

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
RULE = {"logic": "AND", "conditions": [BOUGHT]}
GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")


@pytest.fixture
def two(ask) -> None:
    for name in ("One", "Two"):
        ask.ok("POST", "/api/segments/", {"name": name, "definition": RULE})


def before_it_opens(stage, **state):
    """Shut the door before anybody has come through."""
    client = stage.open_client()
    for name, value in state.items():
        setattr(stage.door, name, value)
    return client


async def test_errors_look_different_and_are_said_until_a_key_or_a_visit_asks_again(
    stage, two, seen, reached, monkeypatch
):
    """What failed, which request, what to do; of a server that is down the header says offline.

    A server that answers with an error is not being connected to. A key that is refused looks
    unlike a network that is down: the remedy is another one.

    The notice has the focus, so the pane's keys work. The failure of a pane that is shown again
    does not stay under a header that says live until a timer ends.
    """

    def is_down() -> bool:
        text = seen(pilot)
        return (
            "Cannot reach the server" in text
            and "No route to host." in text
            and "GET https://api.example.com/api/x" in text
            and "Press ctrl+r to try again." in text
            and "○ offline" in text
        )

    before_it_opens(stage, status=404)
    console = stage.console()
    async with console.run_test(size=(120, 30)) as pilot:
        await reached(pilot, lambda: "HTTP 404" in seen(pilot))
        await reached(pilot, lambda: "● live" in seen(pilot))

        stage.door.status = 401
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "The key was refused" in seen(pilot))

        assert "HTTP 401" in seen(pilot)
        assert "request req_test" in seen(pilot)
        assert "⚿ key refused" in seen(pilot)

        stage.door.status, stage.door.error = None, GONE
        await pilot.press("ctrl+r")
        await reached(pilot, is_down)
        stage.door.error = None
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "● live" in seen(pilot))
        assert "Two" in seen(pilot)
        assert console.screen.pane.table.has_focus

        stage.door.error = GONE
        for place in ("product-segments", "products"):
            console.screen.go(place)
            await pilot.pause()
            assert console.screen.pane.id == place
            await reached(pilot, is_down)
        monkeypatch.setattr(type(console.screen.pane), "refresh_every", 600.0)
        console.screen.pane.rearm()

        await pilot.press("0")
        stage.door.error = None
        await pilot.press("2")

        await reached(pilot, lambda: "● live" in seen(pilot))
        assert "No products" in seen(pilot)


async def test_a_server_that_hangs_blocks_no_key_and_one_that_is_lost_leaves_its_rows(
    stage, ask, two, seen, gated, reached
):
    """The cursor, the filter and other panes work while a request hangs.

    Of a megabyte that is pasted a filter takes one line, and the keys go on working. What was seen
    is still worth reading; the border says why it is old. The header follows the requests of a job:
    no pane asks meanwhile, and a job may wait long before it asks again.
    """
    ask.ok("POST", "/api/pim/products/", {"sku": "a", "name": "a"})
    async with stage.run() as pilot:
        with gated(stage, lambda _call: True):
            await pilot.press("ctrl+r", "down")
            assert pilot.app.screen.pane.row.name == "Two"

            await pilot.press("slash", "o", "n")
            await pilot.pause()
            assert [s.name for s in pilot.app.screen.pane.shown()] == ["One"]

            await pilot.press("escape", "2")
            await reached(pilot, lambda: "Loading" in seen(pilot))
            await pilot.press("question_mark")
            await pilot.pause()
            assert "Keys" in seen(pilot)
        await pilot.press("escape", "1")

        await pilot.press("slash")
        pilot.app.screen.focused.post_message(events.Paste("x" * 1_000_000))
        await reached(pilot, lambda: pilot.app.screen.pane.counts()[0] == 0)
        await pilot.press("escape")
        await reached(pilot, lambda: pilot.app.screen.pane.counts()[0] == 2)

        stage.door.error = TimedOut("No answer in 30 s.", method="GET", url="/segments/")
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "○ offline" in seen(pilot))

        assert "Two" in seen(pilot)
        assert "No answer in time" in seen(pilot)

        # Neither the ledger of this machine nor the end of a pause is an answer of the server.
        await pilot.press("0")
        await reached(pilot, lambda: "No jobs yet" in seen(pilot))
        assert "○ offline" in seen(pilot)
        await pilot.press("P", "P")
        await pilot.pause()
        assert "○ offline" in seen(pilot)

        stage.door.error = None
        await pilot.press("2")
        await reached(pilot, lambda: "Products 1 of 1" in seen(pilot))
        await pilot.press("P")
        stage.door.error = ConnectionFailed("Connection refused.", method="POST", url="/score/")
        await pilot.press("c")
        await reached(pilot, lambda: "○ offline" in seen(pilot))

        stage.door.error = None
        await pilot.app.workspace.client.segments.get(1)
        await reached(pilot, lambda: "‖ paused" in seen(pilot))


async def test_an_answer_of_odd_records_is_drawn_all_the_same(stage, two, seen, reached):
    """Nulls, wrong types and fields nobody knows are what servers send."""
    rows = [
        {"id": 1, "name": None, "definition": "soon", "member_count": "many"},
        {"id": "2", "name": 7, "definition": {"conditions": [None, 3, {"type": []}]}},
        {"id": 3, "name": "Fine", "last_computed_at": "yesterday", "status": {"a": 1}, "x": []},
        {},
    ]

    async def answer(attempt):
        body = {"count": len(rows), "next": None, "results": rows}
        return Reply(200, {}, json.dumps(body).encode(), 0.0)

    client = stage.open_client()
    stage.door.send = answer
    console = stage.console(open_client=lambda: client)
    async with console.run_test(size=(120, 30)) as pilot:
        await reached(pilot, lambda: "Segments 4 of 4" in seen(pilot))
        await pilot.press("down", "down", "down", "s", "s", "s", "S")
        await pilot.pause()

        assert "Fine" in seen(pilot)


async def test_something_unexpected_in_a_worker_is_not_swallowed(stage, two, capsys):
    """Only the errors this package raises on purpose are shown; any other is a bug and ends it.

    What is printed then holds no local variables: a request's headers are among them.
    """

    async def meet_a_bug():
        async with stage.run() as pilot:
            stage.door.error = ZeroDivisionError("a bug")
            await pilot.press("ctrl+r")
            async with asyncio.timeout(60):
                while pilot.app._exception is None:
                    await asyncio.sleep(0.01)
            await pilot.pause()

    with pytest.raises(WorkerFailed, match="a bug"):
        await meet_a_bug()

    printed = "".join(capsys.readouterr())
    assert "ZeroDivisionError" in printed
    assert "locals" not in printed


async def test_a_ledger_that_cannot_be_read_is_a_notice(stage, two, seen, reached):
    """The reason is in words."""
    stage.ledger_error = LedgerFailed("The job ledger is locked.", hint="Close the other program.")
    console = stage.console()
    async with console.run_test(size=(120, 30)) as pilot:
        await reached(pilot, lambda: "The job ledger is locked." in seen(pilot))
        assert "Close the other program." in seen(pilot)
