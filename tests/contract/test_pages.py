"""Landing pages and the product search through the client (contract §8)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Invalid, NotFound


@pytest.fixture
async def boots(caller):
    """Two boots, and a question they answer."""
    for number in (1, 2):
        data = {"price": 50 * number, "category": "Boots"}
        await caller(
            lambda c, n=number, d=data: c.products.create(sku=f"B-{n}", name=f"Boot {n}", data=d)
        )
    return await caller(lambda c: c.queries.create(query_text="best boots?"))


async def test_products_are_found_by_a_question(caller, boots):
    found = await caller(lambda c: c.pages.query("any boots under $80, please?"))

    assert found.query == "any boots under $80, please?"
    assert [product["sku"] for product in found.products] == ["B-1"]
    assert found.metadata["match_count"] == 1
    assert 0 < found.products[0]["relevance_score"] <= 1
    with pytest.raises(Invalid) as missing:
        await caller(lambda c: c.pages.query(""))
    assert [*missing.value.fields] == ["q"]


async def test_a_page_goes_from_draft_to_the_public(caller, boots, clock):
    made = await caller(lambda c: c.pages.create(slug="boots", query=boots.id))
    building = await caller(lambda c: c.pages.build(made.id))
    clock.advance(2)
    built = await caller(lambda c: c.pages.get(made.id))
    published = await caller(lambda c: c.pages.publish(made.id))
    seen = await caller(lambda c: c.pages.public("sandbox", "boots"))

    assert [p.builder_status for p in (made, building, built, published)] == [
        "draft",
        "building",
        "built",
        "published",
    ]
    assert (built.is_built, building.is_built) == (True, False)
    assert built.product_skus == ["B-1", "B-2"]
    assert (seen.id, seen.view_count, seen.intro_copy) == (made.id, 1, built.intro_copy)


async def test_a_page_can_be_changed_written_anew_and_deleted(caller, boots, clock):
    made = await caller(lambda c: c.pages.create(slug="boots", query=boots.id))
    await caller(lambda c: c.pages.update(made.id, title="Boots we love"))
    await caller(lambda c: c.pages.replace(made.id, slug="our-boots"))
    queued = await caller(lambda c: c.pages.regenerate(made.id))
    clock.advance(2)
    (listed,) = await caller.all(lambda c: c.pages.list())
    await caller(lambda c: c.pages.delete(made.id))

    assert queued.status == "queued"
    assert (listed.slug, listed.title, listed.builder_status) == (
        "our-boots",
        "Boots we love",
        "built",
    )
    with pytest.raises(NotFound):
        await caller(lambda c: c.pages.get(made.id))


async def test_many_pages_are_generated_at_once(caller, boots, clock):
    job = await caller(lambda c: c.pages.bulk_generate())
    clock.advance(2)
    more = await caller(lambda c: c.pages.bulk_generate(queries=["boot", "submarine"]))
    clock.advance(2)
    # The pages exist from this look on, and their builds begin with it.
    await caller.all(lambda c: c.pages.list())
    clock.advance(2)

    pages = await caller.all(lambda c: c.pages.list())

    assert (job.status, more.status) == ("queued", "queued")
    assert job.job_id != more.job_id
    assert [(p.slug, p.is_built, p.is_broken) for p in pages] == [
        ("best-boots", True, False),
        ("boot", True, False),
        ("submarine", False, True),
    ]


async def test_an_export_is_started_and_polled_until_it_has_a_link(caller, boots, clock):
    made = await caller(lambda c: c.pages.create(slug="boots", query=boots.id))
    with pytest.raises(Invalid):
        await caller(lambda c: c.pages.export_start(made.id))
    await caller(lambda c: c.pages.build(made.id))
    clock.advance(2)

    job = await caller(lambda c: c.pages.export_start(made.id, format="tsx"))
    clock.advance(2)
    done = await caller(lambda c: c.pages.export_status(made.id, export_id=job.id))

    assert (job.is_ready, done.is_ready, done.is_failed) == (False, True, False)
    assert done.download_url == f"/api/ai-pages/exports/{job.id}/download/"
    assert done.format == "tsx"
