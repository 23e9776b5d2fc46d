"""What relies on a product: which pages are read for it, how many at a time, and what is said."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from segops_tui.api.exchange import Policy, Reply
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.pipeline import Pipeline
from segops_tui.tui.products.uses import MOST_READ, PagesRead, uses_of

if TYPE_CHECKING:
    from segops_tui.api.exchange import Attempt
    from segops_tui.tui.panes.uses import Uses

PAGES = "/ai-pages/pages/"


class Shop:
    """A server with pages, each with its own products."""

    max_concurrency = 4

    def __init__(self, pages: int) -> None:
        self.updated = dict.fromkeys(range(1, pages + 1), "2026-05-02T14:32:00Z")
        self.skus: dict[int, list[str]] = {}
        self.status: dict[int, int] = {}
        """What is answered for a page in place of it."""
        self.asked: Counter[str] = Counter()
        self.most_at_once = self._under_way = 0

    async def send(self, attempt: Attempt, /) -> Reply:
        """Answer like the API: the list of pages leaves their products out."""
        self.asked[attempt.target] += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        await asyncio.sleep(0)
        self._under_way -= 1
        if attempt.target == PAGES:
            return self._reply([self._listed(number) for number in self.updated])
        if not attempt.target.startswith(PAGES):
            named = {"type": "product_attribute", "property": "sku", "operator": "eq"}
            rule = {"conditions": [named | {"value": "T-9"}]}
            found = [{"id": 2, "name": "Nine", "definition": rule}]
            return self._reply(found if attempt.target == "/product-segments/" else [])
        number = int(attempt.target.removeprefix(PAGES).strip("/"))
        if number in self.status:
            return self._reply({"detail": "No."}, self.status[number])
        return self._reply(self._listed(number) | {"product_skus": self.skus.get(number, [])})

    @property
    def pages_read(self) -> list[int]:
        """The pages whose own answer was asked for, a number for each time."""
        return sorted(
            int(target.removeprefix(PAGES).strip("/"))
            for target in self.asked.elements()
            if target.startswith(PAGES) and target != PAGES
        )

    def _listed(self, number: int) -> dict[str, Any]:
        return {"id": number, "slug": f"p{number}", "updated_at": self.updated[number]}

    def _reply(self, body: Any, status: int = 200) -> Reply:
        return Reply(status, {"content-type": "application/json"}, json.dumps(body).encode(), 0.0)


def read(shop: Shop, known: PagesRead, sku: str = "T-1") -> list[Uses]:
    """Everything the tab is told while it loads."""

    async def collect() -> list[Uses]:
        pipeline = Pipeline(Policy(max_retries=0, timeout=5.0))
        client = AsyncSegOpsAdmin(transport=shop, pipeline=pipeline)
        return [found async for found in uses_of(sku, client, known)]

    return asyncio.run(collect())


def test_pages_are_read_a_few_at_a_time_and_again_only_once_they_have_changed() -> None:
    shop, known = Shop(9), PagesRead()
    shop.skus = {3: ["T-1"], 5: ["T-2"]}

    told = read(shop, known)

    assert told[0].note == "Reading pages: 0 of 9 …"
    assert not any(found.is_last for found in told[:-1])
    assert [use.place for use in told[-1].uses] == ["page/3"]
    assert told[-1].note == ""
    assert shop.pages_read == list(range(1, 10))
    assert shop.most_at_once == shop.max_concurrency

    assert [use.place for use in read(shop, known, "T-2")[-1].uses] == ["page/5"]
    assert [use.kind for use in read(shop, known, "T-9")[-1].uses] == ["product rule"]
    assert len(shop.pages_read) == 9

    shop.updated[5], shop.skus[5] = "2026-06-01T12:00:00Z", ["T-1"]
    assert [use.place for use in read(shop, known)[-1].uses] == ["page/3", "page/5"]
    assert Counter(shop.pages_read)[5] == 2
    assert len(shop.pages_read) == 10


def test_of_many_pages_the_latest_changed_are_read_first_and_the_others_are_counted() -> None:
    shop, known = Shop(MOST_READ + 6), PagesRead()
    shop.updated[4] = "2020-01-01T00:00:00Z"
    shop.skus = {4: ["T-1"]}

    first = read(shop, known)[-1]

    assert first.note == "6 of 56 pages not read yet. Press ] and [ to go on."
    assert (list(first.uses), len(shop.pages_read)) == ([], MOST_READ)
    assert 4 not in shop.pages_read

    second = read(shop, known)[-1]
    assert ([use.place for use in second.uses], second.note) == (["page/4"], "")
    assert len(shop.pages_read) == MOST_READ + 6


def test_a_page_that_fails_is_told_and_read_the_next_time() -> None:
    shop, known = Shop(8), PagesRead()
    shop.skus, shop.status = {3: ["T-1"]}, {5: 500, 6: 404}

    told = read(shop, known)[-1]

    assert [use.place for use in told.uses] == ["page/3"]
    assert told.note.startswith("1 page could not be read: ")
    assert "/ai-pages/pages/5/" in told.note
    assert told.note.endswith(". Press ] and [ to go on.")

    # A page that was deleted meanwhile is listed no more.
    shop.status, shop.skus[5] = {}, ["T-1"]
    del shop.updated[6]
    told = read(shop, known)[-1]
    assert ([use.place for use in told.uses], told.note) == (["page/3", "page/5"], "")


def test_after_three_failures_the_other_pages_are_left_for_the_next_time() -> None:
    shop = Shop(40)
    shop.status = dict.fromkeys(range(1, 41), 401)

    note = read(shop, PagesRead())[-1].note

    assert note.startswith("3 pages could not be read: ")
    assert note.endswith("37 of 40 pages not read yet. Press ] and [ to go on.")
    assert len(shop.pages_read) < 3 + 2 * shop.max_concurrency
