"""The Products tab of a product segment: what the rule matches, and what cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from segops_tui.api.catalogue.product_rules import ProductCount
from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.jobs import segment_products
from segops_tui.nouns.products import count_words, server_words
from segops_tui.tui.rules.view import rule_content

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Asker

CHEAP = {
    "type": "product_attribute", "property": "price", "operator": "lt", "value": 10,
    "value_type": "price",
}  # fmt: skip
VISIBLE = {"type": "ai_visibility_metric"}
BOUGHT = {"type": "user_behavior_signal", "signal": "purchased_by_segment", "segment_id": "99"}


def every(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"logic": "AND", "conditions": list(conditions)}


@pytest.fixture
def two(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five products, read two at a time, and two product segments."""
    monkeypatch.setattr(segment_products, "PAGE", 2)
    products = [
        {"sku": f"SKU-{number}", "name": f"Thing {number}", "price": price}
        for number, price in enumerate((5, 50, 7, 70, 9), start=1)
    ]
    ask.ok("POST", "/api/pim/products/bulk/", {"products": products})
    for name, rule in (("Cheap", every(CHEAP)), ("Gifts", every(CHEAP, VISIBLE, BOUGHT))):
        ask.ok("POST", "/api/product-segments/", {"name": name, "definition": rule})


async def test_products_are_counted_listed_exported_and_a_step_away(
    stage, ask, two, gated, seen, told, reached, tmp_path
):
    """Another row stops the reading, a failure can be tried again, and escape stops an export.

    A rule with a missing segment is marked in the list and in the rule.
    """

    async def export_to(pilot: Any, name: str) -> None:
        await pilot.press("x")
        await reached(pilot, lambda: "Export products" in seen(pilot))
        pilot.app.screen.query_one(Input).value = str(tmp_path / name)
        await pilot.press("enter")

    def catalogue(call: str) -> bool:
        return "/pim/products/?" in call and "page_size=2" in call

    ask.ok("POST", "/api/product-segments/1/compute/")
    async with stage.run(place="product-segments", size=(140, 36)) as pilot:
        await reached(pilot, lambda: "missing segment" in seen(pilot))
        pane = pilot.app.screen.pane
        cheap, gifts = pane.rows
        column = next(each for each in pane.columns() if each.key == "problem")
        assert column.value(gifts) == "missing segment 99"
        assert [column.tone(row, pane.context()) for row in (cheap, gifts)] == ["", "bad"]
        await pilot.press("j")
        await reached(pilot, lambda: any(line.is_broken for line in pane.detail._rule.lines))
        [broken] = [line for line in pane.detail._rule.lines if line.is_broken]
        assert broken.text.startswith("bought by segment 99")
        assert broken.text.endswith("(missing)")
        drawn = rule_content(pane.detail._rule.lines, 80)
        red = [line for line in drawn if any(span.style == "$error" for span in line.spans)]
        assert [line.plain for line in red] == [f"└ {broken.text}"]
        await pilot.press("k")

        with gated(stage, catalogue):
            await pilot.press("right_square_bracket")
            await reached(pilot, lambda: "reading the catalogue" in seen(pilot))
        with gated(stage, lambda call: catalogue(call) and "page=2" in call):
            await reached(pilot, lambda: "2 of 5 products read: 1 match so far" in seen(pilot))
            asked = len(list(filter(catalogue, stage.door.asked)))
            await pilot.press("j")
            await reached(pilot, lambda: len(list(filter(catalogue, stage.door.asked))) > asked)
            assert pane.detail.row.name == "Gifts"
        await reached(pilot, lambda: "At most 3 of 5 products match" in seen(pilot))
        words = " ".join(seen(pilot).split())
        assert "The server has not computed it yet." in words
        assert "MATCH" in words
        assert words.count("unknown") == 3
        assert "segment 99 is missing" in words

        stage.door.error = ConnectionFailed("nobody answers")
        await pilot.press("k")
        await reached(pilot, lambda: "try again." in " ".join(seen(pilot).split()))
        stage.door.error = None
        await pilot.press("right_square_bracket", "left_square_bracket")
        await reached(pilot, lambda: "3 of 5 products match" in seen(pilot))

        pane.detail.turn(-1)
        with gated(stage, lambda call: "page=2&page_size=2" in call):
            await export_to(pilot, "stopped.csv")
            await reached(pilot, lambda: "exporting: 2 of 5 products read" in seen(pilot))
            await pilot.press("escape")
            await reached(pilot, lambda: "Export stopped" in told(pilot))
        await export_to(pilot, "cheap.csv")
        await reached(pilot, lambda: "3 products → " in told(pilot))
        await reached(pilot, lambda: "x Export products" in seen(pilot).splitlines()[-1])
        line = f"segops-tui product-segments export 1 --to {tmp_path}/cheap.csv"
        assert line in [each.command for each in pilot.app.workspace.log.entries]
        assert [path.name for path in tmp_path.glob("*.csv")] == ["cheap.csv"]
        lines = (tmp_path / "cheap.csv").read_text(encoding="utf-8").splitlines()
        assert [line.split(",")[1] for line in lines] == ["sku", "SKU-1", "SKU-3", "SKU-5"]

        await pilot.press("right_square_bracket", "enter")
        await reached(pilot, lambda: pilot.app.screen.pane.detail.has_focus_within)
        await reached(pilot, lambda: "3 of 5 products match" in seen(pilot))
        assert "computed over the catalogue by this program" in seen(pilot)
        assert [sku for sku in ("SKU-1", "SKU-2", "SKU-3") if sku in seen(pilot)] == [
            "SKU-1", "SKU-3",
        ]  # fmt: skip
        assert "MATCH" not in seen(pilot)

        await pilot.press("j", "enter")
        await reached(pilot, lambda: pilot.app.screen.place == "products")
        await reached(pilot, lambda: getattr(pilot.app.screen.pane.detail.row, "id", 0) == 3)


async def test_the_catalogue_is_read_only_while_its_tab_is_on_screen(
    stage, two, gated, seen, reached
):
    def asked() -> list[str]:
        return [call for call in stage.door.asked if "/pim/products/?" in call and "=2" in call]

    async with stage.run(place="product-segments", size=(80, 24)) as pilot:
        await pilot.press("right_square_bracket")
        await pilot.pause(0.3)
        assert pilot.app.screen.pane.detail.tabs.active == "products"
        assert asked() == []
        with gated(stage, lambda call: "page=2&page_size=2" in call):
            await pilot.press("enter")
            await reached(pilot, lambda: "2 of 5 products read" in seen(pilot))
            await pilot.press("escape")
            await reached(pilot, lambda: "Product segments 2 of 2" in seen(pilot))
        stopped_at = len(asked())
        await pilot.pause(0.3)
        assert len(asked()) == stopped_at
        await pilot.press("enter")
        await reached(pilot, lambda: "3 of 5 products match" in seen(pilot))


@pytest.mark.parametrize(
    ("matched", "unknown", "words"),
    [
        (212, 0, "212 of 35,075 products match"),
        (100, 12, "at least 100 and at most 112 of 35,075 products match"),
        (0, 460, "at most 460 of 35,075 products match"),
    ],
)
def test_a_count_says_what_it_does_not_know(matched: int, unknown: int, words: str) -> None:
    count = ProductCount(read=35_075, total=35_075, matched=matched, unknown=unknown)

    assert count_words(count) == words


@pytest.mark.parametrize(
    ("matched", "unknown", "difference"),
    [(45, 0, ""), (41, 0, " (−4 now)"), (50, 3, " (+5 now)"), (40, 10, "")],
)
def test_the_servers_count_is_compared_with_what_is_certain(
    matched: int, unknown: int, difference: str, clock: Any
) -> None:
    now: datetime = clock.now
    segment = ProductSegment({"computed_count": 45, "last_computed_at": now.isoformat()})
    count = ProductCount(matched=matched, unknown=unknown)

    words = server_words(segment, count, now=now)
    assert words == f"the server counted 45 products, just now{difference}"
