"""Analytics: five sections, each fetched and failing by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Reply
from segops_tui.api.resources.analytics import Overlap, Usage
from segops_tui.tui.analytics.figures import large, usage_lines
from segops_tui.tui.analytics.lists import extent_words, matrix_lines
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.text import width
from segops_tui.tui.panes.actions import copyables
from segops_tui.tui.widgets.sync_logs import log_lines

GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")
NOON = datetime(2026, 6, 16, 12, 0, tzinfo=UTC)
HOSTILE = "[/b] \x1b[31m\u202edef 顧客 " + "x" * 500


def overlap(a: int, b: int, **more: object) -> Overlap:
    raw = {"seg_a_id": a, "seg_a_name": f"S{a}", "seg_b_id": b, "seg_b_name": f"S{b}"}
    return Overlap.parse({**raw, "overlap": 10, "overlap_pct": 42.0, **more})


def usage(**more: object) -> list[str]:
    raw = {
        "plan": "business",
        "period_start": "2026-06-01T00:00:00Z",
        "period_end": "2026-07-01T00:00:00Z",
        "events_used": 500,
        "events_limit": 2000,
        "ai_credits_used": 0,
        "ai_credits_limit": -1,
    }
    return [line.plain for line in usage_lines(Usage.parse({**raw, **more}), now=NOON, cells=78)]


SECTIONS = {
    "activations": ("Latest syncs of", "activation/1", "segops-tui activations get 1"),
    "overview": ("Events in 30 days", "analytics/overview", "segops-tui analytics overview"),
    "segments": ("Members, last 30 days", "segment/1", "segops-tui segments get 1"),
    "overlap": ("top 20 pairs", "analytics/overlap", "segops-tui analytics overlap"),
    "usage": ("days left", "analytics/usage", "segops-tui analytics usage"),
}
"""Words of each section, and the link and the command that are copied there."""


async def test_brackets_turn_through_the_sections_and_plots_follow_what_is_marked_or_chosen(
    shop, seen, reached, told
):
    """Round and round; what is copied in a section is a link and a command to where it is from.

    Marked segments are drawn together, and the matrix follows the pair. A segment without history
    says when there will be one. Figures can be copied and are neither filtered nor sorted.
    """
    async with shop.run(place="analytics/activations", size=(80, 24)) as pilot:
        pane = pilot.app.screen.pane
        for name, (shown, link, command) in SECTIONS.items():
            await reached(pilot, lambda name=name: pane.section.place.name == name)
            assert pane.here.tab == name
            await reached(pilot, lambda: pane.section.has_answer and pane.section.chosen)
            await reached(pilot, lambda words=shown: words in seen(pilot))
            words = {
                each.title: each.words for each in copyables(pane.section, pane.section.chosen)
            }
            assert (words["link"], words["command"]) == (link, command)
            assert ("id" in words) == (name not in {"overview", "usage"})
            if name == "overview":
                text = seen(pilot)
                assert "Newsletter readers" in text
                assert "of 10,000" in text
                assert "━" in text
            await pilot.press("right_square_bracket")
        await reached(pilot, lambda: pane.section.place.name == "activations")
        await pilot.press("left_square_bracket")
        await reached(pilot, lambda: pane.section.place.name == "usage")

        await pilot.resize_terminal(120, 36)
        pilot.app.screen.visit(Link("analytics", tab="segments"))
        await reached(pilot, lambda: "● High LTV buyers" in seen(pilot))
        assert "space marks more to compare" in seen(pilot)
        await pilot.press("space", "space")
        await reached(pilot, lambda: "▲ Lapsed VIPs" in seen(pilot))
        assert "● High LTV buyers" in seen(pilot)
        await pilot.press("home", "space", "space", "G")
        await reached(pilot, lambda: "two days after the first compute" in seen(pilot))

        await pilot.resize_terminal(80, 24)
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "75 and more" in seen(pilot))
        await pilot.press("down")
        await reached(pilot, lambda: "─ Lapsed VIPs and Big baskets ─" in seen(pilot))

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Users counted" in seen(pilot))
        await pilot.press("slash", "s", "Y")
        await reached(pilot, lambda: "segops-tui analytics usage" in told(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: "JSON" in seen(pilot))


async def test_one_section_that_fails_hides_no_other_and_a_pause_holds_for_all(
    shop, seen, told, reached
):
    """Figures stay when only the bars below them fail.

    A link to no section says which there are, and a click on a name turns to it.
    """
    shop.open_client()
    send = shop.door.send

    async def answer(attempt):
        if attempt.target.endswith("/analytics/segments/"):
            return Reply(500, {}, b'{"detail": "[/oops]"}', 0.0)
        return await send(attempt)

    shop.door.send = answer
    client = shop.open_client()
    async with shop.run(
        place="analytics/weather", size=(120, 36), open_client=lambda: client
    ) as pilot:
        pane = pilot.app.screen.pane
        await reached(pilot, lambda: "no section weather" in told(pilot))
        assert "overlap" in told(pilot)
        await reached(pilot, lambda: "The server failed" in seen(pilot))
        assert "of 10,000" in seen(pilot)
        assert "[/oops]" in seen(pilot)

        shop.door.send, shop.door.error = send, GONE
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        assert "─ Segments ─" in seen(pilot)
        shop.door.error = None

        await pilot.press("P")
        line = next(row for row in seen(pilot).splitlines() if "Overlap" in row)
        await pilot.click(offset=(line.index("Overlap") + 2, 1))
        await reached(pilot, lambda: pane.section.place.name == "overlap")
        await reached(pilot, lambda: "top 20 pairs" in seen(pilot))
        assert pane.section.paused
        assert "refresh paused" in seen(pilot)

        await pilot.press("left_square_bracket", "ctrl+r")
        await reached(pilot, lambda: "Members, last 30 days" in seen(pilot))
        assert "Segments 13 of 13" in seen(pilot)


async def test_an_empty_workspace_says_so_in_every_section_and_each_takes_odd_records(
    stage, seen, reached
):
    """Nulls, wrong types and hostile names, in every section."""
    odd = [
        {"id": None, "name": HOSTILE, "member_count": "many", "trend": [None, {"day": 3}, 7]},
        {"id": 2, "name": None, "trend": [{"day": HOSTILE, "count": 10**30}], "member_count": 5},
        {"seg_a_name": HOSTILE, "seg_b_name": {}, "overlap": "x", "overlap_pct": 1e308},
        {"segment_name": HOSTILE, "sync_logs": [None, 3, {"status": HOSTILE, "synced_at": 9}]},
    ]
    record = {"segment_count": 10**20, "total_members": None, "events_30d": [], "plan": HOSTILE,
              "period_start": HOSTILE, "events_used": 7, "events_limit": 0}  # fmt: skip

    async def answer(attempt):
        is_list = not attempt.target.endswith(("overview/", "usage/"))
        return Reply(200, {}, json.dumps(odd if is_list else record).encode(), 0.0)

    async with stage.run(place="analytics", size=(80, 24)) as pilot:
        pane = pilot.app.screen.pane
        await reached(pilot, lambda: "No active segments yet." in seen(pilot))
        for words in ("No active segments.", "No two segments share", "Users counted",
                      "No activations yet"):  # fmt: skip
            await pilot.press("right_square_bracket")
            await reached(pilot, lambda words=words: words in seen(pilot))

        stage.door.send = answer
        for _ in pane.sections:
            pane.section.refetch()
            await pilot.press("down", "down", "space")
            text = seen(pilot)
            assert "\x1b" not in text
            assert "\u202e" not in text
            await pilot.press("right_square_bracket")


def test_the_matrix_names_every_segment_and_shades_by_sign():
    pairs = [overlap(1, 2, overlap_pct=80.0), overlap(1, 3, overlap_pct=5.0)]

    lines = [line.plain for line in matrix_lines(pairs, pairs[0], 78)]

    assert [line.split()[1] for line in lines[1:4]] == ["S1", "S2", "S3"]
    assert "█ 80" in lines[1]
    assert "░  5" in lines[1]
    assert "─" in lines[1]
    assert extent_words(pairs) == "every pair that shares members: · shares none"


def test_a_matrix_with_too_many_segments_says_how_many_columns_are_missing():
    pairs = [overlap(2 * at, 2 * at + 1, seg_a_name=HOSTILE) for at in range(20)]

    lines = [line.plain for line in matrix_lines(pairs, None, 78)]

    assert len(lines) == 42
    assert max(map(width, lines)) <= 78
    assert "+28 in a wider window" in lines[-1]
    assert "top 20 pairs" in extent_words(pairs)


def test_usage_says_where_the_pace_leads():
    lines = usage(events_used=1500)

    assert any("14 days left" in line for line in lines)
    assert any("1,500 of 2,000   at this pace 2,903 by its end" in line for line in lines)
    assert any("no limit" in line for line in lines)


@pytest.mark.parametrize(
    ("used", "words"), [(1900, "! nearly all of it"), (2000, "! used up"), (9000, "! used up")]
)
def test_a_full_bar_says_so_in_words(used, words):
    assert any(words in line for line in usage(events_used=used))


@pytest.mark.parametrize("end", ["", "soon", "2026-06-01T00:00:00Z"])
def test_a_period_that_cannot_be_read_leaves_the_rest(end):
    lines = usage(period_end=end)

    assert any("500 of 2,000" in line for line in lines)
    assert not any("left" in line for line in lines)


def test_a_figure_too_wide_for_its_place_is_said_in_short():
    assert large(26_412, 18) == "26,412"
    assert large(1_234_567, 18) == "1.2M"
    assert large(None, 18) == "–"


def test_a_sync_that_failed_says_why_in_full():
    error = "HTTP 401: " + "the key is not valid " * 10
    logs = [
        {"status": "error", "error_message": error, "synced_at": "2026-05-23T10:30:00Z"},
        {"status": "success", "user_count": 1, "added": 1, "removed": 0},
    ]

    lines = [line.plain for line in log_lines(logs, "", 60)]

    assert lines[0].startswith("✗ error")
    assert "2026-05-23 10:30" in lines[0]
    assert " ".join(" ".join(lines[1:-1]).split()) == error.strip()
    assert "1 person  +1 −0" in lines[-1]
