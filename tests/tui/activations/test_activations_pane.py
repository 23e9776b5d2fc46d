"""Activations: which segment goes where, how that went, and what one can do about it."""

from __future__ import annotations

import json

from textual.widgets import Input

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Reply
from segops_tui.api.resources.activations import Activation
from segops_tui.tui.activations.form import SegmentNames, connector_body, connector_fields
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.widgets.choice import Choice

GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")
HOSTILE = "[/b] \x1b[31m\u202edef 顧客 " + "x" * 1_000


def sent(stage, method: str) -> list[str]:
    """The calls of a method that left."""
    return [call for call in stage.door.asked if call.startswith(method)]


async def bodies_of(stage) -> list:
    """Keep every body that leaves from now on."""
    kept: list = []
    send = stage.door.send

    async def keep(attempt):
        if attempt.content:
            kept.append(json.loads(attempt.content))
        return await send(attempt)

    stage.door.send = keep
    return kept


async def fill(pilot, name: str, words: str) -> None:
    pilot.app.screen.query_one(f"#field-{name.replace('.', '-2e-')}", Input).value = words
    await pilot.pause()


async def test_list_and_detail_say_what_was_synced_and_marked_ones_are_synced_or_turned_off(
    shop, seen, told, gated, reached
):
    """The list says segment, tool, status and success, the detail the last error in full.

    Settings are shown as the server masks them. The list stands without the figures of analytics.

    A sync under way is seen in its row and not started twice; one and marked ones are synced as
    jobs. Of marked ones that differ the others are turned on; what would not be turned is said.
    """
    shop.open_client()
    send, is_refused = shop.door.send, True

    async def answer(attempt):
        if is_refused and "analytics" in attempt.target:
            return Reply(403, {}, b'{"detail": "No."}', 0.0)
        return await send(attempt)

    shop.door.send = answer
    client = shop.open_client()
    async with shop.run(place="activations", size=(140, 40), open_client=lambda: client) as pilot:
        await reached(pilot, lambda: "Syncs are not available." in seen(pilot))
        assert "segment 1" in seen(pilot)
        assert "● active" in seen(pilot)

        is_refused = False
        await pilot.press("right_square_bracket", "ctrl+r")
        await reached(pilot, lambda: "100%" in seen(pilot) and "api_key" in seen(pilot))
        text = seen(pilot)
        assert "Activations 3 of 3" in text
        assert "Cart abandoners this week" in text
        for words in ("High LTV buyers", "Klaviyo", "● active", "✗ error", "Talon.One", "50%"):
            assert words in text
        assert "***" in text
        assert "list_id" in text

        await pilot.resize_terminal(80, 24)
        pilot.app.screen.visit(Link("activations", "3", "syncs"))
        await reached(pilot, lambda: "190 people" in seen(pilot))
        text = seen(pilot)
        assert "Lapsed VIPs → Talon.One" in text
        assert "HTTP 401, the API key is not valid." in text
        assert "50% of the last syncs succeeded" in text

        await pilot.press("escape")
        await pilot.resize_terminal(140, 40)
        pilot.app.screen.pane.table.cursor_row = 0
        pane, jobs = pilot.app.screen.pane, pilot.app.workspace.jobs
        with gated(shop, lambda call: call.startswith("POST")):
            await pilot.press("r")
            await reached(pilot, lambda: "syncing" in seen(pilot))
            await pilot.press("r")
            await reached(pilot, lambda: "being synced already" in told(pilot))
        await reached(pilot, lambda: len(jobs.outcomes) == 1)
        assert len(sent(shop, "POST")) == 1

        await pilot.press("space", "space", "r")
        await reached(pilot, lambda: len(jobs.outcomes) == 2 and not jobs.progress)
        assert len(sent(shop, "POST")) == 3
        log = pilot.app.workspace.log.entries
        assert "segops-tui activations sync 1 2" in [ran.command for ran in log]
        assert pane.table.marked == []

        pane.table.cursor_row = 0
        await pilot.press("t")
        await reached(pilot, lambda: "○ inactive" in seen(pilot))
        await pilot.press("t")
        await reached(pilot, lambda: "is synced after every recompute" in told(pilot))
        assert [ran.command for ran in log][-2:] == [
            "segops-tui activations update 1 --set status=inactive",
            "segops-tui activations update 1 --set status=active",
        ]

        before = len(sent(shop, "PATCH"))
        await pilot.press("space", "space", "space", "t")
        await reached(pilot, lambda: {row.status for row in pane.rows} == {"active"})
        assert sent(shop, "PATCH")[before:] == ["PATCH /activations/3/"]

        shop.door.status = 401
        await pilot.press("t", "y")
        await reached(pilot, lambda: "The key was refused" in told(pilot))


async def test_a_new_one_asks_what_its_tool_needs_and_a_changed_setting_wants_its_key_again(
    shop, seen, told, reached
):
    """What is wrong is said at its field, and nothing is sent; a mask never is.

    Another segment is changed without the settings. That a segment was never computed is warned of,
    and no is the default. A sync whose segment cannot be read is not sent either.
    """
    async with shop.run(place="activations") as pilot:
        await pilot.press("n")
        await reached(pilot, lambda: "New activation" in seen(pilot))
        assert "List" in seen(pilot)
        assert "REST endpoint" not in seen(pilot)
        for name, words, fault in (
            ("segment", "no such", "No such segment"),
            ("segment", "e", "Which one?"),
            ("config.list_id", "", "List is required."),
        ):
            await fill(pilot, name, words)
            await pilot.press("ctrl+s")
            await reached(pilot, lambda fault=fault: fault in seen(pilot))
            assert sent(shop, "POST") == []

        choice = pilot.app.screen.query_one("#field-connector_type", Choice)
        choice.focus()
        await pilot.press("right")
        await reached(pilot, lambda: "REST endpoint" in seen(pilot))
        assert "Braze segment" in seen(pilot)
        await pilot.press("right")
        await reached(pilot, lambda: "Audience" in seen(pilot))
        kept = await bodies_of(shop)

        await fill(pilot, "segment", "nordic")
        await fill(pilot, "config.base_url", "https://x.talon.one")
        await fill(pilot, "config.audience_id", "7")
        await fill(pilot, "config.api_key", "hush")
        await pilot.press("ctrl+s")

        await reached(pilot, lambda: "4 of 4" in seen(pilot))
        config = {"base_url": "https://x.talon.one", "audience_id": "7", "api_key": "hush"}
        assert kept == [{"segment": 8, "connector_type": "talonone", "config": config}]
        command = pilot.app.workspace.log.entries[-1].command
        assert 'config.audience_id="7"' in command
        assert "hush" not in command

        kept.clear()
        pilot.app.screen.pane.table.cursor_row = 0
        await pilot.press("e")
        await reached(pilot, lambda: "unchanged" in seen(pilot))
        assert "***" not in seen(pilot).split("Edit Klaviyo", 1)[1].split("ctrl+s", 1)[0]
        await fill(pilot, "config.list_id", "Other1")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Type it again" in seen(pilot))
        assert kept == []

        await fill(pilot, "config.api_key", "hush")
        await pilot.press("ctrl+s")

        await reached(pilot, lambda: len(kept) == 1)
        assert kept == [{"config": {"list_id": "Other1", "api_key": "hush"}}]

        await reached(pilot, lambda: not isinstance(pilot.app.screen, Form))
        await pilot.press("e")
        await reached(pilot, lambda: "unchanged" in seen(pilot))
        await fill(pilot, "segment", "Young trail runners")
        await pilot.press("ctrl+s")

        await reached(pilot, lambda: "Young trail runners" in seen(pilot) and len(kept) == 2)
        assert kept[1] == {"segment": 13}

        before = sent(shop, "POST")
        shop.door.error = GONE
        await pilot.press("r")
        await reached(pilot, lambda: "Not synced" in told(pilot))
        shop.door.error = None
        await pilot.press("r")
        await reached(pilot, lambda: "clears the audience" in " ".join(seen(pilot).split()))
        assert "never computed" in seen(pilot)
        assert "Klaviyo for Young trail runners" in seen(pilot)
        await pilot.press("enter")
        assert sent(shop, "POST") == before

        await pilot.press("r", "y")
        await reached(pilot, lambda: "POST /activations/1/sync/" in sent(shop, "POST"))


async def test_a_guarded_profile_changes_nothing_and_says_why(stage, ask, told, seen, reached):
    """An empty list says how to make the first."""
    opened = Opened(stage.open_client(), read_only="read-only: no change is sent")
    async with stage.run(place="activations", open_client=lambda: opened) as pilot:
        await reached(pilot, lambda: "Press n to create one" in seen(pilot))
        ask.ok("POST", "/api/segments/", {"name": "Only"})
        body = {"segment": 1, "connector_type": "klaviyo", "config": {"list_id": "L"}}
        ask.ok("POST", "/api/activations/", body)
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: pilot.app.screen.pane.row)
        for times, key in enumerate(("r", "t", "n", "e", "d"), 1):
            await pilot.press(key)
            assert told(pilot).count("change is sent") == times

        assert [call for call in stage.door.asked if not call.startswith("GET")] == []


async def test_odd_records_are_drawn_and_can_be_edited(stage, seen, reached):
    odd = [
        {"id": 1, "segment": "x", "connector_type": None, "config": [], "status": {"a": 1}},
        {"id": 2, "connector_type": HOSTILE, "config": {HOSTILE: HOSTILE, "n": {"k": "***"}},
         "last_error": HOSTILE, "status": HOSTILE},
    ]  # fmt: skip

    async def answer(attempt):
        body = [] if "analytics" in attempt.target else {"count": 2, "next": None, "results": odd}
        return Reply(200, {}, json.dumps(body).encode(), 0.0)

    client = stage.open_client()
    stage.door.send = answer
    async with stage.run(place="activations", open_client=lambda: client) as pilot:
        for _ in odd:
            await pilot.press("e")
            await reached(pilot, lambda: "ctrl+s" in seen(pilot))
            assert "\x1b" not in seen(pilot)
            assert "\u202e" not in seen(pilot)
            await pilot.press("escape", "escape", "down", "right_square_bracket")
            await pilot.pause()


def test_names_find_the_one_segment_that_was_meant():
    names = SegmentNames({1: "VIP", 2: "VIP lapsed", 3: "Twin", 4: "twin", 5: "", 6: HOSTILE})

    assert names.id_of("vip") == 1
    assert names.id_of("lapsed") == 2
    assert names.id_of("Twin #4") == 4
    assert names.id_of("#99") == 99
    assert names.id_of("twin") is None
    assert "Twin #3" in names.fault("twin")
    assert names.id_of(names.label(6)) == 6
    assert len({label.casefold() for label in names.labels}) == 6


def test_a_mask_never_leaves_however_deep_it_is():
    row = Activation.parse(
        {
            "id": 1, "segment": 1, "connector_type": "braze",
            "config": {"rest_endpoint": "https://x", "api_key": "***", "more": {"token": "***"}},
        }
    )  # fmt: skip
    names = SegmentNames({1: "VIP"})

    fields = connector_fields(row, names)
    body = connector_body(row, {"config.rest_endpoint": "https://y", "config.api_key": "k"}, names)

    assert not any("***" in field.typed for field in fields)
    assert body == {"config": {"rest_endpoint": "https://y", "api_key": "k"}}
