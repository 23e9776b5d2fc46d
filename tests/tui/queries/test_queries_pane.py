"""The Queries pane: the board, what is behind a cell, asking, trying out, and bad days."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Reply
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


def answering(stage: Any, results: Any) -> list[str]:
    """Let the server tell these as the answers to any question; the calls that ask for them."""
    stage.open_client()
    send, asked = stage.door.send, []

    async def told(attempt: Any) -> Reply:
        if attempt.target.endswith("/results/") and stage.door.error is None:
            asked.append(attempt.target)
            stage.door.asked.append(f"{attempt.method} {attempt.target}")
            return Reply(200, {}, json.dumps(results).encode(), 0.0)
        return await send(attempt)

    stage.door.send = told
    return asked


def pane_of(pilot: Pilot[Any]) -> QueriesPane:
    return next(screen.pane for screen in pilot.app.screen_stack if hasattr(screen, "pane"))


def rows_of(screen: str) -> list[str]:
    return [line for line in screen.splitlines() if "Best " in line and "?" in line]


async def test_a_cell_tells_rank_sentiment_and_what_changed(stage, three, seen, reached):
    answering(stage, [answer(2, day=31, position=1), answer(1, day=30, position=2)])

    async with stage.run(place="queries", size=(80, 24)) as pilot:
        await reached(pilot, lambda: "#1▲ ↑1" in seen(pilot))
        assert "GPT" in seen(pilot)

        await pilot.resize_terminal(160, 40)
        await reached(pilot, lambda: "#1 ▲ ↑1" in seen(pilot) or "#1▲ ↑1" in seen(pilot))
        await pilot.resize_terminal(140, 40)
        await reached(pilot, lambda: "#1 ▲ ↑1" in seen(pilot))
        assert "CHATGPT" in seen(pilot)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (2, None, "gone"),
        (None, 2, "#2▲new"),
        (1, 2, "#2▲ ↓1"),
        (2, 2, "#2▲  ="),
        (None, None, "absent"),
    ],
)
async def test_what_was_lost_or_won_has_a_word_of_its_own(
    stage, three, seen, reached, before, now, words
):
    answering(stage, [answer(2, day=31, position=now), answer(1, day=30, position=before)])

    async with stage.run(place="queries", size=(80, 24)) as pilot:
        await reached(pilot, lambda: words in rows_of(seen(pilot))[0])


async def test_the_detail_counts_who_mentions_the_brand_and_who_no_longer_does(
    stage, three, seen, reached
):
    answers = [
        answer(3, day=31, position=2, provider="claude"),
        answer(2, day=31, position=None),
        answer(1, day=30, position=1),
    ]
    answering(stage, answers)

    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "1 of 2 mention you, best #2 with Claude" in seen(pilot))

        assert "Not mentioned (was last time)" in seen(pilot)


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


async def test_answers_that_are_known_are_not_asked_for_again(stage, three, reached):
    asked = answering(stage, [answer(1, day=30, position=1)])

    async with stage.run(place="queries") as pilot:
        await reached(pilot, lambda: len(asked) == 3)
        for _ in range(3):
            await pilot.press("ctrl+r")
            await pilot.pause(0.3)

        assert len(asked) == 3


async def test_brands_in_an_answer_are_told_apart_by_a_mark(stage, three, seen, reached):
    answering(stage, [answer(1, day=30, position=1)])

    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(
            pilot, lambda: "Take ★ Ours, or ◆ Rival & Sons, or ◇ Elsewhere." in seen(pilot)
        )

        assert "★ your brand   ◆ competitor   ◇ other brand" in seen(pilot)
        assert "simulated" not in seen(pilot)


async def test_what_is_simulated_says_so_on_the_board_and_at_the_answer(
    stage, three, seen, reached
):
    answering(stage, [answer(1, day=30, position=1, is_simulated=True)])

    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "all simulated" in seen(pilot))

        assert "≈ simulated" in seen(pilot)


async def test_where_some_are_simulated_each_of_those_cells_says_so(stage, three, seen, reached):
    mixed = [
        answer(1, day=30, position=1, is_simulated=True),
        answer(2, day=30, position=1, provider="claude"),
    ]
    answering(stage, mixed)

    async with stage.run(place="queries", size=(80, 24)) as pilot:
        await reached(pilot, lambda: "≈#1▲" in rows_of(seen(pilot))[0])

        assert rows_of(seen(pilot))[0].count("≈") == 1
        assert "≈ simulated" in seen(pilot)


async def test_history_shows_ranks_by_day_and_brands_their_share(stage, three, seen, reached):
    results = [answer(9 - n, day=30 - n, position=rank) for n, rank in enumerate((1, None, 2))]
    answering(stage, results)

    async with stage.run(place="queries", size=(120, 44)) as pilot:
        await reached(pilot, lambda: "★ your brand" in seen(pilot))
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "28 May" in seen(pilot))
        lines = [line for line in seen(pilot).splitlines() if "ChatGPT" in line]
        line = next(line for line in lines if "absent" in line)
        assert line.index("#2") < line.index("absent") < line.index("#1")

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Share of voice: 8 mentions of 3 brands" in seen(pilot))
        assert "★ Ours" in seen(pilot)


async def test_a_run_is_watched_until_the_board_shows_it(stage, three, seen, reached, gated):
    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "Press r to ask the assistants." in seen(pilot))
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("r")
            await reached(pilot, lambda: "◌ asking" in seen(pilot))
            assert rows_of(seen(pilot))[0].count("◌") == 6
            await pilot.press("r")
            await pilot.pause()
            assert "It is running already." in seen(pilot)
        await reached(pilot, lambda: "just now" in rows_of(seen(pilot))[0])
        await reached(pilot, lambda: "◌" not in rows_of(seen(pilot))[0])

        await reached(pilot, lambda: "Simulated answer" in seen(pilot))
        line = pilot.app.workspace.log.entries[-1].command
        assert line == "segops-tui queries run 1"


async def test_answers_show_as_they_come(stage, ask, seen, reached, clock):
    """Who has answered shows the new rank, who has not shows that it is waited for."""
    ask.ok("POST", "/api/ai-reach/queries/", {"query_text": "Best tent?"})
    stage.open_client()
    stage.door._door = AsyncInProcess(Sandbox(stage.path, clock=clock, pace=100.0))

    async with stage.run(place="queries", size=(80, 24)) as pilot:
        await reached(pilot, lambda: "–" in rows_of(seen(pilot))[0])
        await pilot.press("r")
        await reached(pilot, lambda: rows_of(seen(pilot))[0].count("◌") == 5)
        await reached(pilot, lambda: any(call.endswith("/run/") for call in stage.door.asked))
        clock.advance(25)
        await reached(pilot, lambda: 0 < rows_of(seen(pilot))[0].count("◌") < 5)
        clock.advance(100)
        await reached(pilot, lambda: "◌" not in rows_of(seen(pilot))[0])


async def test_run_all_counts_what_it_asks_and_does_nothing_on_enter(
    stage, ask, three, seen, reached
):
    ask.ok("PATCH", "/api/ai-reach/queries/2/", {"is_active": False})
    ask.ok("PATCH", "/api/ai-reach/queries/3/", {"providers": ["claude"]})

    async with stage.run(place="queries") as pilot:
        await pilot.press("A")
        await reached(pilot, lambda: "Run 2 queries?" in seen(pilot))
        assert "6 answers" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert not any(call.endswith("/run/") for call in stage.door.asked)

        await pilot.press("A", "y")
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 2)
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui queries run 1 3"


async def test_marked_queries_are_paused_and_resumed_together(stage, three, seen, reached):
    async with stage.run(place="queries") as pilot:
        await pilot.press("space", "space", "t")
        await reached(pilot, lambda: "Pause 2 queries?" in seen(pilot))
        assert not any(call.startswith("PATCH") for call in stage.door.asked)
        await pilot.press("y")
        await reached(pilot, lambda: seen(pilot).count("○ paused") == 2)
        assert "○ Best tent?" in seen(pilot)
        log = [entry.command for entry in pilot.app.workspace.log.entries]
        assert log[-1] == "segops-tui queries update 2 --set is_active=false"

        await pilot.press("home", "t")
        await reached(pilot, lambda: seen(pilot).count("○ paused") == 1)


async def test_a_simulation_tells_who_is_named_and_can_become_a_query(stage, three, seen, reached):
    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await pilot.press("m")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Form))
        pilot.app.screen.query_one(Input).value = "Best lamp?"
        await pilot.press("tab", "right", "right", "space", "ctrl+s")
        await reached(pilot, lambda: isinstance(pilot.app.screen, SimulationScreen))
        assert "nothing is tracked" in seen(pilot)
        assert "mentioned by" in seen(pilot)
        assert "Claude" in seen(pilot)
        assert "Grok" not in seen(pilot)
        line = pilot.app.workspace.log.entries[-1].command
        assert line == "segops-tui queries simulate 'Best lamp?' --provider claude"

        await pilot.press("n")
        await reached(pilot, lambda: "New query" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Queries 4 of 4" in seen(pilot))
        assert pane_of(pilot).rows[-1].providers == ["claude"]


async def test_a_simulation_that_cannot_be_had_keeps_what_was_typed(stage, three, seen, reached):
    async with stage.run(place="queries") as pilot:
        await pilot.press("m")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Form))
        stage.door.error = GONE
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not asked. Cannot reach the server" in seen(pilot))

        assert pilot.app.screen.query_one(Input).value == "Best tent?"


async def test_words_of_cells_are_not_filtered_by(stage, three, typed, reached):
    """They are known of rows in sight only: the filter would hide what it should find."""
    answering(stage, [answer(1, day=30, position=None)])

    async with stage.run(place="queries") as pilot:
        await reached(pilot, lambda: len(pane_of(pilot).answers._kept) == 3)
        await pilot.press("slash")
        await typed(pilot, "absent")
        assert pane_of(pilot).shown() == []
        await pilot.press("escape", "slash")
        await typed(pilot, "boots")
        assert [row.query_text for row in pane_of(pilot).shown()] == ["Best boots?"]


async def test_a_simulation_needs_no_right_to_change(stage, three, seen, reached):
    client = stage.open_client()
    opened = Opened(client, read_only="This profile is read-only.")

    async with stage.run(place="queries", open_client=lambda: opened) as pilot:
        await pilot.press("m")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Form))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: isinstance(pilot.app.screen, SimulationScreen))


@pytest.mark.parametrize("key", ["r", "A", "t", "n", "e", "d"])
async def test_a_locked_profile_says_why_nothing_is_changed(
    stage, three, told, reached, key, clock
):
    client = stage.open_client()
    opened = Opened(client, Lock("production", clock=lambda: clock.now.timestamp()))

    async with stage.run(place="queries", open_client=lambda: opened) as pilot:
        before = len(pilot.app.screen_stack)
        await pilot.press(key)
        await reached(pilot, lambda: "locked: U unlocks" in told(pilot))

        assert len(pilot.app.screen_stack) == before
        assert not any(not call.startswith("GET") for call in stage.door.asked)


async def test_a_question_that_exists_is_refused_at_its_field(stage, three, seen, reached):
    async with stage.run(place="queries") as pilot:
        await pilot.press("n")
        await reached(pilot, lambda: "New query" in seen(pilot))
        pilot.app.screen.query_one(Input).value = "Best tent?"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "query with this query_text already exists." in seen(pilot))

        pilot.app.screen.query_one(Input).value = "x" * 1_001
        await reached(pilot, lambda: "1,001 characters; at most 1,000" in seen(pilot))


async def test_only_what_was_changed_is_sent(stage, three, seen, reached):
    async with stage.run(place="queries") as pilot:
        await pilot.press("e")
        await reached(pilot, lambda: "Edit Best tent?" in seen(pilot))
        await pilot.press("tab", "tab", "tab", "space", "ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).rows[0].providers == ["chatgpt"])

        line = pilot.app.workspace.log.entries[-1].command
        assert line == "segops-tui queries update 1 --set 'providers=[\"chatgpt\"]'"
        assert rows_of(seen(pilot))[0].count("·") == 4


async def test_deleting_says_that_the_answers_go_too_and_names_the_pages(
    stage, ask, three, seen, reached
):
    ask.ok("POST", "/api/ai-pages/pages/", {"slug": "tents", "query": 1, "title": "Tents"})
    async with stage.run(place="queries") as pilot:
        await pilot.press("d")
        await reached(pilot, lambda: "Its answers are deleted too." in seen(pilot))
        assert "the page Tents" in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: "Queries 2 of 2" in seen(pilot))


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


async def test_the_dashboard_of_an_empty_workspace_says_what_is_missing(stage, seen, reached):
    async with stage.run(place="queries") as pilot:
        await pilot.press("w")
        await reached(pilot, lambda: "No brand is mentioned yet." in seen(pilot))
        await pilot.press("left_square_bracket")
        await reached(pilot, lambda: "No active competitors." in seen(pilot))


async def test_the_dashboard_says_when_the_server_is_gone_and_asks_again(
    stage, three, seen, reached
):
    async with stage.run(place="queries") as pilot:
        await reached(pilot, lambda: "No answers yet" in seen(pilot))
        stage.door.error = GONE
        await pilot.press("w")
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        stage.door.error = None
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "BY ASSISTANT" in seen(pilot))


async def test_an_empty_workspace_says_which_key_makes_a_query(stage, seen):
    async with stage.run(place="queries") as pilot:
        assert "No queries yet. Press n to create one." in seen(pilot)


async def test_answers_that_cannot_be_had_do_not_take_the_questions_away(
    stage, three, seen, reached
):
    """Nor are the others asked for one after the other: they wait for the next refresh."""
    client = stage.open_client()
    send, asked = stage.door.send, []

    async def told(attempt: Any) -> Reply:
        if attempt.target.endswith("/results/"):
            asked.append(attempt.target)
            raise GONE
        return await send(attempt)

    stage.door.send = told
    async with stage.run(place="queries", size=(120, 40), open_client=lambda: client) as pilot:
        await reached(pilot, lambda: "No route to host." in seen(pilot))
        assert len(asked) <= AT_ONCE
        assert rows_of(seen(pilot))[0].count("?") >= 6
        assert "Press ctrl+r to retry" in seen(pilot)

        stage.door.send = send
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "No answers yet" in seen(pilot))


async def test_a_key_refused_in_the_middle_leaves_the_board(stage, three, seen, reached):
    answering(stage, [answer(1, day=30, position=1)])
    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "★ your brand" in seen(pilot))
        stage.door.status = 401
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "⚿ key refused" in seen(pilot))

        assert "#1▲" in seen(pilot)


async def test_hostile_brands_and_answers_are_text(stage, three, seen, reached):
    brands = [{"name": name, "position": at + 1} for at, name in enumerate(HOSTILE)]
    words = " and ".join(HOSTILE) + " \x1b[2J**[bold]strong**" + "x" * 30_000
    hostile = answer(1, day=30, position=2, mentioned_brands=brands, raw_response=words)
    answering(stage, [hostile, {**hostile, "id": 2, "provider": "[/b]\x1b[1m"}])

    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "◇ [/foo] and ★ [bold red]x[/]" in seen(pilot))
        for _ in range(5):
            await pilot.press("right_square_bracket")
            await pilot.pause(0.1)
            screen = seen(pilot)
            assert not any(sign in screen for sign in "\x1b\x07\u202e\x9b")
        assert "◇ C++" in seen(pilot)


async def test_answers_of_nulls_and_wrong_types_are_drawn(stage, three, seen, reached):
    odd: list[Any] = [
        {},
        {"provider": "chatgpt", "position": "first", "mentioned_brands": [None, 3, "Plain", {}]},
        {"provider": None, "position": 2.5, "captured_at": "yesterday", "raw_response": ["x"]},
        {"id": 4, "provider": "claude", "position": "2", "sentiment": {"a": 1}, "is_simulated": 1},
        {"id": 5, "provider": 7, "mentioned_brands": "all", "captured_at": 1780293617000},
        answer(6, day=30, position=1, mentioned_brands=[{"name": None, "position": 1}]),
    ]
    answering(stage, odd)

    async with stage.run(place="queries", size=(120, 40)) as pilot:
        await reached(pilot, lambda: "#2" in rows_of(seen(pilot))[0])
        for _ in range(4):
            await pilot.press("right_square_bracket")
            await pilot.pause(0.1)

        assert pilot.app.is_running


async def test_a_column_of_an_assistant_sorts_the_best_first(stage, three, seen, reached):
    async with stage.run(place="queries") as pilot:
        pane = pane_of(pilot)
        await reached(pilot, lambda: len(pane.answers._kept) == 3)
        for query, rank in zip(list(pane.rows), (3, 1, None), strict=True):
            pane.show_answers(query, [result(rank)])
        await pilot.pause()
        await pilot.press("s", "s")
        await pilot.pause()

        assert [row.query_text for row in pane.shown()] == [
            "Best boots?",
            "Best tent?",
            "Best stove?",
        ]


def result(rank: int | None) -> Any:
    from segops_tui.api.resources.queries import QueryResult

    return QueryResult(answer(1, day=30, position=rank))
