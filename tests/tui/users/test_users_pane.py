"""The Users pane: finding people, what they did, and why a segment holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from textual.widgets import Input

from segops_tui.api.record import Record
from segops_tui.api.resources.users import ConditionResult, User
from segops_tui.nouns.users import payload_facts, verdict_of
from segops_tui.tui.dialogs.dialog import Loading
from segops_tui.tui.users.explain import explained_lines

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conftest import Asker
    from segops_tui.tui.users.pane import UsersPane


def pane_of(pilot: Pilot[Any]) -> UsersPane:
    return pilot.app.screen.pane  # type: ignore[attr-defined,no-any-return]


def event(user: str, kind: str, when: str = "2026-05-20T10:00:00Z", **payload: Any) -> Any:
    return {"user_id": user, "event_type": kind, "occurred_at": when, "payload": payload}


@pytest.fixture
def track(ask: Asker) -> Any:
    def send(*events: Any) -> None:
        for at in range(0, len(events), 500):
            ask.ok("POST", "/api/ingestion/track/batch/", {"events": list(events[at : at + 500])})

    return send


@pytest.fixture
def ada(ask: Asker, track: Any, clock: Any) -> None:
    """Ada, who spent 430 and told her name, and a segment that wants 500."""
    track(
        event("ada", "context_identified", name="Ada", tags=["a", "b"], address={"city": "Paris"}),
        event("ada", "order_placed", "2026-05-21T10:00:00Z", total=400, items=[{"sku": "A-1"}]),
        event("ada", "order_placed", "2026-05-22T10:00:00Z", total=30),
        event("ada", "page_viewed", "2025-05-22T10:00:00Z", path="/"),
        event("bob", "order_placed", total=900),
    )
    condition = {
        "type": "monetary",
        "event_type": "order_placed",
        "property": "total",
        "metric": "sum",
        "operator": "gte",
        "value": 500,
    }
    for name, rule in (("Big spenders", condition), ("Readers", {**condition, "value": 1})):
        body = {"name": name, "definition": {"logic": "AND", "conditions": [rule]}}
        made = ask.ok("POST", "/api/segments/", body)
        ask.ok("POST", f"/api/segments/{made['id']}/compute/")
        clock.advance(minutes=1)
        ask.ok("GET", f"/api/segments/{made['id']}/")


@pytest.fixture
def crowd(track: Any) -> None:
    """205 users, of whom the last five are not listed; 201 views hide the one order of Eve."""
    users = [
        event(f"u_{n:03}", "page_viewed", f"2026-05-20T10:{n // 60:02}:{n % 60:02}Z", n=n)
        for n in range(204)
    ]
    views = [event("eve", "page_viewed", "2026-05-30T10:00:00Z", n=n) for n in range(201)]
    track(*users, event("eve", "order_placed", total=1), *views)


async def test_a_link_opens_a_user_and_then_cursor_and_search_are_a_person_s(
    stage, crowd, gated, seen, reached
):
    """Who is not among those shown is searched for; a later refresh does not pull the cursor.

    A type is asked for alone where the newest events hide it. It is said how many users are not
    shown; the search is the server's, and a slow answer to an older word never shows.
    """
    async with stage.run(place="user/u_203/timeline", size=(140, 36)) as pilot:
        await reached(pilot, lambda: "1 event" in seen(pilot) and "PAYLOAD" in seen(pilot))
        pane = pane_of(pilot)
        await reached(pilot, lambda: pane.row.user_id == "u_203")

        await reached(pilot, lambda: pane.detail.has_focus_within)
        await pilot.press("escape")
        assert pane.table.has_focus
        await pilot.press("escape")
        await reached(pilot, lambda: len(pane.shown()) == 200)
        assert "u_203" not in [user.user_id for user in pane.shown()]
        pane.find_user(pane.shown()[3].user_id)
        await reached(pilot, lambda: not pane._target)
        assert pane.table.cursor_row == 3
        await pilot.press("down", "down")
        asked = len(stage.door.asked)
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: len(stage.door.asked) > asked)
        await pilot.pause(0.2)
        assert pane.table.cursor_row == 5

        pane.find_user("eve")
        await reached(pilot, lambda: "the newest 200 of 202 events" in seen(pilot))
        pane.detail.timeline.narrow(event_type="order_placed")
        await reached(pilot, lambda: "1 event  order_placed" in seen(pilot))

        pane.table.focus()
        assert "Users 200 of 205" in seen(pilot)
        assert "/ finds others by a part of their id" in seen(pilot)
        with gated(stage, lambda call: "q=u_20&" in call):
            await pilot.press("slash", "u", "underscore", "2", "0")
            await reached(pilot, lambda: any("q=u_20&" in call for call in stage.door.asked))
            await pilot.press("3")
            await reached(pilot, lambda: "Users 1 of 1" in seen(pilot))
        await pilot.pause(0.2)
        assert "Users 1 of 1" in seen(pilot)
        searched = [call for call in stage.door.listings("/explorer/users/") if "?q=" in call]
        # Where a machine is busy between two keys, shorter words were searched for before.
        assert searched[-2:] == [
            f"GET /explorer/users/?q={word}&limit=200" for word in ("u_20", "u_203")
        ]
        assert "205" in seen(pilot)

        await pilot.press("escape")
        await reached(pilot, lambda: "Users 200 of 205" in seen(pilot))

        await pilot.press("slash", *"zzz")
        await reached(pilot, lambda: "No user matches “zzz”. Press esc to show all." in seen(pilot))


async def test_a_user_has_a_profile_events_and_segments_of_which_any_is_explained(
    stage, ask, ada, gated, seen, reached
):
    """The newest event is first, and what each carried stands beside it.

    A segment is explained by enter or by a key, those the user is in first; it stays chosen from
    user to user. A stored membership may be behind.

    Keys typed while the segments load are the chooser's. The list behind keeps its row: the chooser
    opens for the user it was asked for. Escape cancels what is loaded. A tab that cannot be had
    says why.
    """
    async with stage.run(place="users", size=(140, 36)) as pilot:
        await reached(pilot, lambda: "address.city" in seen(pilot))
        assert "Paris" in seen(pilot)
        assert "4 events of 3 types" in seen(pilot)

        await pilot.press("right_square_bracket", "enter")
        await reached(pilot, lambda: "4 events" in seen(pilot) and "2026-05-22" in seen(pilot))
        lines = [line for line in seen(pilot).splitlines() if "order_placed" in line]
        assert "2026-05-22" in lines[0]
        assert "page_viewed" in seen(pilot)
        await pilot.press("down")
        await reached(pilot, lambda: "items[0].sku" in seen(pilot))

        await pilot.press("t")
        await reached(pilot, lambda: "Show which events?" in seen(pilot))
        assert "page_viewed" in seen(pilot)
        await pilot.press(*"page", "enter")
        await reached(pilot, lambda: "1 event  page_viewed" in seen(pilot))
        log = pilot.app.workspace.log.entries
        assert log[-1].command == "segops-tui users events ada --type page_viewed"

        await pilot.press("w", *"30", "enter")
        await reached(pilot, lambda: "No page_viewed event in the last 30 days" in seen(pilot))
        assert log[-1].command.endswith("--type page_viewed --since 2026-05-02T12:02:00Z")

        await pilot.press("escape", "right_square_bracket")
        await reached(pilot, lambda: "in 1 segment" in seen(pilot))
        await pilot.press("enter", "enter")
        await reached(pilot, lambda: "✓ ada matches “Readers”" in seen(pilot))
        assert "needs ≥ 1, has 430" in seen(pilot)
        assert "✓ met" in seen(pilot)
        assert "is in it, as computed " in seen(pilot)
        await pilot.press("escape")

        await pilot.press("e")
        await reached(pilot, lambda: "Not in these" in seen(pilot))
        text = seen(pilot)
        assert text.index("Readers") < text.index("Big spenders")
        await pilot.press(*"big", "enter")
        await reached(pilot, lambda: "✗ ada does not match “Big spenders”" in seen(pilot))
        assert "needs ≥ 500, has 430" in seen(pilot)
        command = pilot.app.workspace.log.entries[-1].command
        assert command == "segops-tui users explain ada 1"

        await pilot.press("down")
        await reached(pilot, lambda: "✓ bob matches “Big spenders”" in seen(pilot))

        ask.ok("POST", "/api/ingestion/track/", event("ada", "order_placed", total=100))
        await pilot.press("up", "ctrl+r")
        await reached(pilot, lambda: "✓ ada matches" in seen(pilot))
        assert "! not in it yet: computed 1 min ago, and not since" in seen(pilot)

        pane, user = pane_of(pilot), pane_of(pilot).row.user_id
        with gated(stage, lambda call: "GET /segments/" in call):
            await pilot.press("e")
            await reached(pilot, lambda: "loading …" in seen(pilot) and "Segments" in seen(pilot))
            await pilot.press("escape")
            await reached(pilot, lambda: not isinstance(pilot.app.screen, Loading))
        await pilot.pause(0.1)
        assert "Why is" not in seen(pilot)

        with gated(stage, lambda call: "GET /segments/" in call):
            await pilot.press("e", "down", "q")
            await reached(pilot, lambda: isinstance(pilot.app.screen, Loading))
            assert "Why is" not in seen(pilot)
        await reached(pilot, lambda: f"Why is {user} in" in seen(pilot))
        await reached(pilot, lambda: pilot.app.screen.query_one(Input).value == "q")
        assert pane.row.user_id == user
        await pilot.press("escape")

        stage.door.status = 401
        await pilot.press("down")
        pane.detail.open_tab("timeline")
        await reached(pilot, lambda: "The key was refused" in seen(pilot))


@pytest.mark.parametrize(
    "hostile",
    [
        ("../x", "%2F?👩‍👩‍👧 [/red]مرحبا\u202eabc"),
        pytest.param(
            ("%2F", "👩‍👩‍👧 [/red]", "مرحبا\u202eabc", "a/b", "x" * 128, "[bold]", "a?b#c&d"),
            marks=pytest.mark.thorough,
        ),
    ],
    ids=["odd", "others"],
)
async def test_t_opens_the_timeline_and_any_id_can_be_looked_into(
    stage, track, ada, hostile, seen, reached
):
    """Whatever is in front. Where there is no room for both, escape leads back to the list.

    Each tab asks for that very user; an id may be longer than our server would take.
    """
    listed = 2 + len(hostile)
    for user_id in hostile:
        track(
            event(user_id, "page_viewed", path="/x"), event(user_id, "x" * 250, **{"[b]": "[/b]"})
        )
    async with stage.run(place="users", size=(80, 24)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        await pilot.press("t")
        await reached(pilot, lambda: "Show which events?" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: "Timeline" in seen(pilot) and "PAYLOAD" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: f"Users {listed} of {listed}" in seen(pilot))

        pane = pane_of(pilot)
        await pilot.press("enter")
        pane.detail.explain.choose(1, "Big spenders")
        ids = [user.user_id for user in pane.shown()]
        for user_id in hostile:
            pane.table.cursor_row = ids.index(user_id)
            await reached(pilot, lambda user_id=user_id: pane.row.user_id == user_id)
            for tab, call, words in (
                ("timeline", "events/?limit=200", ("2 events", "[/b]")),
                ("segments", "segments/", ("In no segment",)),
                ("explain", "segments/1/explain/", ("needs ≥ 500, has 0",)),
            ):
                pane.detail.open_tab(tab)
                call = f"GET /explorer/users/{quote(user_id, safe='')}/{call}"
                await reached(pilot, lambda call=call: call in stage.door.asked)
                await reached(pilot, lambda words=words: all(w in seen(pilot) for w in words))

        odd = User({"user_id": "é" * 10_000, "event_count": "many", "first_seen": 7})
        pane.detail.show(odd)
        for tab, words in (
            ("timeline", "Not found"),
            ("profile", "User        ééé"),
            ("segments", "Not found"),
        ):
            pane.detail.open_tab(tab)
            await reached(pilot, lambda words=words: words in seen(pilot))


def explained(**given: Any) -> ConditionResult:
    return ConditionResult({"type": "event_count", "label": "a ≥ 1 time", "matches": True, **given})


def test_one_condition_is_enough_where_the_rule_says_or():
    rows = [explained(matches=False), explained(matches=True)]

    assert verdict_of(rows, {"logic": "OR"}).matches
    assert not verdict_of(rows, {"logic": "AND"}).matches
    assert not verdict_of(rows, None).matches
    assert verdict_of(rows, {"logic": "OR"}).count == "1 of 2 conditions met (any required)"


@pytest.mark.parametrize("cells", [8, 20, 40, 75, 76, 200])
@pytest.mark.parametrize(
    "odd",
    [
        {"label": None, "actual_value": {"a": 1}, "threshold": [1, 2]},
        {"label": "x" * 500, "actual_value": "[/b]" * 99, "threshold": None},
        {"type": "recency", "threshold": "soon"},
        {"type": 7, "label": ""},
    ],
)
def test_whatever_was_explained_fits_its_place(odd, cells):
    lines = explained_lines([explained(**odd), explained()], cells)

    assert lines
    assert cells < 76 or all(line.cell_length <= cells for line in lines)


def test_a_payload_is_told_by_the_way_to_each_value():
    payload = {"a": {"b": [{"c": None}, {"c": ""}]}, "tags": ["x", "y"], "empty": {}, "n": 1.5}

    assert payload_facts(payload) == [
        ("a.b[0].c", "null"),
        ("a.b[1].c", "“”"),
        ("tags", "x, y"),
        ("empty", "–"),
        ("n", "1.5"),
    ]


def test_an_endless_payload_is_cut_and_says_so():
    facts = payload_facts({str(n): n for n in range(1000)}, most=10)

    assert len(facts) == 11
    assert "more than 10 values" in facts[-1][1]
    assert Record(dict(facts)).raw
