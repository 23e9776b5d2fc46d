"""Deep links and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.tui.core.links import HISTORY_LENGTH, BadLink, History, Link, link_words, parse_link
from segops_tui.tui.panes.registry import LINK_NAMES

ROWS = [named for named in LINK_NAMES if named.one]
BOUGHT = {
    "logic": "AND",
    "conditions": [
        {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
    ],
}
KEYS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=40)


@given(st.sampled_from(ROWS), KEYS, st.sampled_from(["", "members"]))
def test_a_link_is_read_as_it_was_written_whatever_the_id(named, key, tab):
    link = Link(named.pane, key, tab)

    assert parse_link(link_words(link, LINK_NAMES), LINK_NAMES) == link


@given(st.text(max_size=60))
def test_any_words_are_a_place_or_said_to_be_none(words):
    found, said = None, ""
    try:
        found = parse_link(words, LINK_NAMES)
    except BadLink as error:
        said = str(error)

    assert found is not None or "Places are health, segments, products" in said


@pytest.mark.parametrize(
    ("words", "link"),
    [
        ("segments", Link("segments")),
        ("/analytics/overlap/", Link("analytics", tab="overlap")),
        ("segment/12/members", Link("segments", "12", "members")),
        ("user/a%40b%2Fc", Link("users", "a@b/c")),
    ],
)
def test_a_place_in_words(words, link):
    assert parse_link(words, LINK_NAMES) == link


@given(st.lists(st.sampled_from(["go", "back", "forward"]), max_size=60))
def test_back_undoes_going_and_forward_undoes_back(steps):
    history, trail, at = History(), [Link("p0")], 0
    for number, step in enumerate(steps, 1):
        if step == "go":
            history.left(trail[at])
            trail, at = [*trail[: at + 1], Link(f"p{number}")], at + 1
        elif step == "back" and history.can_go_back:
            assert history.back(trail[at]) == trail[at - 1]
            at -= 1
        elif step == "forward" and history.can_go_forward:
            assert history.forward(trail[at]) == trail[at + 1]
            at += 1


def test_only_so_many_places_are_remembered():
    history = History()
    for number in range(3 * HISTORY_LENGTH):
        history.left(Link(f"p{number}"))
    here, steps = Link("here"), 0
    while history.can_go_back:
        here, steps = history.back(here), steps + 1

    assert (here, steps) == (Link(f"p{2 * HISTORY_LENGTH}"), HISTORY_LENGTH)


async def test_a_product_on_no_page_at_hand_is_fetched_and_shown(shop, seen, reached):
    async with shop.run(place="product/1900") as pilot:
        pane = pilot.app.screen.pane
        detail = pane.detail
        await reached(pilot, lambda: detail.row is not None and detail.row.id == 1900)
        await reached(pilot, lambda: detail.has_focus_within)
        assert "esc back to the list" in seen(pilot)
        # The cursor of the list, which is covered, is on another product.
        assert pane.chosen == [detail.row]

        # Whatever had the focus is gone: the keys are the pane's again, and esc goes back.
        pilot.app.screen.set_focus(None)
        await reached(pilot, lambda: detail.has_focus_within)
        await pilot.press("escape")
        await reached(pilot, lambda: pane.table.has_focus)
        assert pane.chosen == [pane.table.current_row] == [detail.row]


async def test_a_link_opens_the_console_at_a_row_and_its_tab(stage, ask, seen, told, reached):
    """Its own link is copied from the menu; back and forward return to the row.

    A row that does not exist is said to be missing, and a tab names those that do.
    """
    ask.track(("ann", "order_placed"))
    for number in range(1, 6):
        ask.ok("POST", "/api/segments/", {"name": f"S{number}", "definition": BOUGHT})
    ask.ok("POST", "/api/segments/4/compute/")
    ask.sandbox.settle()
    async with stage.run(place="segment/4/members") as pilot:
        await reached(pilot, lambda: "ann" in seen(pilot))
        screen = pilot.app.screen
        assert (screen.pane.row.id, screen.pane.detail.tabs.active) == (4, "members")
        await pilot.press("less_than_sign")
        assert "no earlier place" in told(pilot)

        await pilot.press("escape", "j")
        await reached(pilot, lambda: screen.pane.row.id == 5)
        await pilot.press("y", "l")
        assert pilot.app.clipboard == "segment/5"

        await pilot.press("8")
        await reached(pilot, lambda: screen.pane.id == "schemas")
        await pilot.press("0")
        await reached(pilot, lambda: screen.pane.id == "jobs")
        await pilot.press("less_than_sign", "less_than_sign")
        await reached(pilot, lambda: screen.pane.id == "segments")
        assert screen.pane.row.id == 5
        await pilot.press("greater_than_sign")
        await reached(pilot, lambda: screen.pane.id == "schemas")

        screen.visit(Link("segments", "999"))
        await reached(pilot, lambda: "No segment 999" in told(pilot))
        assert "Segments 5 of 5" in seen(pilot)
        screen.visit(Link("segments", "1", "nothing"))
        await reached(pilot, lambda: "There is no tab nothing here; rule," in told(pilot))
