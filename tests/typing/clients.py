"""Lines that must type-check, and lines that must not; read by `make types`, never run.

A line that must be refused carries an ignore with its code: mypy's strict mode complains of an
ignore that nothing needs, so a line that became acceptable fails the check.
"""

from __future__ import annotations

import asyncio
from typing import Any, assert_type

from segops_tui import AsyncSegOpsAdmin, SegOpsAdmin
from segops_tui.api.listing import AsyncListing, Listing
from segops_tui.api.resources.products import Product
from segops_tui.api.resources.segments import Member, Queued, Segment


def blocking(client: SegOpsAdmin) -> None:
    assert_type(client.segments.get(12), Segment)
    assert_type(client.segments.compute(12), Queued)
    assert_type(client.segments.members(12), Listing[Member])
    assert_type(client.segments.recompute(12, wait=True), Segment)
    assert_type(client.segments.create({"name": "VIPs"}), Segment)
    assert_type(client.segments.update(12, {"name": "VIPs"}, method="PUT"), Segment)
    assert_type(client.segments.list({"page": 2})["results"], Any)
    assert_type(client.segments.export(12).read(), bytes)
    assert_type(client.segments.delete("12"), None)
    for product in client.products.list(q="boots"):
        assert_type(product, Product)
    with client.segments.export_download(3) as file:
        assert_type(file.length, int | None)
    client.segments.get(1.5)  # type: ignore[arg-type]
    client.segments.create(nam="x")  # type: ignore[call-overload]
    client.segments.list(page_size="3")  # type: ignore[call-overload]
    client.segments.missing(1)  # type: ignore[attr-defined]


async def awaited(client: AsyncSegOpsAdmin) -> None:
    assert_type(await client.segments.get(12), Segment)
    assert_type(await asyncio.create_task(client.segments.compute(12)), Queued)
    assert_type(await client.segments.recompute(12, wait=True), Segment)
    assert_type(await (await client.segments.export(12)).read(), bytes)
    assert_type(client.segments.list(), AsyncListing[Segment])
    assert_type((await client.segments.list()).results, list[Segment])
    async for member in client.segments.members(12):
        assert_type(member, Member)
    async with client.segments.export_download(3) as file:
        assert_type(file.length, int | None)
    await client.segments.get(1.5)  # type: ignore[arg-type]
    assert client.segments.get(1).name  # type: ignore[attr-defined]
