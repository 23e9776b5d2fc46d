"""The products of a product segment, found with either client: what is read, and when to doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.catalogue.product_rules import ProductCount
from segops_tui.jobs import segment_products
from segops_tui.jobs.segment_products import ProductSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.blocking import SegOpsAdmin

BELOW = {"type": "product_attribute", "property": "price", "operator": "lt", "value": 10}
CHEAP = {**BELOW, "value_type": "price"}
PINE = {"type": "product_attribute", "property": "color", "operator": "eq", "value": "pine"}


def every(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"logic": "AND", "conditions": list(conditions)}


def bought(segment_id: int) -> dict[str, Any]:
    return {
        "type": "user_behavior_signal",
        "signal": "purchased_by_segment",
        "segment_id": str(segment_id),
        "event_type": "order_placed",
    }


@pytest.fixture
def shop(client: SegOpsAdmin) -> SegOpsAdmin:
    """Five products in a catalogue whose schema knows the price."""
    client.products.replace_schema(fields=[{"name": "price", "type": "price"}])
    client.products.bulk_upsert(
        [
            {"sku": f"SKU-{number}", "name": "x", "price": {"amount": amount, "currency": "EUR"}}
            for number, amount in enumerate((5, 50, 7, 70, 9))
        ]
    )
    return client


@pytest.fixture(params=["blocking", "awaited"])
def found(
    request: pytest.FixtureRequest, shop: SegOpsAdmin, async_client: AsyncSegOpsAdmin
) -> Callable[[ProductSearch], Any]:
    """The SKUs a search finds, by either client; those that cannot be told with a `?`."""

    def marked(each: segment_products.Found) -> str:
        return each.product.sku + ("" if each.is_certain else "?")

    async def with_either(search: ProductSearch) -> list[str]:
        if request.param == "blocking":
            return [marked(each) for step in search.find(shop) for each in step]
        return [marked(each) async for step in search.find_async(async_client) for each in step]

    return with_either


async def test_the_catalogue_is_read_page_by_page(
    found: Any, shop: SegOpsAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_products, "PAGE", 2)
    search = ProductSearch(every(BELOW), shop.products.schema().fields)

    assert await found(search) == ["SKU-0", "SKU-2", "SKU-4"]
    assert search.count == ProductCount(read=5, total=5, matched=3)
    assert search.progress == "5 of 5 products read"
    assert search.doubts == []


async def test_a_rule_without_conditions_reads_nothing(
    found: Any, shop: SegOpsAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(shop), "send", None)
    search = ProductSearch(every(), [])

    assert await found(search) == []
    assert (search.is_empty, search.count.read) == (True, 0)


async def test_what_members_bought_is_read_from_their_events(
    found: Any, shop: SegOpsAdmin, shoppers: int
) -> None:
    shop.events.track(user_id="ada", event_type="order_placed", payload={"product_id": "SKU-2"})
    shop.events.track(user_id="dan", event_type="order_placed", payload={"product_id": "SKU-3"})
    shop.segments.update(
        shoppers,
        definition=every(
            {"type": "user_property", "property": "vip", "operator": "is_true"},
        ),
    )
    shop.events.track(user_id="ada", event_type="context_identified", payload={"vip": True})
    shop.segments.recompute(shoppers, wait=True)
    search = ProductSearch(every(bought(shoppers)), [])

    assert await found(search) == ["SKU-2"]
    assert (search.count.unknown, search.doubts) == (0, [])


async def test_what_the_members_that_were_not_read_bought_cannot_be_told(
    found: Any, shop: SegOpsAdmin, shoppers: int
) -> None:
    shop.events.track(user_id="ada", event_type="order_placed", payload={"product_id": "SKU-0"})
    shop.segments.recompute(shoppers, wait=True)
    search = ProductSearch(every(CHEAP, bought(shoppers)), [], most_members=1)

    assert await found(search) == ["SKU-0", "SKU-2?", "SKU-4?"]
    assert search.count == ProductCount(read=5, total=5, matched=1, unknown=2)
    [doubt] = search.doubts
    assert doubt == (
        f"conditions[1]: the events of 1 member of segment {shoppers} were read, and it has more"
    )


async def test_only_the_latest_events_of_a_member_can_be_read(
    found: Any, shop: SegOpsAdmin, shoppers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_products, "_MOST_EVENTS", 1)
    for sku in ("SKU-1", "SKU-0"):
        shop.events.track(user_id="ada", event_type="order_placed", payload={"product_id": sku})
    shop.segments.recompute(shoppers, wait=True)
    search = ProductSearch(every(CHEAP, bought(shoppers)), [])

    assert await found(search) == ["SKU-0", "SKU-2?", "SKU-4?"]
    assert "only the latest 1 events of a member can be read" in search.doubts[0]


async def test_a_missing_segment_is_said_and_decides_nothing(found: Any) -> None:
    search = ProductSearch(every(CHEAP, bought(404)), [])

    assert await found(search) == ["SKU-0?", "SKU-2?", "SKU-4?"]
    assert search.doubts == ["conditions[1]: segment 404 is missing"]
    assert await found(ProductSearch(every(PINE, bought(404)), [])) == []
