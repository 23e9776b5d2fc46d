"""The Queries pane: the board, what is behind a cell, asking, trying out, and bad days."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Reply
from segops_tui.api.resources.queries import QueryResult
from segops_tui.client.guard import Lock
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import AsyncInProcess
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.queries.pane import AT_ONCE
from segops_tui.tui.queries.simulate import SimulationScreen
from segops_tui.tui.queries.visibility_dashboard import VisibilityDashboard

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from segops_tui.tui.queries.pane import QueriesPane

GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")
HOSTILE = (
    "[/foo]",
    "[bold red]x[/]",
    "[@click=app.quit]quit[/]",
    "\x1b[31mred",
    "\u202eleft",
    "C++",
)


@pytest.fixture
def three(ask) -> None:
    """Three questions nobody was asked, and a competitor."""
    for words in ("Best tent?", "Best boots?", "Best stove?"):
        ask.ok("POST", "/api/ai-reach/queries/", {"query_text": words})
    ask.ok("POST", "/api/ai-reach/competitors/", {"name": "Rival & Sons"})


def answer(number: int, *, day: int, position: int | None, **more: Any) -> dict[str, Any]:
    """One answer of ChatGPT as the server tells it."""
    brands = [{"name": "Rival & Sons", "position": 3 - (position or 1), "sentiment": "neutral"}]
    if position is not None:
        brands.append({"name": "Ours", "position": position, "sentiment": "positive"})
    told = {
        "id": number,
        "query": 1,
        "provider": "chatgpt",
        "raw_response": "Take Ours, or Rival & Sons, or Elsewhere.",
        "mentioned_brands": [*brands, {"name": "Elsewhere", "position": 3}],
        "position": position,
        "sentiment": "positive",
        "is_simulated": False,
        "captured_at": f"2026-05-{day:02}T08:00:00Z",
    }
    return {**told, **more}


def answering(stage: Any, results: list[Any] | dict[int, list[Any]]) -> list[str]:
    """Let the server tell these as the answers to any question, or to each by its id.

    Returns the calls that ask for them.
    """
    stage.open_client()
    send, asked = stage.door.send, []

    async def told(attempt: Any) -> Reply:
        if attempt.target.endswith("/results/") and stage.door.error is None:
            asked.append(attempt.target)
            stage.door.asked.append(f"{attempt.method} {attempt.target}")
            number = int(attempt.target.split("/")[-3])
            found = results if isinstance(results, list) else results[number]
            return Reply(200, {}, json.dumps(found).encode(), 0.0)
        return await send(attempt)

    stage.door.send = told
    return asked


def pane_of(pilot: Pilot[Any]) -> QueriesPane:
    return next(screen.pane for screen in pilot.app.screen_stack if hasattr(screen, "pane"))


def rows_of(screen: str) -> list[str]:
    return [line for line in screen.splitlines() if "Best " in line and "?" in line]


def ranked(before: int | None, now: int | None) -> list[dict[str, Any]]:
    """Your brand's rank on two days, the newer first."""
    return [answer(2, day=31, position=now), answer(1, day=30, position=before)]


async def test_a_cell_tells_rank_sentiment_and_what_changed(stage, ask, three, seen, reached):
    """What was lost or won has a word of its own, and the best are sorted first.

    Words of cells are not filtered by: they are known of rows in sight only, and the filter would
    hide what it should find. Answers that are known are not asked for again.
    """
    for words in ("Best lamp?", "Best rope?", "Best bag?"):
        ask.ok("POST", "/api/ai-reach/queries/", {"query_text": words})
    changes = ((2, 1), (2, None), (None, 2), (1, 2), (2, 2), (None, None))
    asked = answering(stage, {n: ranked(*change) for n, change in enumerate(changes, start=1)})

    async with stage.run(place="queries", size=(80, 24)) as pilot:
        pane = pane_of(pilot)
        await reached(pilot, lambda: len(pane.answers._kept) == 6)
        rows = rows_of(seen(pilot))
        cells = ("#1▲ ↑1", "gone", "#2▲new", "#2▲ ↓1", "#2▲  =", "absent")
        assert [cell for row, cell in zip(rows, cells, strict=True) if cell not in row] == []
        assert "GPT" in seen(pilot)

        await pilot.press("slash")
        pilot.app.screen.focused.value = "absent"
        await reached(pilot, lambda: pane.shown() == [])
        await pilot.press("escape", "slash")
        pilot.app.screen.focused.value = "boots"
        await reached(pilot, pane.shown)
        assert [row.query_text for row in pane.shown()] == ["Best boots?"]
        await pilot.press("escape")

        await pilot.press("s", "s")
        await pilot.pause()
        assert [row.id for row in pane.shown()] == [1, 3, 4, 5, 2, 6]

        await pilot.press("ctrl+r")
        await pilot.pause(0.3)
        assert len(asked) == 6

        await pilot.resize_terminal(160, 40)
        await reached(pilot, lambda: "#1 ▲ ↑1" in seen(pilot) or "#1▲ ↑1" in seen(pilot))
        await pilot.resize_terminal(140, 40)
        await reached(pilot, lambda: "#1 ▲ ↑1" in seen(pilot))
        assert "CHATGPT" in seen(pilot)


def show(pilot: Pilot[Any], *results: dict[str, Any]) -> None:
    """Let these be the answers to the first question."""
    pane = pane_of(pilot)
    pane.show_answers(pane.rows[0], [QueryResult(result) for result in results])


async def test_the_detail_counts_who_mentions_the_brand_and_a_run_is_watched_on_the_board(
    stage, ask, three, seen, reached, gated, told
):
    """It says who no longer mentions it, and what is simulated; so does the board.

    Brands are told apart by a mark. Where only some answers are simulated, each of those cells says
    so. The other tabs show ranks by day, and of the brands their share.

    Marked queries are paused and resumed together; a paused one is not run. The question before
    running all counts what it asks, and does nothing on enter.
    """
    ask.ok("PATCH", "/api/ai-reach/queries/3/", {"providers": ["claude"]})
    simulated = answer(1, day=30, position=1, is_simulated=True)
    async with stage.run(place="queries", size=(120, 44)) as pilot:
        await reached(pilot, lambda: len(pane_of(pilot).answers._kept) == 3)
        await reached(pilot, lambda: "No answers yet" in seen(pilot))
        assert "Press r to ask the assistants." in seen(pilot)
        claude = answer(3, day=31, position=2, provider="claude")
        show(pilot, claude, *ranked(1, None))
        await reached(pilot, lambda: "1 of 2 mention you, best #2 with Claude" in seen(pilot))
        assert "Not mentioned (was last time)" in seen(pilot)

        show(pilot, answer(1, day=30, position=1))
        named = "Take ★ Ours, or ◆ Rival & Sons, or ◇ Elsewhere."
        await reached(pilot, lambda: named in seen(pilot))
        assert "★ your brand   ◆ competitor   ◇ other brand" in seen(pilot)
        assert "simulated" not in seen(pilot)

        show(pilot, simulated)
        await reached(pilot, lambda: "all simulated" in seen(pilot))
        assert "≈ simulated" in seen(pilot)
        assert "≈" not in rows_of(seen(pilot))[0]

        show(pilot, simulated, answer(2, day=30, position=1, provider="claude"))
        await reached(pilot, lambda: "≈#1" in rows_of(seen(pilot))[0])
        assert rows_of(seen(pilot))[0].count("≈") == 1
        assert "≈ simulated" in seen(pilot)
        assert "all simulated" not in seen(pilot)

        ranks = enumerate((1, None, 2))
        show(pilot, *(answer(9 - n, day=30 - n, position=rank) for n, rank in ranks))
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "28 May" in seen(pilot))
        lines = [line for line in seen(pilot).splitlines() if "ChatGPT" in line]
        line = next(line for line in lines if "absent" in line)
        assert line.index("#2") < line.index("absent") < line.index("#1")

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Share of voice: 8 mentions of 3 brands" in seen(pilot))
        assert "★ Ours" in seen(pilot)

        pane_of(pilot).detail.turn(-2)
        show(pilot)
        log = pilot.app.workspace.log
        await pilot.press("space", "space", "t")
        await reached(pilot, lambda: "Pause 2 queries?" in seen(pilot))
        assert not any(call.startswith("PATCH") for call in stage.door.asked)
        await pilot.press("y")
        await reached(pilot, lambda: seen(pilot).count("○ paused") == 2)
        assert "○ Best tent?" in seen(pilot)
        assert log.entries[-1].command == "segops-tui queries update 2 --set is_active=false"
        await pilot.press("home", "t")
        await reached(pilot, lambda: seen(pilot).count("○ paused") == 1)

        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("r")
            await reached(pilot, lambda: "◌ asking" in seen(pilot))
            assert rows_of(seen(pilot))[0].count("◌") == 6
            await pilot.press("r")
            assert "It is running already." in told(pilot)
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 1)
        await reached(pilot, lambda: "just now" in rows_of(seen(pilot))[0])
        await reached(pilot, lambda: "◌" not in rows_of(seen(pilot))[0])
        await reached(pilot, lambda: "Simulated answer" in seen(pilot))
        assert log.entries[-1].command == "segops-tui queries run 1"

        stage.door.asked.clear()
        await pilot.press("A")
        await reached(pilot, lambda: "Run 2 queries?" in seen(pilot))
        assert "6 answers" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert not any(call.endswith("/run/") for call in stage.door.asked)

        await pilot.press("A", "y")
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 2)
        assert log.entries[-1].command == "segops-tui queries run 1 3"


async def test_only_rows_in_sight_are_asked_for_and_a_few_at_a_time(stage, ask, gated, reached):
    for number in range(60):
        ask.ok("POST", "/api/ai-reach/queries/", {"query_text": f"Best thing {number}?"})

    def asked() -> list[str]:
        return [call for call in stage.door.asked if call.endswith("/results/")]

    # Shut before it starts: a machine that stands still between two steps of a test lets calls out.
    with gated(stage, lambda call: call.endswith("/results/")):
        async with stage.run(place="queries", size=(80, 24)) as pilot:
            await reached(pilot, asked)
            await pilot.pause(0.3)
            assert len(asked()) <= AT_ONCE

            stage.door.gate.set()
            sight = pane_of(pilot).table.body_height
            await reached(pilot, lambda: len(pane_of(pilot).answers._kept) >= sight)
            await pilot.pause(0.3)
            assert len(asked()) == len(set(asked())) == sight

            await pilot.press("end")
            await reached(pilot, lambda: "GET /ai-reach/queries/60/results/" in asked())


async def test_an_empty_workspace_says_what_is_missing_and_answers_show_as_they_come(
    stage, ask, seen, reached, clock
):
    """Who has answered shows the new rank, who has not shows that it is waited for."""
    stage.open_client()
    stage.door._door = AsyncInProcess(Sandbox(stage.path, clock=clock, pace=100.0))

    async with stage.run(place="queries", size=(80, 24)) as pilot:
        assert "No queries yet. Press n to create one." in seen(pilot)
        await pilot.press("w")
        await reached(pilot, lambda: "No brand is mentioned yet." in seen(pilot))
        await pilot.press("left_square_bracket")
        await reached(pilot, lambda: "No active competitors." in seen(pilot))

        ask.ok("POST", "/api/ai-reach/queries/", {"query_text": "Best tent?"})
        await pilot.press("escape", "ctrl+r")
        await reached(pilot, lambda: pane_of(pilot).row)
        await reached(pilot, lambda: "–" in rows_of(seen(pilot))[0])
        await pilot.press("r")
        await reached(pilot, lambda: rows_of(seen(pilot))[0].count("◌") == 5)
        await reached(pilot, lambda: any(call.endswith("/run/") for call in stage.door.asked))
        clock.advance(25)
        await reached(pilot, lambda: 0 < rows_of(seen(pilot))[0].count("◌") < 5)
        clock.advance(100)
        await reached(pilot, lambda: "◌" not in rows_of(seen(pilot))[0])


async def test_a_locked_profile_may_simulate_and_an_unlocked_one_change_a_query(
    stage, ask, three, seen, told, reached, clock
):
    """A key that would change something says why it does not; a simulation needs no right to.

    It tells who is named and can become a query. One that cannot be had keeps what was typed.

    Of a query only what was changed is sent. A deletion says that its answers go too and names its
    pages. A question that exists is refused at its field.
    """
    ask.ok("POST", "/api/ai-pages/pages/", {"slug": "tents", "query": 1, "title": "Tents"})
    lock = Lock("production", clock=lambda: clock.now.timestamp())
    opened = Opened(stage.open_client(), lock)

    async with stage.run(place="queries", size=(120, 40), open_client=lambda: opened) as pilot:
        log = pilot.app.workspace.log.entries
        before = len(pilot.app.screen_stack)
        for count, key in enumerate("rAtned", start=1):
            await pilot.press(key)
            await reached(pilot, lambda n=count: told(pilot).count("locked: U unlocks") == n)
            assert len(pilot.app.screen_stack) == before, key
        assert all(call.startswith("GET") for call in stage.door.asked)

        await pilot.press("m")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Form))
        stage.door.error = GONE
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not asked. Cannot reach the server" in seen(pilot))
        words = pilot.app.screen.query_one(Input)
        assert words.value == "Best tent?"

        stage.door.error = None
        words.focus().value = "Best lamp?"
        await pilot.press("tab", "right", "right", "space", "ctrl+s")
        await reached(pilot, lambda: isinstance(pilot.app.screen, SimulationScreen))
        assert "nothing is tracked" in seen(pilot)
        assert "mentioned by" in seen(pilot)
        assert "Claude" in seen(pilot)
        assert "Grok" not in seen(pilot)
        assert log[-1].command == "segops-tui queries simulate 'Best lamp?' --provider claude"

        lock.unlock()
        pilot.app.clear_notifications()
        await pilot.press("n")
        await reached(pilot, lambda: "New query" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Queries 4 of 4" in seen(pilot))
        assert pane_of(pilot).rows[-1].providers == ["claude"]

        pane_of(pilot).table.cursor_row = 0
        await pilot.press("e")
        await reached(pilot, lambda: "Edit Best tent?" in seen(pilot))
        await pilot.press("tab", "tab", "tab", "space", "ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).rows[0].providers == ["chatgpt"])
        assert log[-1].command == "segops-tui queries update 1 --set 'providers=[\"chatgpt\"]'"
        assert rows_of(seen(pilot))[0].count("·") == 4

        await pilot.press("d")
        await reached(pilot, lambda: "Its answers are deleted too." in seen(pilot))
        assert "the page Tents" in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: "Queries 3 of 3" in seen(pilot))

        await pilot.press("n")
        await reached(pilot, lambda: "New query" in seen(pilot))
        pilot.app.screen.query_one(Input).value = "Best boots?"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "query with this query_text already exists." in seen(pilot))
        pilot.app.screen.query_one(Input).value = "x" * 1_001
        await reached(pilot, lambda: "1,001 characters; at most 1,000" in seen(pilot))


async def test_the_dashboard_shows_figures_trend_and_who_wins(shop, seen, reached):
    async with shop.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "all simulated" in seen(pilot))
        await pilot.press("w")
        await reached(pilot, lambda: "MOST MENTIONED BRANDS" in seen(pilot))
        assert "★ Northwind" in seen(pilot)
        assert "includes simulated answers" in seen(pilot)

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Share of voice" in seen(pilot))
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "YOUR BRAND AHEAD OF" in seen(pilot))
        assert "Alpenglow Supply" in seen(pilot)

        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, VisibilityDashboard))


async def test_answers_that_cannot_be_had_do_not_take_the_questions_away(
    stage, three, seen, reached
):
    """Nor are the others asked for one after the other: they wait for the next refresh.

    The dashboard too says when the server is gone and asks again; a key that is refused in the
    middle leaves the board.
    """
    answering(stage, [answer(1, day=30, position=1)])
    send, asked, client = stage.door.send, [], stage.open_client()

    async def told(attempt: Any) -> Reply:
        if attempt.target.endswith("/results/"):
            asked.append(attempt.target)
            raise GONE
        return await send(attempt)

    stage.door.send = told
    async with stage.run(place="queries", size=(120, 40), open_client=lambda: client) as pilot:
        await reached(pilot, lambda: asked)
        await reached(pilot, lambda: "No route to host." in seen(pilot))
        assert len(asked) <= AT_ONCE
        assert rows_of(seen(pilot))[0].count("?") >= 6
        assert "Press ctrl+r to retry" in seen(pilot)

        stage.door.send = send
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: len(pane_of(pilot).answers._kept) == 3)
        await reached(pilot, lambda: "★ your brand" in seen(pilot))

        stage.door.error = GONE
        await pilot.press("w")
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        stage.door.error = None
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "BY ASSISTANT" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, VisibilityDashboard))

        stage.door.status = 401
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "⚿ key refused" in seen(pilot))
        assert "#1▲" in seen(pilot)


async def test_answers_hostile_or_of_wrong_types_are_drawn_as_text(stage, three, seen, reached):
    brands = [{"name": name, "position": at + 1} for at, name in enumerate(HOSTILE)]
    words = " and ".join(HOSTILE) + " \x1b[2J**[bold]strong**" + "x" * 30_000
    hostile = answer(1, day=30, position=2, mentioned_brands=brands, raw_response=words)
    odd: list[Any] = [
        {},
        {"provider": "chatgpt", "position": "first", "mentioned_brands": [None, 3, "Plain", {}]},
        {"provider": None, "position": 2.5, "captured_at": "yesterday", "raw_response": ["x"]},
        {"id": 4, "provider": "claude", "position": "2", "sentiment": {"a": 1}, "is_simulated": 1},
        {"id": 5, "provider": 7, "mentioned_brands": "all", "captured_at": 1780293617000},
        answer(6, day=30, position=1, mentioned_brands=[{"name": None, "position": 1}]),
    ]
    each = {1: [hostile, {**hostile, "id": 2, "provider": "[/b]\x1b[1m"}], 2: odd, 3: []}
    answering(stage, each)

    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: len(pane_of(pilot).answers._kept) == 3)
        await reached(pilot, lambda: "◇ [/foo] and ★ [bold red]x[/]" in seen(pilot))
        for _ in range(5):
            await pilot.press("right_square_bracket")
            await pilot.pause(0.1)
            screen = seen(pilot)
            assert not any(sign in screen for sign in "\x1b\x07\u202e\x9b")
        assert "◇ C++" in seen(pilot)

        assert "#2" in rows_of(screen)[1]
        await pilot.press("down")
        for _ in range(5):
            await pilot.press("right_square_bracket")
            assert "Best boots?" in seen(pilot)
        assert pilot.app.is_running
