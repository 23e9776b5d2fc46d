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

COLORS = ("Pine", "Moss")


def pane_of(pilot: Pilot[Any]) -> ProductsPane:
    """The pane in front."""
    return next(each.pane for each in reversed(pilot.app.screen_stack) if hasattr(each, "pane"))


def names(pilot: Pilot[Any]) -> list[str]:
    """The names of the rows that are loaded."""
    return [row.name for row in pane_of(pilot).table.loaded_rows]


@pytest.fixture
def tents(ask: Asker) -> None:
    """450 products: every third a lamp, the others tents, in turn in one of two colours."""
    types = {"color": "string", "kind": "string", "price": "price"}
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    ask.ok("PUT", "/api/pim/schema/", {"fields": fields})
    products = [
        {
            "sku": f"s{n:03}",
            "name": f"{COLORS[n % 2]} {'tent' if n % 3 else 'lamp'} {n:03}",
            "data": {
                "color": COLORS[n % 2],
                "kind": "Tent" if n % 3 else "Lamp",
                "price": 1000 - n,
            },
        }
        for n in range(450)
    ]
    ask.ok("POST", "/api/pim/products/bulk/", {"products": products})


async def test_rows_are_sorted_searched_narrowed_by_facets_and_marked(
    stage, tents, seen, reached, gated, monkeypatch
):
    """The columns survive a schema that cannot be read: the rows tell them until the next refresh.

    A good part of the catalogue is fetched and sorted, and the border says how much; going to its
    end fetches more.

    Words are found in any order and fields compared. The server looks for the longest word; the
    rest is filtered here, page after page. A search under way is shown. Marking all twice marks
    what is not loaded too: the question counts every match, and a third time unmarks.

    Facets are counted and taken several at once. The count of a facet goes when nothing matches;
    tab takes one more, enter is done, ctrl+x narrows by nothing. The server compares values in
    their case: `f` offers the one it has, `:` finds any, and an exact value says how else to write
    it.
    """
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

        with monkeypatch.context() as patch:
            patch.setattr("segops_tui.tui.panes.walk.AT_ONCE", 200)
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

        await pilot.press("slash")
        words = pilot.app.screen.focused
        with gated(stage, lambda call: "q=" in call):
            words.value = "tent pine"
            await reached(pilot, lambda: "q=tent" in stage.door.listings("/pim/products/")[-1])
            await reached(pilot, lambda: "◌ searching …" in seen(pilot))
        await reached(pilot, lambda: pane_of(pilot).counts() == (150, 450))
        assert "searching" not in seen(pilot)
        assert all(name.startswith("Pine tent") for name in names(pilot))
        assert (
            stage.door.listings("/pim/products/")[-1]
            == "GET /pim/products/?q=tent&page=2&page_size=200"
        )

        words.value += " price<600 !s448"
        await reached(pilot, lambda: pane_of(pilot).counts() == (16, 450))

        words.value = "color=Moss price<600"
        await reached(pilot, lambda: pane_of(pilot).counts() == (25, 450))
        assert "color=Moss&page=1" in stage.door.listings("/pim/products/")[-2]

        words.value = "colr:moss"
        await reached(pilot, lambda: pane_of(pilot).counts()[0] == 0)
        await reached(pilot, lambda: "No column colr; searched as text" in seen(pilot))
        await reached(pilot, lambda: "No product" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (450, 450))

        await pilot.press("slash")
        words.value = "tent"
        await pilot.press("down")
        await reached(pilot, lambda: pane_of(pilot).counts() == (300, 450))
        await pilot.press("ctrl+a")
        await reached(pilot, lambda: "100 marked · ctrl+a again marks all" in seen(pilot))
        await pilot.press("ctrl+a")
        await reached(pilot, lambda: "300 marked" in seen(pilot))

        await pilot.press("d")
        await reached(pilot, lambda: "Delete 300 products?" in seen(pilot))
        await pilot.press("n")
        await reached(pilot, lambda: not pilot.app.screen.is_modal)
        await pilot.press("ctrl+a")
        await reached(pilot, lambda: not pane_of(pilot).table.marked)

        await pilot.press("y", "s")
        await reached(pilot, lambda: pilot.app.clipboard == pane_of(pilot).row.sku)
        await pilot.press("enter")
        await reached(pilot, lambda: "esc back to the list" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: "esc back to the list" not in seen(pilot))

        pane_of(pilot).show_filter("")
        await pilot.resize_terminal(140, 30)
        await pilot.press("f")
        await reached(pilot, lambda: "COLOR  2 values" in seen(pilot))
        facet = pilot.app.screen.query_one("Input")
        facet.value = "moss"
        await reached(pilot, lambda: "color=Moss" in stage.door.listings("/pim/products/")[-1])
        await reached(pilot, lambda: "color=Moss   225 products" in seen(pilot))
        facet.value = "mosszz"
        await reached(pilot, lambda: "No field or value matches" in seen(pilot))
        assert "225 products" not in seen(pilot)

        facet.value = "tent"
        await reached(pilot, lambda: "kind=Tent" in stage.door.listings("/pim/products/")[-1])
        await reached(pilot, lambda: "kind=Tent   300 products" in seen(pilot))
        await pilot.press("tab", "ctrl+u")
        facet.value = "moss"
        await reached(pilot, lambda: "color=Moss" in stage.door.listings("/pim/products/")[-1])
        await reached(pilot, lambda: "kind=Tent · color=Moss   150 products" in seen(pilot))
        await pilot.press("tab")
        await reached(pilot, lambda: "✓ Moss" in seen(pilot))
        await pilot.press("enter")
        wanted = {"kind": "Tent", "color": "Moss"}
        await reached(pilot, lambda: pane_of(pilot).source.where == wanted)
        await reached(pilot, lambda: pane_of(pilot).counts() == (150, 450))

        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        await pilot.press("ctrl+x")
        await reached(pilot, lambda: pane_of(pilot).counts() == (450, 450))

        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        pilot.app.screen.query_one("Input").value = "Color=pine"
        await reached(pilot, lambda: "= color=pine  exactly" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: pane_of(pilot).source.where == {"color": "Pine"})
        await pilot.press("escape")

        with gated(stage, lambda _call: True):
            pane_of(pilot).show_filter("color:pine")
            await reached(pilot, lambda: "◌ searching …" in seen(pilot))
            assert "Products 0 of" not in seen(pilot)
        pane_of(pilot).show_filter("color=pine")
        await reached(pilot, lambda: "“pine” in this case only; color:pine in any" in seen(pilot))
