"""The catalogue's list: columns without a schema, words in any order, sorting, marking all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.exchange import Reply

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conftest import Asker
    from segops_tui.tui.products.pane import ProductsPane

COLORS = ("Pine", "Moss", "Sand")


def pane_of(pilot: Pilot[Any]) -> ProductsPane:
    """The pane in front."""
    return next(each.pane for each in reversed(pilot.app.screen_stack) if hasattr(each, "pane"))


def names(pilot: Pilot[Any]) -> list[str]:
    """The names of the rows that are loaded."""
    return [row.name for row in pane_of(pilot).table.loaded_rows]


@pytest.fixture
def tents(ask: Asker) -> None:
    """450 products: every third is a tent, each in one of three colours, its price its number."""
    fields = [{"name": "color", "type": "string"}, {"name": "price", "type": "price"}]
    ask.ok("PUT", "/api/pim/schema/", {"fields": fields})
    products = [
        {
            "sku": f"s{n:03}",
            "name": f"{COLORS[n % 2]} {'tent' if n % 3 else 'lamp'} {n:03}",
            "data": {"color": COLORS[n % 2], "price": 1000 - n},
        }
        for n in range(450)
    ]
    ask.ok("POST", "/api/pim/products/bulk/", {"products": products})


async def test_the_columns_survive_a_schema_that_cannot_be_read_once(stage, tents, seen, reached):
    """The rows tell the columns until the next refresh reads the schema."""
    stage.open_client()
    answer, fails = stage.door.send, True

    async def send(attempt: Any) -> Reply:
        if fails and attempt.target.startswith("/pim/schema/"):
            return Reply(500, {}, json.dumps({"detail": "Down."}).encode(), 0.0)
        return await answer(attempt)

    stage.door.send = send
    async with stage.run(place="products", size=(160, 20)) as pilot:
        await reached(pilot, lambda: "COLOR" in seen(pilot) and "PRICE" in seen(pilot))
        await reached(pilot, lambda: "schema not read" in seen(pilot))

        fails = False
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: pane_of(pilot).has_schema)
        assert "schema not read" not in seen(pilot)
        assert "COLOR" in seen(pilot)


async def test_words_are_found_in_any_order_and_fields_compared(stage, tents, seen, reached, typed):
    """The server looks for the longest word; the rest is filtered here, page after page."""
    async with stage.run(place="products", size=(160, 20)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).has_schema)
        await pilot.press("slash")
        await typed(pilot, "tent pine")
        await reached(pilot, lambda: pane_of(pilot).counts() == (150, 450))
        assert all(name.startswith("Pine tent") for name in names(pilot))
        assert stage.door.asked[-1] == "GET /pim/products/?q=tent&page=2&page_size=200"

        await typed(pilot, " price<600 !s448")
        await reached(pilot, lambda: pane_of(pilot).counts() == (16, 450))

        await pilot.press("ctrl+u")
        await typed(pilot, "color=Moss price<600")
        await reached(pilot, lambda: pane_of(pilot).counts() == (25, 450))
        assert "color=Moss&page=1" in stage.door.asked[-2]

        await pilot.press("ctrl+u")
        await typed(pilot, "colr:moss")
        await reached(pilot, lambda: "No column colr; searched as text" in seen(pilot))
        await reached(pilot, lambda: "No product" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (450, 450))


async def test_sorting_says_what_is_sorted(stage, tents, seen, reached, monkeypatch):
    """A good part of the catalogue is fetched and sorted; going to its end fetches more."""
    monkeypatch.setattr("segops_tui.tui.panes.walk.AT_ONCE", 200)
    async with stage.run(place="products", size=(160, 20)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).has_schema)
        pane_of(pilot).source.sort_by("price", descending=False)
        await reached(pilot, lambda: "sorted: 200 loaded of 450" in seen(pilot))
        assert names(pilot)[0].endswith("199")

        await pilot.press("G")
        await reached(pilot, lambda: "sorted: 400 loaded of 450" in seen(pilot))
        await pilot.press("G")
        await reached(pilot, lambda: pane_of(pilot).counts() == (450, 450))
        assert names(pilot)[0].endswith("449")
        assert "loaded of" not in seen(pilot)

        pane_of(pilot).source.sort_by(None)
        await reached(pilot, lambda: names(pilot)[0].endswith("000"))


async def test_marking_all_twice_marks_what_is_not_loaded_too(stage, tents, seen, reached, typed):
    """The question counts every match, and a third time unmarks."""
    async with stage.run(place="products", size=(160, 20)) as pilot:
        await pilot.press("slash")
        await typed(pilot, "tent")
        await pilot.press("down")
        await reached(pilot, lambda: pane_of(pilot).counts() == (300, 450))
        await pilot.press("ctrl+a")
        await reached(pilot, lambda: "100 marked · ctrl+a again marks all" in seen(pilot))
        await pilot.press("ctrl+a")
        await reached(pilot, lambda: "300 marked" in seen(pilot))

        await pilot.press("d")
        await reached(pilot, lambda: "Delete 300 products?" in seen(pilot))
        await pilot.press("n", "ctrl+a")
        await reached(pilot, lambda: not pane_of(pilot).table.marked)

        await pilot.press("y", "s")
        await reached(pilot, lambda: pilot.app.clipboard == pane_of(pilot).row.sku)
        await pilot.press("enter")
        await reached(pilot, lambda: "esc back to the list" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: "esc back to the list" not in seen(pilot))


async def test_a_search_under_way_is_shown(stage, tents, seen, reached, typed, gated):
    async with stage.run(place="products", size=(160, 20)) as pilot:
        await pilot.press("slash")
        with gated(stage, lambda call: "q=" in call):
            await typed(pilot, "lamp")
            await reached(pilot, lambda: "◌ searching …" in seen(pilot))
        await reached(pilot, lambda: pane_of(pilot).counts() == (150, 450))
        assert "searching" not in seen(pilot)


async def test_the_count_of_a_facet_goes_when_nothing_matches(stage, tents, seen, reached, typed):
    async with stage.run(place="products", size=(140, 30)) as pilot:
        await pilot.press("f")
        await reached(pilot, lambda: "COLOR  2 values" in seen(pilot))
        await typed(pilot, "moss")
        await reached(pilot, lambda: "color=Moss   225 products" in seen(pilot))
        await typed(pilot, "zz")
        await reached(pilot, lambda: "No field or value matches" in seen(pilot))

        assert "225 products" not in seen(pilot)
